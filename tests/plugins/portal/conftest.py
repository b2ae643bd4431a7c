"""The portal alone, on each database; every test in a transaction that is undone."""

import datetime as dt
import hashlib
import os
import secrets

import psycopg
import pytest
from sqlalchemy.engine import make_url

from crm.furniture import db
from plugins.portal import schema
from plugins.portal.app import create_portal
from tests.conftest import DATABASES, POSTGRES, forget_last_request
from tests.plugins import description

KEY = "a-key-of-the-crm"
TOKEN = "the-token-of-the-mail"
MOBILE = "+31612345678"
VAULT = "v-sanne"


@pytest.fixture(scope="module", params=DATABASES)
def house(request, tmp_path_factory):
    """The portal with its tables, made once a file on each database."""
    folder, database = tmp_path_factory.mktemp("portal"), ""
    if request.param == "postgres":
        own = make_url(str(POSTGRES)).set(database=f"sleutel_test_{os.getpid()}_{secrets.token_hex(4)}")
        server = own.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {own.database}")
        database = own.render_as_string(hide_password=False)
    made = create_portal(
        TESTING=True, KLUIS_DATA=str(folder), KLUIS_DATABASE=database, KLUIS_API_KEYS=[KEY, "the-next-key"],
        KLUIS_SMS_PROVIDER="sink", KLUIS_SMS_SINK=str(folder / "sms"), KLUIS_ARGON2_MEMORY=8, WTF_CSRF_ENABLED=False,
    )  # fmt: skip
    with made.app_context():
        schema.upgrade()
        db.disconnect()
    made.before_request_funcs.setdefault(None, []).insert(0, forget_last_request)
    yield made
    with made.app_context():
        db.disconnect()
    if database:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {own.database} WITH (FORCE)")


@pytest.fixture
def portal(house):
    """The portal within a transaction that is undone after the test."""
    with house.app_context():
        connection = db.engine.connect()
        transaction = connection.begin()
        db.session.session_factory.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            yield house
        finally:
            db.session.remove()
            transaction.rollback()
            connection.close()
            db.session.session_factory.configure(bind=None, join_transaction_mode="conditional_savepoint")


class Crm:
    """The CRM's side of the protocol."""

    def __init__(self, portal, key=KEY):
        self.browser, self.headers = portal.test_client(), {"Authorization": f"Bearer {key}"}

    def call(self, method, path, body=None, **more):
        """One call; what is answered must be as it is described."""
        answer = self.browser.open(f"/api/v1{path}", method=method, json=body, headers=self.headers, **more)
        description.check_answered(method, path.partition("?")[0], answer)
        return answer

    def invite(self, vault=VAULT, token=TOKEN, generation=1, days=14, **contact):
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        known = {"first_name": "Sanne", "email": "sanne@voorbeeld.example", "mobile": MOBILE, "form": "u"} | contact
        body = {"generation": generation, "link": hashlib.sha256(token.encode()).hexdigest(), "contact": known}
        return self.call("POST", f"/vaults/{vault}/invitations", body | {"valid_until": until.isoformat()})

    def put(self, kind, name, version=1, vault=VAULT, **content):
        return self.call("PUT", f"/vaults/{vault}/items/{kind}/{name}", {"version": version, "content": content})

    def ask(self, name="r1", version=1, vault=VAULT, **content):
        known = {"title": "Salarisstrook", "group": "Hypotheek", "state": "open", "words": "Nog aanleveren"}
        return self.put("request", name, version, vault, **known | {"may_upload": True, "accepts": [".pdf"]} | content)

    def events(self, after=0):
        return self.call("GET", f"/events?after={after}").get_json()["events"]


@pytest.fixture
def crm(portal):
    return Crm(portal)


@pytest.fixture
def browser(portal):
    """The browser of a client who is not logged in."""
    return portal.test_client()


@pytest.fixture
def sms(house):
    """The digits of the last text message."""
    folder = house.config["KLUIS_DATA"] / "sms"

    def last():
        newest = max(folder.iterdir(), key=lambda file: file.name)
        return newest.read_text("utf-8").rpartition("#")[2].strip()

    return last


@pytest.fixture
def as_client(crm, browser, sms):
    """A browser of a client who accepted his invitation and chose a password."""
    crm.invite()
    browser.post(f"/activeren/{TOKEN}")
    browser.post(f"/activeren/{TOKEN}/code", data={"code": sms()})
    browser.post("/wachtwoord", data={"password": "drie kippen op stok"})
    return browser
