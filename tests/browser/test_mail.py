"""E-mail in the running product: from the feed to the sink, undone in time, and never twice when a worker dies."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.mail.models import Message
from crm.sink import Mode, messages
from tests.browser.look import axe
from tests.browser.office import Office
from tests.browser.within import inside, mails_wait, person
from tests.crm.mail.conftest import CANARY, TUESDAY, make_appointment, make_dossier

U1 = "Afspraakbevestiging U1 oriëntatiegesprek"


@pytest.fixture
def dossier(office: Office, size: str, request: pytest.FixtureRequest) -> Iterator[int]:
    """The id of a dossier with a talk at the vestiging; its mails wait two seconds."""
    with inside(office):
        assistant, adviser, branch = person("assistant"), person("adviser"), person("assistant").branches[0]
        branch.street, branch.house_number, branch.postal_code, branch.city = "Maliebaan", "10", "3581CA", "Utrecht"
        branch.phone = "+31302345678"
        records.save(branch, None)
        mails_wait(2)
        mail = f"sanne{time.monotonic_ns()}@voorbeeld.nl"
        made = make_dossier(assistant, branch, email=mail, phone="", birth_date=None)
        seen = [f"clash:{number}" for number in range(1, 50)]
        make_appointment(made, adviser, assistant, confirmed=seen, starts_at=TUESDAY)
        number = made.id
    yield number
    office.sink.mode = Mode.OK
    with inside(office):
        mails_wait(30)


def wait_for(page: Page, dossier: int, state: str) -> None:
    """Look at the feed again until its newest mail is in this state."""
    for _ in range(40):
        page.goto(f"/dossiers/{dossier}")
        if state in page.locator("#posts article").first.inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.locator("#posts article").first.inner_text())


def kept(office: Office, dossier: int) -> list[str]:
    """Texts of the mails in the sink to the client of this dossier."""
    with inside(office):
        to = db.session.scalars(select(Message.to).where(Message.subject_id == dossier)).first() or ""
    address = re.sub(r".*<|>", "", to)
    return [str(mail.message) for mail in messages(office.folder / "mail") if mail.recipients == (address,)]


@pytest.mark.requirement("O-059", side="crm")
@pytest.mark.requirement("O-059", side="mail")
@pytest.mark.requirement("O-060", side="crm")
@pytest.mark.requirement("O-065", side="crm")
@pytest.mark.requirement("O-065", side="mail")
def test_from_the_feed_to_the_client(as_assistant: Page, office: Office, dossier: int) -> None:
    page = as_assistant
    page.goto(f"/dossiers/{dossier}")
    page.get_by_role("tab", name="E-mail").click()
    page.get_by_role("link", name="E-mail schrijven").click()
    expect(page.get_by_label("Sjabloon").locator("option:checked")).to_have_text(U1)
    page.get_by_role("button", name="Invoegen").click()
    body = page.get_by_role("textbox", name="Tekst")
    expect(body).to_have_value(re.compile("Geachte mevrouw De Vries,.*dinsdag 1 juni 2027 om 10.00 uur", re.S))
    axe(page)
    body.fill(body.input_value() + "\nTot dinsdag!")
    page.get_by_role("button", name="Voorbeeld").click()
    expect(page.frame_locator("iframe").get_by_text("Tot dinsdag!")).to_be_visible()
    page.get_by_role("tab", name="Agenda-uitnodiging").click()
    expect(page.get_by_text("METHOD:REQUEST")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_role("button", name="Ongedaan maken")).to_be_visible()
    axe(page)
    wait_for(page, dossier, "Verstuurd")
    [mail] = kept(office, dossier)
    assert "Tot dinsdag!" in mail and CANARY not in mail


@pytest.mark.parametrize("size", ["1280"], indirect=True)
def test_undone_in_time(as_assistant: Page, office: Office, dossier: int) -> None:
    with inside(office):
        mails_wait(30)
    page = as_assistant
    page.goto(f"/mail/compose/dossier/{dossier}?purpose=appointment_confirmation")
    page.get_by_role("button", name="Versturen").click()
    page.get_by_role("button", name="Ongedaan maken").first.click()
    expect(page.get_by_role("textbox", name="Tekst")).to_have_value(re.compile("Geachte mevrouw De Vries"))
    page.goto(f"/dossiers/{dossier}")
    expect(page.locator("#posts article").first).to_contain_text("Concept, niet verstuurd")
    assert kept(office, dossier) == []


def test_templates_and_the_mailbox_are_for_everyone(as_admin: Page, office: Office, dossier: int) -> None:
    page = as_admin
    page.goto("/mail/templates")
    axe(page)
    page.get_by_role("link", name=U1).first.click()
    expect(page.frame_locator("iframe").get_by_text("Geachte mevrouw De Vries")).to_be_visible()
    page.get_by_role("textbox", name="Tekst").press_sequentially(" {{ klant.vornaam }}")
    expect(page.get_by_text("bedoelt u {{ klant.voornaam }}?")).to_be_visible()
    axe(page)
    page.goto("/dev/mail")
    axe(page)


@pytest.mark.parametrize("size", ["1280"], indirect=True)
def test_a_worker_killed_while_sending_never_sends_twice(as_assistant: Page, office: Office, dossier: int) -> None:
    page = as_assistant
    office.sink.mode, office.sink.delay = Mode.SLOW, 4.0
    page.goto(f"/mail/compose/dossier/{dossier}?purpose=appointment_confirmation")
    page.get_by_role("button", name="Versturen").click()
    wait_for(page, dossier, "Wordt verstuurd")
    office.stop("worker", "kill")
    office.sink.mode = Mode.OK
    office.start("worker", "-m", "crm.cli", "worker")
    wait_for(page, dossier, "Mogelijk verstuurd")
    page.wait_for_timeout(4000)
    assert len(kept(office, dossier)) <= 1
    page.get_by_role("link", name="Opnieuw versturen").first.click()
    page.get_by_role("button", name="Opnieuw versturen").click()
    wait_for(page, dossier, "Verstuurd")
    names = {re.search(r"(?i)message-id: (\S+)", mail)[1] for mail in kept(office, dossier)}
    assert len(names) == 1
