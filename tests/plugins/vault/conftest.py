"""An office with the vault on and the portal beside it, each on a database of its own, with real commits."""

import datetime as dt
import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.dossiers import queries as dossier_queries
from crm.mounts import mounts
from crm.relations import operations as relations
from crm.sink import Sink
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests import vault
from plugins.document_types.requests.wanting import Wanted, title_of
from plugins.vault import events, links, operations
from tests.conftest import make_user, next_job, perform_now

PLUGINS = ["document_types", "vault", "portal"]


@pytest.fixture
def house(new_database):
    """The CRM with its portal; nothing is undone, the database goes."""
    beside = {"sms_provider": "sink", "sms_sink": f"{new_database['DATA']}/sms"}
    settings = {"PLUGINS": PLUGINS, "PLUGIN_SETTINGS": {"portal": beside}, "BASE_URL": "http://localhost"}
    with Sink(Path(new_database["DATA"]) / "mail") as sink:
        yield from at_work(create_app(paths.config() / "testing.toml", SMTP_PORT=sink.port, **settings, **new_database))


def at_work(made):
    """An app with all its tables; its connections end with it."""
    with made.app_context():
        migrate.upgrade()
        yield made
        db.disconnect()
        for mount in mounts():
            with mount.app.app_context():
                db.disconnect()


@pytest.fixture
def office(house):
    """Sanne de Vries and her dossier with a dienst, her adviser Peter and the assistant Marieke."""
    branch = accounts.create_branch("Utrecht")
    records.commit()
    assistant = make_user(house, "Marieke Bakker", "assistant", branch)
    adviser = make_user(house, "Peter van Dijk", "adviser", branch)
    typed = {
        "first_name": "Sanne", "surname_prefix": "de", "surname": "Vries", "birth_date": dt.date(1990, 5, 4),
        "phone": "+31612345678", "email": "sanne@voorbeeld.example", "branch_id": branch.id,
    }  # fmt: skip
    person = relations.create(typed, assistant, None)
    values = {"dossier_type": "home_purchase", "profile": "starter", "branch_id": branch.id}
    values |= {"lead_source_id": dossier_queries.lead_sources()[0].id, "adviser_id": adviser.id}
    dossier = dossiers.create(person, values, assistant)
    service = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, assistant)
    records.commit()
    return SimpleNamespace(
        branch=branch, assistant=assistant, adviser=adviser, person=person, dossier=dossier, service=service
    )


@pytest.fixture
def ask(office):
    """Ask one stuk of Sanne by the key of its type: ask("payslip")."""

    def ask(key):
        one = catalogue.types_by_key()[key]
        whose = office.person if one.scope == "person" else None
        wanted = Wanted(one, whose, "", title_of(one, whose, ""), "advice")
        (made,) = requests.ask(office.dossier, [wanted], office.service, office.assistant)
        records.commit()
        return made

    return ask


@pytest.fixture
def work(house):
    """Do all that is enqueued, delayed or not, until nothing is left."""

    def work():
        records.commit()
        while waiting := next_job():
            records.commit()
            with house.app_context():
                perform_now(*waiting)
        records.commit()
        db.session.expire_all()

    return work


class Browser:
    """A client's browser at the portal: a form is sent with the token of the page it stands on."""

    def __init__(self, house):
        self.pages = house.test_client()

    def see(self, path):
        return self.pages.get(f"/kluis{path}").text

    def token(self, path):
        return re.search(r'name="csrf_token" value="([^"]+)"', self.see(path))[1]

    def send(self, path, **typed):
        return self.pages.post(f"/kluis{path}", data={"csrf_token": self.token(path), **typed})


@pytest.fixture
def kluis(house):
    """A client's browser at the portal."""
    return Browser(house)


@pytest.fixture
def sms(house):
    """The digits of the last text message."""

    def last():
        folder = house.config["DATA"] / "sms"
        return max(folder.iterdir()).read_text("utf-8").rpartition("#")[2].strip()

    return last


@pytest.fixture
def sanne(office, work, kluis, sms):
    """Sanne's browser, logged in; sanne(request, *files) sends these and lets the CRM do its work."""
    account = operations.invite(office.person, office.assistant)
    work()
    link = links.address(account, 1).partition("/kluis")[2]
    kluis.send(link)
    kluis.send(f"{link}/code", code=sms())
    kluis.send("/wachtwoord", password="drie kippen op stok")
    events.watch()

    def send(request, *files):
        work()
        for name, content in files:
            kluis.send(f"/verzoeken/stuk-{request.id}", files=(io.BytesIO(content), name))
        fetch()

    def fetch():
        events.watch()
        work()

    def take_back(request, upload):
        page = f"/verzoeken/stuk-{request.id}"
        kluis.pages.post(f"/kluis{page}/weg/{upload}", data={"csrf_token": kluis.token(page)})

    send.see, send.take_back, send.fetch = kluis.see, take_back, fetch
    return send


def said_of(office, request):
    """Item `request` as the vault has it now."""
    return next(says for _kind, name, says in vault.items(office.person) if name == f"stuk-{request.id}")
