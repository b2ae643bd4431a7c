"""Two browsers side by side: what the assistant asks, the client sends from a phone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from crm.formats import today
from tests.browser.conftest import SIZES, mail_goes_at_once, new_context, watch
from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import Office
from tests.browser.steps import Person, new_dossier, new_relation
from tests.browser.test_documents import pdf
from tests.browser.test_requests import make_list
from tests.programs import Portal

requirement = pytest.mark.requirement

TRIES = 60  # looks at what another process does meanwhile


@pytest.fixture(scope="module", params=["in process", "by itself"])
def vault_office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Office]:
    """An empty office with the vault on: its portal in the same processes, or `crm portal` beside them."""
    folder = tmp_path_factory.mktemp("office")
    with settings_of(request.param, folder) as settings, Office(folder, **settings) as running:
        with new_context(browser, running.url, "1280") as context:
            mail_goes_at_once(log_in(context.new_page(), "admin"))
        yield running


@contextmanager
def settings_of(portal: str, folder: Path) -> Iterator[dict[str, str]]:
    """What the office is told of its portal, which is at work meanwhile."""
    if portal == "in process":
        yield {"CRM_PLUGINS": '["document_types", "vault", "portal"]'}
        return
    alone = Portal(folder, SMS_PROVIDER="sink", SMS_SINK=str(folder / "mail"))
    try:
        alone.start()
        yield {
            "CRM_PLUGINS": '["document_types", "vault"]',
            "CRM_PLUGIN_SETTINGS__vault__url": alone.url,
            "CRM_PLUGIN_SETTINGS__vault__api_key": alone.keys[0],
        }
    finally:
        alone.kill()


@pytest.fixture
def assistant(browser: Browser, vault_office: Office, troubles: list[str]) -> Iterator[Page]:
    """The assistant at a desk."""
    with new_context(browser, vault_office.url, "1280") as context:
        page = context.new_page()
        watch(page, troubles)
        yield log_in(page, "assistant")


@pytest.fixture
def client(browser: Browser, vault_office: Office, troubles: list[str]) -> Iterator[Page]:
    """The client's phone."""
    with new_context(browser, vault_office.url, "390") as context:
        page = context.new_page()
        watch(page, troubles)
        yield page
    assert not troubles, "in the browser:\n" + "\n".join(troubles)


def body_of(office: Office, to: str, count: int = 1) -> str:
    """The text of the newest message to this address."""
    part = office.mails(to=to, count=count, seconds=60)[-1].message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def code(office: Office, mobile: str, count: int = 1) -> str:
    """The digits of the newest text message to this number."""
    return body_of(office, f"{mobile}@sms.example", count).rpartition("#")[2].strip()


def invited(assistant: Page, office: Office) -> tuple[Person, str]:
    """A new client with a dossier, a dienst and its stukkenlijst, who was invited; he, and the dossier's address."""
    person = new_relation(assistant)
    new_dossier(assistant)
    assistant.get_by_role("link", name=re.compile("^Diensten")).click()
    assistant.get_by_role("link", name="Nieuwe dienst").click()
    assistant.get_by_label("Dienst").select_option(label="Hypotheekadvies")
    assistant.get_by_role("button", name="Opslaan").click()
    make_list(assistant)
    dossier = assistant.url.partition("?")[0]
    assistant.goto(f"{dossier}?tab=holdings")
    assistant.get_by_role("button", name="Uitnodiging naar de klant versturen").click()
    expect(assistant.locator("#messages")).to_contain_text("Uitnodiging gaat naar")
    return person, dossier


def activate(client: Page, person: Person, office: Office) -> None:
    """Into the vault with the link of the mail, the code of the text message and a password."""
    link = re.search(r"https?://\S+/activeren/\S+", body_of(office, person.email))
    assert link is not None
    client.goto(link[0])
    expect(client.get_by_role("heading", level=1)).to_contain_text("Activeer")
    look_at(client, "portal-activate")
    client.get_by_role("button", name="Stuur mij de sms-code").click()
    mobile = "+31" + person.phone.replace(" ", "").removeprefix("0")
    look_at(client, "portal-code")
    client.get_by_label("Code uit de sms").fill(code(office, mobile))
    client.get_by_role("button", name="Ga verder").click()
    look_at(client, "portal-password")
    client.get_by_label("Nieuw wachtwoord").fill("drie kippen op stok")
    client.get_by_role("button", name="Open mijn kluis").click()
    expect(client.get_by_role("heading", level=1)).to_contain_text(f"Dag {person.first_name}")


def look_at(page: Page, name: str) -> None:
    """Is this page accessible, does it fit on phone and desk, and what does it look like?"""
    size = page.viewport_size
    for other in SIZES.values():
        page.set_viewport_size(other)  # type: ignore[arg-type]
        axe(page)
        screenshot(page, name)
    page.set_viewport_size(size or SIZES["390"])  # type: ignore[arg-type]


@requirement("U-001", "U-015", "U-016", "U-017", "U-028", "U-029", "U-030a", "U-039", "U-044", side="portal")
def test_invited_in_and_a_document_sent(assistant: Page, client: Page, vault_office: Office, tmp_path: Path) -> None:
    person, dossier = invited(assistant, vault_office)
    assistant.goto(f"{dossier}?tab=vault")
    expect(assistant.locator("main")).to_contain_text("Uitgenodigd")
    look_at(assistant, "vault-tab")
    activate(client, person, vault_office)
    look_at(client, "portal-start")

    client.get_by_role("link", name="Verzoeken", exact=True).click()
    look_at(client, "portal-requests")
    client.get_by_role("link", name=re.compile("^Salarisstrook|^Loonstrook")).first.click()
    title = client.get_by_role("heading", level=1).inner_text()
    file = tmp_path / "Loonstrook oktober.pdf"
    file.write_bytes(pdf())
    client.get_by_label("Kies bestand").set_input_files(file)
    look_at(client, "portal-request")
    client.get_by_role("button", name="Verstuur 1 bladzijde").click()
    expect(client.locator("main")).to_contain_text("Wat u stuurde")
    again_until(client, "Gecontroleerd. Peter van Dijk bekijkt het.")
    look_at(client, "portal-sent")

    assistant.goto(f"{dossier}?tab=requests")
    stuk = assistant.locator(".request-row", has_text=title).first
    expect(stuk).to_contain_text("Ontvangen")
    assistant.get_by_role("link", name=re.compile("^Beoordelen")).first.click()
    expect(assistant.locator("main")).to_contain_text(person.surname)
    again_until(client, "Wordt bekeken door Marieke Bakker.")
    assistant.get_by_label("Datum op het document").fill(today().isoformat())
    assistant.get_by_role("button", name=re.compile("^Goedkeuren")).click()
    client.get_by_role("link", name="Verzoeken", exact=True).first.click()
    client.get_by_role("link", name=re.compile("^Afgerond")).click()
    again_until(client, title)
    look_at(client, "portal-done")


@requirement("U-001", "U-030a", side="portal")
def test_photos_are_turned_and_ordered_and_come_in_as_one_pdf(
    assistant: Page, client: Page, vault_office: Office, tmp_path: Path
) -> None:
    person, dossier = invited(assistant, vault_office)
    activate(client, person, vault_office)
    client.get_by_role("link", name="Verzoeken", exact=True).click()
    client.get_by_role("link", name=re.compile("^Werkgeversverklaring")).first.click()
    turned, straight = tmp_path / "gedraaid.jpg", tmp_path / "recht.jpg"
    Image.new("RGB", (600, 300), "teal").save(turned)
    Image.new("RGB", (600, 300), "navy").save(straight)
    client.get_by_label("Maak foto").set_input_files(turned)
    client.get_by_label("Kies bestand").set_input_files([straight, straight])
    expect(client.get_by_role("alert")).to_contain_text("recht.jpg is twee keer gekozen")
    client.get_by_role("button", name="Bladzijde 3 weghalen").press("Enter")
    client.get_by_role("button", name="Bladzijde 1 draaien").press("Enter")
    expect(client.get_by_role("button", name="Bladzijde 1 draaien")).to_be_focused()
    client.get_by_role("button", name="Bladzijde 1 omlaag").press("Enter")
    expect(client.get_by_role("button", name="Bladzijde 2 omhoog")).to_be_focused()
    expect(client.locator("[data-said]")).to_have_text("Dit is nu bladzijde 2.")
    look_at(client, "portal-pages")
    client.get_by_role("button", name="Verstuur 2 bladzijden").click()
    expect(client.locator("main")).to_contain_text("Wat u stuurde")
    again_until(client, "Gecontroleerd. Peter van Dijk bekijkt het.")

    stand = standing(assistant, dossier)
    for _ in range(TRIES):  # the PDF is made anew with each photo that comes in
        if len(stand) == 2:
            break
        stand = standing(assistant, dossier)
    assert stand == [False, True]


def standing(assistant: Page, dossier: str) -> list[bool]:
    """Of each page of the newest werkgeversverklaring in a dossier: is it higher than wide?"""
    assistant.goto(f"{dossier}?tab=documents")
    made = assistant.locator("main").get_by_role("link", name=re.compile("^Werkgeversverklaring"))
    again_until(assistant, made)
    made.first.click()
    with assistant.expect_download() as download:
        assistant.get_by_role("link", name="Downloaden").first.click()
    with pikepdf.open(download.value.path()) as pages:
        boxes = [[float(side) for side in page.mediabox[2:]] for page in pages.pages]
    return [width < height for width, height in boxes]


def again_until(page: Page, wanted: str | Locator) -> None:
    """Look at the page again until it says or has this: what one side does the other sees a moment later."""
    found = page.get_by_text(wanted) if isinstance(wanted, str) else wanted
    for _ in range(TRIES):
        if found.count():
            return
        page.reload()
    expect(found.first).to_be_visible()
