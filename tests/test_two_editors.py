"""Two people change one record: every form that knows its version, found from the pages, keeps what both did."""

import ast
import html
import re
import sys
from html.parser import HTMLParser
from itertools import islice

import pytest

from crm import records
from crm.db import db
from crm.lists.queries import lists
from crm.relations import operations as relations
from tests.conftest import log_in
from tests.test_house import TREES, short
from tests.test_matrix import addresses, methods, office, pages, undone  # noqa: F401 (fixtures)

# Verbs that change no field, or whose columns are known: they ask about the record, or about these, without a form.
ASKED_AS_A_WHOLE = {
    ("crm.activities.operations.appointments", "move"),
    ("crm.document_templates.operations", "restore"),
    (
        "crm.dossiers.status_list",
        "save_status",
    ),  # of a status that is not fixed; its own tests try it
    ("crm.feed.operations", "set_public"),
    ("crm.lists.operations", "undo"),
    ("crm.mail.operations", "restore"),
    ("crm.relations.operations", "take_over"),
    ("crm.service_requests.operations", "close"),
    ("plugins.document_types.requests.verdicts", "tell_client"),  # of a rejected stuk only; its own tests try it
}
# Forms that lead elsewhere once sent, or whose one field is a text that this test cannot write.
LEAD_ELSEWHERE = {"/admin/settings/accounts", "/admin/settings/document_templates", "/appointments/1/cancel"}
MOST = 5  # fields of a form that are tried
# Fields of one moment: a day and a time that two people chose apart may be right for nobody.
KEPT_AS_ONE = {"day", "starts", "ends"}
WHOLE = {
    "title": "ms", "phone": "0612121212", "email": "sanne@voorbeeld.nl", "postal_code": "3511 AB", "house_number": "1",
    "street": "Oudegracht", "city": "Utrecht", "country": "NL", "address_form": "u",
}  # fmt: skip
OTHERS = {
    "date": ("2027-03-05", "2027-04-06"),
    "time": ("11:15", "11:45"),
    "number": ("7", "8"),
    "email": ("een@voorbeeld.nl", "twee@voorbeeld.nl"),
    "tel": ("0612345678", "0687654321"),
    "postal_code": ("1234 AB", "1234 AC"),
    "hdn_codes": ("009", "010"),
}


class Forms(HTMLParser):
    """The forms of a page that are posted: `found` has (address, {name: values}, {name: other values it may take})."""

    def __init__(self, page, at):
        super().__init__()
        self.at, self.found, self.form, self.area, self.select = at, [], None, None, None
        self.feed(page)

    def handle_starttag(self, tag, pairs):
        given = {name: value or "" for name, value in pairs}
        name = given.get("name", "")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.form = (given.get("action") or self.at, {}, {})
            self.found.append(self.form)
        if self.form is None or (not name and tag != "option"):
            return
        _address, values, others = self.form
        if tag == "input":
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio"):
                others.setdefault(name, []).append((given.get("value", "y"), kind))
                if "checked" in given:
                    values.setdefault(name, []).append(given.get("value", "y"))
            elif kind not in ("submit", "file"):
                values.setdefault(name, []).append(given.get("value", ""))
                if kind != "hidden":
                    others[name] = [(one, "text") for one in words(name, kind, given.get("value", ""))]
        elif tag == "textarea":
            self.area = name
            values[name] = [""]
            others[name] = [(one, "text") for one in words(name, "text", "")]
        elif tag == "select":
            self.select, others[name] = name, []
        elif tag == "option" and self.select:
            others[self.select].append((given.get("value", ""), "option"))
            if "selected" in given:
                values.setdefault(self.select, []).append(given.get("value", ""))

    def handle_data(self, data):
        if self.area:
            self.form[1][self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            self.form[1][self.area] = [self.form[1][self.area][0].removeprefix("\r").removeprefix("\n")]
            self.area = None
        if tag == "select" and self.select:
            others = self.form[2][self.select]
            self.form[1].setdefault(self.select, [others[0][0]] if others else [])
            self.select = None
        if tag == "form":
            self.form = None


def words(name, kind, value):
    last = name.rpartition("-")[2]
    for known in (last, kind, "tel" if "phone" in last else ""):
        if known in OTHERS:
            return OTHERS[known]
    return (f"{value} een".strip(), f"{value} twee".strip()) if not value.isdigit() else ("7", "8")


def version_of(values):
    """The name of the form's version."""
    return next((name for name in values if name == "version" or name.endswith("-version")), None)


def changed(values, name, other):
    """What is sent when one field is filled in otherwise."""
    value, kind = other
    if kind != "checkbox":
        return {**values, name: [value]}
    there = values.get(name, [])
    return {**values, name: [one for one in there if one != value] if value in there else [*there, value]}


@pytest.fixture
def browser(client, admin):
    return log_in(client, admin)


@pytest.fixture
def forms(app, browser, office, addresses):  # noqa: F811
    """{(page, address it is sent to): its form} of each form with a version; one kind of page has each once."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("one database is enough: what two do at the same moment is tried on both")
    relations.update(office.relation, WHOLE, office.assistant)
    found = {}
    cells = [f"/lists/{name}/rows/{number}/{key}" for name, number, key in cells_of(app, addresses)]
    rules = [addresses[rule.endpoint] for rule in pages(app) if "GET" in methods(rule) and "/api/" not in rule.rule]
    for address in dict.fromkeys([*rules, *cells]):
        answer = browser.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for action, values, others in Forms(answer.text, address).found:
            name = version_of(values)
            if name and values[name] != [""] and any(others.values()):
                found.setdefault(action, (address, values, others))
    records.commit()
    return found


def cells_of(app, addresses):  # noqa: F811
    """(list, row, field) of every cell of a list that can be changed where it stands."""
    for listed in lists().values():
        kind = records.kinds()[listed.kind]
        row = db.session.query(kind.model).first()
        if row is not None:
            yield from ((listed.name, row.id, edit.key) for edit in listed.edits if edit.column and edit.field)


class Editor:
    """Sends one form, reads how its page shows what was saved."""

    def __init__(self, browser, action, page, values, others):
        self.browser, self.action, self.page, self.values, self.others = browser, action, page, values, others

    def send(self, values):
        typed = {name: sent for name, sent in values.items() if name != "once"}
        return self.browser.post(self.action, data=typed)

    def now(self):
        """The form as it is drawn now."""
        answer = self.browser.get(self.page)
        found = Forms(answer.text, self.page).found
        return next((values for action, values, _ in found if action == self.action), {})

    def trials(self):
        """{field: (value sent, another one)} of fields that can be changed alone, and then change alone."""
        found = {}
        for name, others in self.others.items():
            able = (other for other in others if self.changes_alone(name, other))
            if len(found) < MOST and (some := list(islice(able, 1 if len(found) > 2 else 2))):
                found[name] = some
        return found

    def changes_alone(self, name, other):
        sent = changed(self.values, name, other)
        if sent.get(name, []) == self.values.get(name, []):
            return False
        with undone():
            if self.send(sent).status_code not in (302, 303):
                return False
            now = self.now()
        skipped = {name for name in {*now, *self.values} if re.search(r"(^|-)(once|csrf_token|version|began)$", name)}
        differing = {one for one in {*now, *self.values} - skipped if now.get(one) != self.values.get(one)}
        return differing == {name}

    def saved(self, *fills):
        """What the page shows after these were sent one after the other, each with a fresh version."""
        with undone():
            if any(self.send(changed(self.now(), *fill)).status_code not in (302, 303) for fill in fills):
                return {}
            return {name: self.now().get(name) for name, _other in fills}


def verbs_with_a_version():
    """(module, function) of all that asks whether somebody else saved meanwhile."""
    return {
        (short(path).removesuffix(".py").replace("/", "."), function.name)
        for path, tree in TREES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and any(map(asks_version, ast.walk(function)))
    }


def asks_version(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check_version"


@pytest.fixture
def heard(monkeypatch):
    """Which of these verbs were asked."""
    real, found = records.check_version, set()

    def noting(*asked):
        caller = sys._getframe(1)
        found.add((caller.f_globals["__name__"], caller.f_code.co_name))
        return real(*asked)

    for module in list(sys.modules.values()):
        if getattr(module, "check_version", None) is real:
            monkeypatch.setattr(module, "check_version", noting)
    return found


def test_every_form_with_a_version_keeps_what_two_people_changed(forms, browser, heard):
    wrong, untried = [], []
    for action, (page, values, others) in forms.items():
        editor = Editor(browser, action, page, values, others)
        trials = editor.trials()
        names = list(trials)
        untried += [] if names else [action]
        for one, other in zip(names, names[1:] + names[:1], strict=True):
            if one != other:
                wrong += [(action, one, other, why) for why in both_are_kept(editor, one, other, trials)]
        for name in names[:2]:
            wrong += [(action, name, why) for why in equal_is_no_conflict(editor, name, trials[name][0])]
        for name in names:
            if len(trials[name]) > 1:
                wrong += [(action, name, why) for why in the_same_field_asks(editor, name, *trials[name])]
    assert not wrong, "\n".join(map(str, wrong))
    assert {re.sub(r"[0-9]+", "1", action) for action in untried} == LEAD_ELSEWHERE, "nothing could be changed in these"
    assert verbs_with_a_version() - heard == ASKED_AS_A_WHOLE


def both_are_kept(editor, one, other, trials):
    """What is wrong when one changes one field and the other another."""
    theirs, mine = trials[one][0], trials[other][0]
    wanted = editor.saved((one, theirs), (other, mine))
    with undone():
        editor.send(changed(editor.values, one, theirs))
        answer = editor.send(changed(editor.values, other, mine))
        if {one, other} <= KEPT_AS_ONE:
            return [] if "Nu opgeslagen" in answer.text else ["did not ask of what is kept as one"]
        if answer.status_code not in (302, 303) and wanted:
            return [f"asked: {said(answer)}"]
        now = editor.now()
    return [f"{name}: {now.get(name)}, not {value}" for name, value in wanted.items() if now.get(name) != value]


def the_same_field_asks(editor, name, theirs, mine):
    """What is wrong when both change the same field."""
    with undone():
        editor.send(changed(editor.values, name, theirs))
        before = editor.now()
        answer = editor.send(changed(editor.values, name, mine))
        if answer.status_code not in (409, 422) or "Nu opgeslagen" not in answer.text:
            return [f"did not ask: {answer.status_code} {said(answer)}"]
        asked = Forms(answer.text, editor.page).found
        shown = next(values for action, values, _ in asked if action == editor.action)
        rows = len(re.findall(r"<th scope=\"row\"><a href=\"#", answer.text))
        wrong = [] if rows < 2 else [f"asks of {rows} fields: {said(answer)}"]
        if tidy(shown, name) != tidy(changed(editor.values, name, mine), name):
            wrong.append(f"shows {shown.get(name)}")
        if editor.now().get(name) != before.get(name):
            wrong.append("saved all the same")
        if editor.send(shown).status_code not in (302, 303):
            wrong.append("once more does not mean it")
    return wrong


def tidy(values, name):
    """What a field holds, however a telephone number or postcode is written."""
    return sorted(re.sub(r"^\+31|^0(?=6)|\W", "", value) for value in values.get(name, []))


def equal_is_no_conflict(editor, name, other):
    """What is wrong when both do the same."""
    with undone():
        editor.send(changed(editor.values, name, other))
        answer = editor.send(changed(editor.values, name, other))
    return [] if answer.status_code in (302, 303) else [f"asked of what is equal: {said(answer)}"]


def said(answer):
    """What the page says about it."""
    alerts = re.findall(r'role="alert".*?</(?:form|table|ul)>|invalid-feedback.*?</div>', answer.text, flags=re.S)
    text = re.sub(r"<[^>]+>", " ", " ".join(alerts))
    return f"{answer.status_code} {' '.join(html.unescape(text).split())[:300]}"
