"""The portal on a machine of its own: reached over HTTP, away at any moment; nothing is lost, nothing comes twice."""

import re
import socket
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from crm import paths, records
from crm.app import create_app
from crm.db import db
from crm.documents.models import Document
from crm.feed.models import Post
from crm.formats import today
from crm.mounts import mounts
from crm.sink import Sink
from crm.workflows import operations as workflows
from crm.workflows import queries as running
from plugins.document_types.requests import verdicts
from plugins.document_types.requests.models import DocumentRequest
from plugins.vault import client, events, operations, queries
from plugins.vault.client import PortalRefused, Unreachable
from tests.conftest import come_in, new_session
from tests.crm.documents.hostile import plain_pdf
from tests.plugins.vault.conftest import PLUGINS, at_work
from tests.plugins.vault.test_thread import newest_mail, token_in
from tests.programs import Portal

pytestmark = pytest.mark.postgres


@pytest.fixture
def portal(tmp_path_factory):
    """`crm portal` on another machine, not started yet."""
    folder = tmp_path_factory.mktemp("machine")
    made = Portal(folder, SMS_PROVIDER="sink", SMS_SINK=str(folder / "sms"))
    yield made
    made.kill()


@pytest.fixture
def house(new_database, portal):
    """The CRM, told where its portal is."""
    there = {"vault": {"url": portal.url, "api_key": Portal.KEYS[1]}}
    settings = {"PLUGINS": PLUGINS, "PLUGIN_SETTINGS": there, "BASE_URL": "http://localhost"}
    with Sink(Path(new_database["DATA"]) / "mail") as sink:
        made = create_app(paths.config() / "testing.toml", SMTP_PORT=sink.port, **settings, **new_database)
        yield from at_work(made)
        if spoken := made.extensions.get("vault.portal"):
            spoken.http.close()


class Phone:
    """A client's browser, at the portal by HTTP."""

    def __init__(self, portal):
        self.portal, self.http = portal, httpx.Client(base_url=portal.url, timeout=30)

    def see(self, path):
        return self.http.get(path).text

    def send(self, path, files=None, **typed):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.see(path))[1]
        answer = self.http.post(path, data={"csrf_token": token, **typed}, files=files)
        assert answer.status_code == 302, answer.text

    def sms(self):
        """The digits of the last text message."""
        return max((self.portal.folder / "sms").iterdir()).read_text("utf-8").rpartition("#")[2].strip()


@pytest.fixture
def phone(portal):
    made = Phone(portal)
    yield made
    made.http.close()


def work_in_vain(work):
    """Do all there is to do while the portal is away: what goes there is tried as often as it may be, and gives up."""
    tried = 0
    while True:
        try:
            return work()
        except Unreachable:
            tried += 1
        finally:
            records.rollback()
        assert tried < 10


def look_in_vain():
    with pytest.raises(Unreachable):
        events.watch()


def come_back(portal, work):
    """The portal is there again, and is looked at."""
    portal.start()
    events.watch()
    work()


def test_away_at_every_step_nothing_is_lost_and_nothing_comes_twice(office, ask, work, house, portal, phone):
    assert mounts() == []
    request = ask("payslip")
    (workflow,) = running.workflows_of(office.dossier)
    workflows.advance(workflow, "invite", 1, office.assistant)
    work_in_vain(work)
    assert "De kluis antwoordt niet" not in tab(house, office)
    look_in_vain()
    assert "De kluis antwoordt niet, sinds vandaag" in tab(house, office)

    come_back(portal, work)
    assert "De kluis antwoordt niet" not in tab(house, office)
    link = f"/activeren/{token_in(newest_mail())}"
    phone.send(link)
    phone.send(f"{link}/code", code=phone.sms())
    phone.send("/wachtwoord", password="drie kippen op stok")
    events.watch()
    portal.kill()
    look_in_vain()
    work_in_vain(work)
    assert queries.account_of(office.person.id).state == "invited"
    come_back(portal, work)
    assert queries.account_of(office.person.id).state == "active"

    phone.send(f"/verzoeken/stuk-{request.id}", files={"files": ("loonstrook.pdf", plain_pdf())})
    portal.kill()
    come_back(portal, work)
    request = db.session.get(DocumentRequest, request.id)
    assert request.status == "submitted"
    assert f"Gecontroleerd. {office.adviser.name} bekijkt het." in phone.see("/verzoeken")

    portal.kill()
    verdicts.approve(request, office.adviser, today())
    work_in_vain(work)
    portal.start()
    operations.mend()
    work()
    assert request.title in phone.see("/afgerond")
    assert request.title not in phone.see("/verzoeken")
    assert db.session.scalar(select(func.count()).select_from(Document)) == 1
    assert db.session.scalar(select(func.count()).where(Post.post_kind == "vault.accepted")) == 1


def tab(house, office):
    """The tab *Kluis* of the dossier, as the assistant sees it."""
    cookie, page = new_session(office.assistant), f"/dossiers/{office.dossier.id}?tab=vault"
    records.commit()
    with house.app_context():
        return come_in(house.test_client(), cookie).get(page).text


def test_a_key_that_the_portal_does_not_know_any_more_is_told(office, house, portal):
    portal.keys = Portal.KEYS[:1]
    portal.start()
    with pytest.raises(PortalRefused):
        events.watch()
    assert "De kluis laat het kantoor niet binnen" in tab(house, office)


def test_a_portal_that_never_answers_is_given_up(house, portal):
    with socket.create_server(("127.0.0.1", portal.port)), pytest.raises(Unreachable, match="ReadTimeout"):
        client.portal().show("somebody")


def test_only_who_misses_something_is_mended(office, house, portal, work):
    """Both sides: an account that the portal knows whole, and one that it does not."""
    portal.start()
    account = operations.invite(office.person, office.assistant)
    assert queries.behind() == [account.id]
    work()
    assert queries.behind() == []
