"""Guests that fail: whatever a screen asks of them, and however they fail, the page comes with all the rest on it.

Tried over every question of the specs, so that a new one is tried too. What saves and what may be done stops at a
failure, and is tried here as well.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from html import unescape
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
from flask import abort
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import text

from crm import access, host, records, ui
from crm.db import db
from crm.hookspecs import impl
from crm.mail import operations as mail
from crm.records import Refused
from crm.texts import lazy_gettext
from tests.guest import hooks as guest
from tests.test_guest import QUESTIONS, SPECS
from tests.test_matrix import TABLE, Visitor, addresses, methods, office, pages  # noqa: F401

ABOUT = {name: inspect.getdoc(spec) or "" for name, spec in SPECS.items()}
# Questions of screens: who fails is left out. Questions about what happens: a failure stops that.
COMMANDS = {"demo_notes"}  # said by a command, on no page
SCREEN = sorted({name for name in SPECS if "On failure: logged" in ABOUT[name]} - COMMANDS)
TOLD = sorted(name for name, spec in SPECS.items() if spec.answer.form in ("nothing", "one"))
BOX = "kon niet getoond worden"
DIFFERS = ("/account/second-factor",)  # a new secret at every look
Question = dict[str, Any]
Fault = Callable[[str, Question], Any]


def fall(*_arguments: Any, **_more: Any) -> Any:
    raise ValueError("the guest fell over")


class Odd:
    """What no answer is made of; who wants to show it fails."""

    __str__ = __html__ = fall


def good(name: str, question: Question) -> list[Any]:
    """What the guest of the other tests answers."""
    known = getattr(guest, name)
    return list(known(*(question[word] for word in inspect.signature(known).parameters)))


def spoilt(name: str, question: Question, spoil: Callable[[Any], Any]) -> list[Any]:
    """The same with everything in it that has fields, or is a text of its own, spoilt."""
    return [
        tuple(part if isinstance(part, int) else spoil(part) for part in item)
        if isinstance(item, tuple)
        else spoil(item)
        for item in good(name, question)
    ]


def filled_with(worth: Any) -> Callable[[Any], Any]:
    """Spoils a thing: this value is in each of its fields."""

    def spoil(thing: Any) -> Any:
        if not is_dataclass(thing):
            return worth
        found = object.__new__(type(thing))
        for field in fields(thing):
            object.__setattr__(found, field.name, worth)
        return found

    return spoil


def unreadable(thing: Any) -> Any:
    """Spoils a thing: its texts fail when they are read."""
    lost = lazy_gettext("%(gone)s", other="")
    if not is_dataclass(thing):
        return lost
    texts = [field.name for field in fields(thing) if isinstance(getattr(thing, field.name), str)]
    return replace(thing, **dict.fromkeys(texts, lost))


def halfway(name: str, question: Question) -> Iterator[Any]:
    yield from good(name, question)
    fall()


FAULTS: dict[str, Fault] = {
    "raises": fall,
    "raises halfway": halfway,
    "is no list": lambda name, question: 7,
    "is a text": lambda name, question: "menu",
    "is one thing": lambda name, question: {1: 2},
    "holds something else": lambda name, question: [Odd()],
    "holds None": lambda name, question: [None],
    "holds tuples of another length": lambda name, question: [(1, 2, 3)],
    "has something else in its fields": lambda name, question: spoilt(name, question, filled_with(Odd())),
    "has None in its fields": lambda name, question: spoilt(name, question, filled_with(None)),
    "cannot be read": lambda name, question: spoilt(name, question, unreadable),
}


@contextmanager
def staying(app: Any, answers: dict[str, Callable[[Question], Any]]) -> Iterator[None]:
    """A plugin "bad" is in the house meanwhile, and answers each of these questions so."""
    manager, plugin = app.extensions["crm"], SimpleNamespace()
    for name, say in answers.items():
        words = tuple(inspect.signature(SPECS[name]).parameters)
        setattr(plugin, name, impl(lambda *values, say=say, words=words: say(dict(zip(words, values, strict=True)))))
    manager.register(plugin, "bad")
    for name in answers:
        [mine] = [one for one in getattr(manager.hook, name).get_hookimpls() if one.plugin_name == "bad"]
        mine.argnames = tuple(inspect.signature(SPECS[name]).parameters)
    try:
        yield
    finally:
        manager.unregister(name="bad")


def failing(names: Any, fault: Fault) -> dict[str, Callable[[Question], Any]]:
    """What somebody answers who has this fault with these questions."""
    return {name: (lambda question, name=name: fault(name, question)) for name in names}


def words_of(page: str) -> list[str]:
    """What a page says."""
    body = re.sub(r"<script.*?</script>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", body)).split()


def says_all(page: str, whole: str) -> bool:
    """True when everything that `whole` says is on the page, in that order."""
    left = iter(words_of(page))
    return all(word in left for word in words_of(whole))


def answered_by_bad(caplog: Any) -> set[str]:
    """The questions of which the log says that "bad" failed."""
    return {name for name in SPECS if f"{name} of bad failed" in caplog.text}


# What a failed statement does on PostgreSQL is tried in tests/crm/test_ui.py.
pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


@pytest.fixture
def visitor(app, addresses, admin) -> Visitor:  # noqa: F811
    """A beheerder who begins anew with every page."""
    return Visitor(app, admin)


@pytest.fixture
def shown(app, addresses, visitor) -> dict[str, str]:  # noqa: F811
    """Every page that shows something, with what it says: each of the matrix, and each tab on them."""
    found: dict[str, str] = {}
    waiting = [
        addresses[rule.endpoint]
        for rule in pages(app)
        if "GET" in methods(rule) and not TABLE[rule.endpoint].startswith("token:")
    ]
    while waiting:
        address = waiting.pop()
        answer = visitor.visit("GET", address)
        if answer.status_code == 200 and answer.mimetype == "text/html" and address not in (*found, *DIFFERS):
            found[address] = answer.text
            waiting += [unescape(one) for one in re.findall(r'href="([^"]*[?&]tab=\w+)"', answer.text)]
    return found


def test_every_page_stands_whatever_a_guest_answers(app, shown, visitor, caplog):
    """Every question of a screen is asked somewhere: first on all pages, and on those that ask most every fault."""
    asking, wrong = {}, []
    with staying(app, failing(SCREEN, fall)):
        for address, whole in shown.items():
            caplog.clear()
            answer = visitor.visit("GET", address)
            asking[address] = answered_by_bad(caplog)
            if answer.status_code != 200 or not says_all(answer.text, whole):
                wrong.append(f"raises: {address} {answer.status_code}")
    assert not wrong
    assert set().union(*asking.values()) == set(SCREEN), "a question that no page asks"
    chosen: list[str] = []
    while missing := set(SCREEN) - set().union(*(asking[address] for address in chosen)):
        chosen.append(max(asking, key=lambda address: len(asking[address] & missing)))
    for said, fault in FAULTS.items():
        caplog.clear()
        with staying(app, failing(SCREEN, fault)):
            for address in chosen:
                answer = visitor.visit("GET", address)
                if answer.status_code != 200 or not says_all(answer.text, shown[address]):
                    wrong.append(f"{said}: {address} {answer.status_code}")
        if unseen := set(SCREEN) - answered_by_bad(caplog):
            wrong.append(f"{said}: not noticed at {', '.join(sorted(unseen))}")
    assert not wrong


def gone() -> Any:
    abort(404)


BOXES: dict[str, tuple[str, Callable[[], Any]]] = {
    "its context raises": ("guest/_panel.html", fall),
    "its context is not there": ("guest/_panel.html", gone),
    "its context is no table": ("guest/_panel.html", lambda: 7),
    "its query fails": ("guest/_panel.html", lambda: {"rows": db.session.execute(text("SELECT x FROM nowhere"))}),
    "its template is missing": ("guest/nowhere.html", dict),
    "its template cannot be read": ("guest/unreadable.html", dict),
    "its template raises": ("guest/raises.html", lambda: {"fall": fall}),
    "what it shows raises": ("guest/shows.html", lambda: {"thing": Odd()}),
}
TEMPLATES = {
    "guest/_panel.html": "{{ place }}",
    "guest/unreadable.html": "{% if %}",
    "guest/raises.html": "half of it {{ fall() }}",
    "guest/shows.html": "{{ thing }}",
}


def boxes(place: str) -> list[ui.Panel]:
    """A box with each fault, in this place."""
    return [
        ui.Panel(f"bad{number}", f"Doos {number}", template, context)
        for number, (template, context) in enumerate(BOXES.values())
    ]


def test_a_box_that_cannot_be_drawn_says_so_and_the_rest_stands(app, addresses, visitor, caplog, monkeypatch):  # noqa: F811
    """In every place there are boxes, with every fault a box can have."""
    monkeypatch.setattr(app, "jinja_loader", ChoiceLoader([app.jinja_loader, DictLoader(TEMPLATES)]))
    drawn_at, dossier = set(), addresses["dossiers.show"]

    def give(question: Question) -> list[ui.Panel]:
        drawn_at.add(question["place"])
        return boxes(question["place"])

    wholes = {
        address: visitor.visit("GET", address).text
        for address in ("/", "/admin", dossier, f"{dossier}?tab=feed", f"{dossier}?tab=holdings")
    }
    for address, whole in wholes.items():
        with staying(app, {"panels": give}):
            answer = visitor.visit("GET", address)
        assert answer.status_code == 200 and says_all(answer.text, whole)
        assert "half of it" not in answer.text
        for number, fault in enumerate(BOXES):
            assert f"Doos {number} {BOX}" in answer.text, f"{fault} at {address}"
            assert f"panels of bad failed: bad{number} could not be drawn" in caplog.text
    assert drawn_at == set(re.findall(r'"(\w+)"', ABOUT["panels"].partition("Caller:")[0]))
    with staying(app, {"panels": give}):
        opened = visitor.visit("GET", f"{dossier}?tab=bad0")
    assert opened.status_code == 200 and f"Doos 0 {BOX}" in opened.text


@pytest.mark.parametrize("name", TOLD)
def test_a_failure_where_something_happens_stops_it_and_names_the_plugin(app, name, caplog):
    """Of plugins that are switched off too: their questions are asked here of nobody else."""
    question, manager = dict.fromkeys(inspect.signature(SPECS[name]).parameters), pluggy.PluginManager("crm")
    for questions in QUESTIONS:
        manager.add_hookspecs(questions)
    quiet = SimpleNamespace(extensions={"crm": manager})
    with staying(quiet, failing([name], fall)), pytest.raises(ValueError, match="fell over") as failure:
        host.tell(getattr(manager.hook, name), **question)
    assert failure.value.__notes__ == [f"{name} of bad"]


@pytest.mark.parametrize("said", ["yes", 1, 0, [True]])
def test_who_answers_a_permission_with_something_else_says_no(app, assistant, said, caplog):
    assert access.allowed(assistant, "start.see")
    with staying(app, {"allowed": lambda question: said}):
        assert not access.allowed(assistant, "start.see")
    assert "allowed of bad" in caplog.text


def test_a_mail_waits_for_a_plugin_that_does_not_say_its_words(app, addresses, office, visitor, admin):  # noqa: F811
    """The window says so, and nothing is sent without what may belong in it."""
    compose = addresses["mail.compose"]
    for name in ("placeholders", "recipients"):
        with staying(app, failing([name], fall)):
            window = visitor.visit("GET", compose)
            draft = mail.compose(office.dossier, None, admin, title="Dag", body="Tekst")
            with pytest.raises(Refused, match="Het onderdeel bad werkt nu niet"):
                mail.queue(draft, admin)
        assert window.status_code == 200 and "Het onderdeel bad werkt nu niet" in window.text
    assert "werkt nu niet" not in visitor.visit("GET", compose).text


def test_a_record_whose_title_fails_is_called_by_its_kind_and_number(app, branch, monkeypatch, caplog):
    kinds = app.extensions["crm.kinds"]
    monkeypatch.setitem(kinds, "branch", replace(kinds["branch"], title=fall))
    assert records.title(branch) == f"Vestiging {branch.id}"
    assert "the title of a branch failed" in caplog.text


@pytest.mark.parametrize(("took", "is_logged"), [(host.SLOW, False), (host.SLOW + 0.001, True)])
def test_a_hook_for_which_people_wait_longer_than_a_quarter_of_a_second_is_logged(
    app, monkeypatch, caplog, took, is_logged
):
    now = [0.0]
    monkeypatch.setattr(host, "perf_counter", lambda: now[0])

    def linger(question: Question) -> list[Any]:
        now[0] += took
        return []

    manager = app.extensions["crm"].hook
    with staying(app, {"menu_items": linger, "after_save": linger}):
        host.ask(manager.menu_items, user=None)
        host.tell(manager.after_save, changes=[], user=None)
    panel = ui.Panel("slow", "Traag", "x.html", given_by="bad", context=lambda: dict(linger({})))
    assert ui.drawn(panel, lambda template: "drawn", fall) == "drawn"
    for what in ("menu_items", "after_save", "panels (slow)"):
        assert (f"{what} of bad took {took * 1000:.0f} ms" in caplog.text) is is_logged
