"""Every page a link leads to, in the demo office, for a beheerder and an assistant: at most eight statements.

A file of records costs those that the log takes to say who took it too.
"""

import html
import re

import pytest
from werkzeug.test import Client

from crm import demo, migrate
from crm.app import create_app
from crm.db import db
from crm.jobs import queue
from tests.conftest import noting_statements

MOST = 8
EXPORTS = ("text/csv", "application/toml")
ALSO = ("/aanvraag", "/relations/create", "/relations/1/dossiers/new", "/mail/compose/dossier/1",
        "/appointments/for/dossier/1", "/planning/orientation?relation=1", "/nergens")  # fmt: skip


def log_in(app, email):
    client = Client(app)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    answer = client.post("/login", data={"email": email, "password": demo.PASSWORD, "csrf_token": token[1]})
    assert answer.status_code == 302
    return client


def kind_of(address):
    """Pages that differ in a number only are one kind of page; of the query only the tab makes another."""
    tab = re.search(r"[?&]tab=(\w+)", address)
    return re.sub(r"\d+", "N", address.partition("?")[0]), tab and tab[1]


@pytest.fixture
def office(new_database):
    """The demo office, as a server has it."""
    app = create_app(**new_database)
    with app.app_context():
        migrate.upgrade()
        demo.make(app)
        db.disconnect()
    yield app
    with app.app_context():
        queue.client().destroy()
        db.disconnect()


@pytest.mark.parametrize("email", [demo.BEA, demo.ANNA])
def test_no_page_takes_more_than_eight_statements(office, email):
    with office.app_context():
        engines = set(db.engines.values()) if db.engine.dialect.name == "sqlite" else {db.engine}
    client, seen, found, over, broken = log_in(office, email), set(), ["/", *ALSO], [], []
    client.get("/dossiers")  # from here on the process knows the status path
    with noting_statements(*engines) as sent:
        while found:
            address = html.unescape(found.pop(0)).partition("#")[0]
            kind = kind_of(address)
            if kind in seen or not address.startswith("/") or address.startswith(("//", "/static/")):
                continue
            seen.add(kind)
            sent.clear()
            answer = client.get(address, buffered=True)
            is_export = answer.mimetype in EXPORTS
            count = len([sql for sql in sent if not (is_export and "audit_" in sql)])
            if count > MOST:
                over.append((address, count))
            if answer.status_code >= 500:
                broken.append((address, answer.status_code))
            if answer.mimetype == "text/html":
                found += re.findall(r'href="([^"]+)"', answer.text)
    assert not over and not broken
    assert len(seen) > 60
