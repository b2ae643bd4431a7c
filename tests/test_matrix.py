"""Who may open and do what: every page, tried as every role; see tests/matrix_data.py."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from apiflask import APIFlask
from sqlalchemy import event
from sqlalchemy.engine import Connection
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crm import records
from crm.accounts import operations as accounts
from crm.accounts.models import SCOPES, User
from crm.db import db
from crm.formats import LARGEST
from tests.conftest import come_in, log_in, new_session
from tests.matrix_data import ARGUMENTS, ASKS_FURTHER, PAGES, RECORD_OF, ROLES, SENDS_ON, WHOLE_OFFICE, Office
from tests.test_house import CODE

TABLE = dict(line.split() for line in PAGES.strip().splitlines())
# The page itself, where it leads, or what is wrong with an empty form.
ANSWERED = (200, 204, 302, 303, 400, 409, 422)
HEADERS = {
    "Content-Security-Policy": "default-src '",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def pages(app: APIFlask) -> list[Rule]:
    """Every address of the house, but files."""
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def guard(app: APIFlask, endpoint: str) -> str:
    """What the page itself says it asks."""
    view = app.view_functions[endpoint]
    if scope := getattr(view, "scope", None):
        return f"token:{scope}"
    return getattr(view, "permission", "nothing") or "public"


@pytest.fixture
def office(branch, assistant, adviser, admin) -> Office:
    return Office(branch, assistant, adviser, admin)


@pytest.fixture
def addresses(app: APIFlask, office: Office) -> dict[str, str]:
    """The address of every page, with a record of vestiging Utrecht where it needs one."""
    found = {}
    with app.test_request_context():
        for rule in pages(app):
            if rule.endpoint in ARGUMENTS:
                arguments = ARGUMENTS[rule.endpoint](office)
            elif not rule.arguments:
                arguments = {}
            else:
                kind = RECORD_OF.get(rule.endpoint.partition(".")[0])
                assert kind and rule.arguments == {"id"}, f"{rule.endpoint} needs arguments in tests/matrix_data.py"
                arguments = {"id": getattr(office, kind).id}
            found[rule.endpoint] = app.url_map.bind("localhost").build(rule.endpoint, arguments)
        records.commit()  # before the request ends, and with it what was not committed
    return found


@contextmanager
def undone() -> Iterator[None]:
    """What is done within leaves nothing behind, so that every page is tried in the same office."""
    db.session.remove()
    connection: Connection = db.session.session_factory.kw["bind"]
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


class Visitor:
    """Someone who begins anew with every page: `cookie` is his session, None for nobody."""

    def __init__(self, app: APIFlask, user: User | None = None, token: str = "") -> None:
        self.app, self.cookie = app, new_session(user) if user else None
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def visit(self, method: str, address: str, **sent: Any) -> TestResponse:
        client = self.app.test_client()
        if self.cookie:
            come_in(client, self.cookie)
        with undone():
            return client.open(address, method=method, headers=self.headers, **sent)


def to_log_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login")


def unsafe(answer: TestResponse) -> bool:
    """True when the answer lacks one of the headers that every answer has."""
    if any(not answer.headers.get(name, "").startswith(value) for name, value in HEADERS.items()):
        return True
    policy = answer.headers["Content-Security-Policy"]
    return "unsafe" in policy and "sandbox;" not in policy  # a letter, shown in a frame that can do nothing


def test_every_page_has_its_row(app):
    there = {rule.endpoint: guard(app, rule.endpoint) for rule in pages(app)}
    missing = "\n".join(f"{page:36} {asks}" for page, asks in sorted(there.items()) if page not in TABLE)
    assert not missing, f"add to PAGES in tests/matrix_data.py:\n{missing}"
    assert there == TABLE


def test_every_permission_is_for_whom_the_table_says(app):
    there = {name: permission.roles for name, permission in app.extensions["crm.permissions"].items()}
    assert there == ROLES


def test_nobody_comes_in_without_logging_in(app, addresses):
    wrong = []
    for rule in pages(app):
        for method in methods(rule):
            answer = Visitor(app).visit(method, addresses[rule.endpoint])
            if TABLE[rule.endpoint] == "public":
                fine = answer.status_code < 500 and (rule.endpoint in SENDS_ON or not to_log_in(answer))
            elif TABLE[rule.endpoint].startswith("token:"):
                fine = answer.status_code == 401
            else:
                fine = to_log_in(answer)
            if not fine or unsafe(answer):
                wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert not wrong


@pytest.fixture
def written(app: APIFlask) -> Iterator[list[str]]:
    """Statements that write. On the read engine they would fail; in tests both engines are one."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("role", ["assistant", "adviser", "admin"])
def test_each_role_comes_where_the_table_says(app, addresses, office, role, written):
    """Who may, gets there or hears what is wrong with an empty form; who may not, gets 403; reading never writes."""
    if role != "assistant" and db.engine.dialect.name != "sqlite":
        pytest.skip("what a role may do is asked of no database; tried with SQLite")
    visitor, wrong = Visitor(app, getattr(office, role)), []
    for rule in pages(app):
        asks = TABLE[rule.endpoint]
        for method in methods(rule) if asks in ROLES else []:
            written.clear()
            answer = visitor.visit(method, addresses[rule.endpoint])
            if method == "GET" and written and not app.view_functions[rule.endpoint].writes_on_get:
                wrong.append(f"GET {rule.endpoint} writes")
            is_export = answer.mimetype in ("text/csv", "application/toml")
            if is_export and not any("INTO audit_entries" in sql for sql in written):
                wrong.append(f"{method} {rule.endpoint} gives a file, and the log does not say to whom")
            if role not in ROLES[asks]:
                fine = answer.status_code == 403
            elif rule.endpoint in ASKS_FURTHER:
                fine = answer.status_code in (*ANSWERED, 403, 404)
            else:
                fine = answer.status_code in ANSWERED
            if not fine or to_log_in(answer) or unsafe(answer):
                wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert not wrong


def test_another_vestiging_finds_nothing(app, addresses, stranger):
    """To who belongs elsewhere the record is not there, whatever he tries with it."""
    visitor, wrong = Visitor(app, stranger), []
    for rule in pages(app):
        asks = TABLE[rule.endpoint]
        if not rule.arguments or rule.endpoint in WHOLE_OFFICE or "assistant" not in ROLES.get(asks, ()):
            continue
        for method in methods(rule):
            answer = visitor.visit(method, addresses[rule.endpoint])
            if answer.status_code != 404 and not (rule.endpoint in ASKS_FURTHER and answer.status_code == 403):
                wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert not wrong


def asked_ids() -> set[str]:
    """Every argument and field by which a page of ours takes an id, read from the code."""
    asked = re.compile(r'(?:args|form)\.get\("(\w+)", type=int')
    fields = re.compile(r"^    (\w+_id) = \w+\(", re.MULTILINE)
    texts = [path.read_text("utf-8") for path in CODE]
    found = {name for text in texts for pattern in (asked, fields) for name in pattern.findall(text)}
    return found | {"relation", "dossier", "request", "seen_doubles", "use", "use_partner", "with", "from", "ids"}


SECRET = {"surname": "Qwervelink", "email": "geheim@qwervelink.example", "city": "Qwerveldam"}


def telling(answer: TestResponse) -> str:
    """What a person reads in an answer, without numbers."""
    return re.sub(r"<[^>]*>|\d+", "", answer.text)


def test_another_vestiging_hears_the_same_of_what_is_there_and_what_is_not(app, addresses, office, stranger):
    """Every address with a number in it, and every page with every id it may be sent: who counts ids learns nothing."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("what a page says is asked of no database; tried with SQLite")
    for name, value in SECRET.items():
        setattr(office.relation, name, value)
    records.save(office.relation, office.assistant)
    records.commit()
    ids = {kind: getattr(office, kind).id for kind in ("relation", "dossier")}
    visitor, wrong, tried = Visitor(app, stranger), [], 0
    for rule in pages(app):
        if "assistant" not in ROLES.get(TABLE[rule.endpoint], ()):
            continue
        there = addresses[rule.endpoint]
        for method in methods(rule):
            if re.search(r"/\d+", there) and rule.endpoint not in WHOLE_OFFICE:
                nowhere = re.sub(r"/\d+(?=/|$)", f"/{LARGEST}", there)
                real, unreal = visitor.visit(method, there), visitor.visit(method, nowhere)
                tried += 1
                if real.status_code == 403 and rule.endpoint in ASKS_FURTHER:
                    continue  # he sees it, and may not do this with it
                if real.status_code != unreal.status_code or telling(real) != telling(unreal):
                    wrong.append(f"{method} {there}: {real.status_code}, {nowhere}: {unreal.status_code}")
            for kind, number in ids.items() if not rule.arguments else ():
                sent = {name: str(number) for name in asked_ids()} | {"kind": kind, "subject": f"{kind}-{number}"}
                if method == "GET":
                    answer = visitor.visit(method, f"{there.partition('?')[0]}?{urlencode(sent)}")
                else:
                    answer = visitor.visit(method, there, data=sent)
                tried += 1
                if any(word in answer.text for word in SECRET.values()) or answer.status_code >= 500:
                    wrong.append(f"{method} {rule.endpoint} with the id of a {kind}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert tried > 200


def test_a_session_opens_nothing_of_the_api(app, addresses, admin):
    """A page of another site cannot ride on somebody's session, for there no session counts."""
    visitor = Visitor(app, admin)
    for rule in pages(app):
        if TABLE[rule.endpoint].startswith("token:"):
            answer = visitor.visit(methods(rule)[0], addresses[rule.endpoint])
            assert answer.status_code == 401, rule.endpoint


def test_a_token_does_what_its_scope_says_for_the_vestiging_of_its_user(app, addresses, admin, stranger):
    """Each page with a token of just that right, with one of every other right, and with one of another vestiging."""
    wrong = []
    made: dict[str, tuple[str, ...]] = {}
    for scope in SCOPES:
        others = [other for other in SCOPES if other != scope]
        made[scope] = tuple(
            accounts.create_token(user, "proef", scopes)
            for user, scopes in ((admin, [scope]), (admin, others), (stranger, [scope]))
        )
    records.commit()
    for rule in pages(app):
        asks, _colon, scope = TABLE[rule.endpoint].partition(":")
        if asks != "token":
            continue
        method, address = methods(rule)[0], addresses[rule.endpoint]
        own, other, elsewhere = (Visitor(app, token=token).visit(method, address) for token in made[scope])
        if own.status_code not in (*ANSWERED, 201) or other.status_code != 403:
            wrong.append(f"{rule.endpoint}: {own.status_code}, {other.status_code}")
        if rule.arguments and elsewhere.status_code != 404:
            wrong.append(f"{rule.endpoint} elsewhere: {elsewhere.status_code}")
    assert not wrong


def test_nothing_is_posted_without_the_token_of_the_session(app, addresses, admin, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    visitor = Visitor(app, admin)
    for rule in pages(app):
        if "POST" in methods(rule) and not getattr(app.view_functions[rule.endpoint], "from_elsewhere", False):
            answer = visitor.visit("POST", addresses[rule.endpoint])
            assert answer.status_code == 400, f"{rule.endpoint}: {answer.status_code}"


def test_a_page_of_nobody_is_refused_at_the_start(app):
    from crm.web import check_views

    app.view_functions["loose"] = lambda: ""
    try:
        with pytest.raises(LookupError, match="loose"):
            check_views(app)
    finally:
        del app.view_functions["loose"]


def test_switched_off_users_are_out_at_once(app, admin, assistant):
    client = log_in(app.test_client(), assistant)
    assert client.get("/").status_code == 200
    user = db.session.get(User, assistant.id)
    user.is_enabled = False
    records.save(user, admin)
    records.commit()
    assert to_log_in(client.get("/"))
