"""A document of the office: its text edited by the beheerder, made for a client, mailed."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from crm.settings import operations as settings
from tests.browser.look import axe, screenshot
from tests.browser.office import Office
from tests.browser.test_mail import dossier  # noqa: F401  # the fixture of a dossier with a talk
from tests.browser.within import inside, person
from tests.crm.documents.conftest import pdf
from tests.crm.documents.test_incoming import letter

AGREEMENT = "Opdracht tot dienstverlening"


@pytest.fixture
def complete(office: Office, dossier: int) -> int:  # noqa: F811
    """The id of a dossier for which everything that the documents ask is known."""
    with inside(office):
        fees = {"advice_fee": Decimal(1750), "mediation_fee": Decimal(950)}
        numbers = {"afm_number": "12000000", "kvk_number": "00000000", "kifid_number": "300.000000"}
        settings.change("document_templates", fees | numbers, person("admin"))
    return dossier


def test_a_document_is_adjusted_made_and_mailed(as_assistant: Page, office: Office, complete: int) -> None:
    page = as_assistant
    page.goto(f"/dossiers/{complete}")
    if not page.get_by_role("link", name="Document maken").is_visible():
        page.get_by_role("button", name="Meer acties").click()
    page.get_by_role("link", name="Document maken").click()
    screenshot(page, "paper-choose")
    axe(page)
    page.get_by_role("link", name=AGREEMENT).click()
    shown = page.locator("#make-preview")
    expect(shown.get_by_text("Kantoor")).not_to_have_count(0)
    expect(page.get_by_text("Nog in te vullen")).to_be_visible()  # the client has no address, the adviser no telephone
    screenshot(page, "paper-missing")
    axe(page)
    page.get_by_role("button", name=AGREEMENT).or_(page.get_by_role("button", name="Document maken")).click()
    expect(page.get_by_role("alert")).to_contain_text("klant.adres")
    body = page.get_by_role("textbox", name="Tekst")
    typed = body.input_value().replace("{{ klant.adres }}", "Kerkstraat 5, Zeist")
    for word in ("adviseur.naam", "adviseur.telefoon", "adviseur.email", "vestiging.email"):
        typed = typed.replace(f"{{{{ {word} }}}}", "ons")
    body.fill(typed)
    page.get_by_role("button", name="Voorbeeld bijwerken").click()
    expect(shown.get_by_text("Kerkstraat 5, Zeist").first).to_be_attached()
    screenshot(page, "paper-make")
    page.get_by_role("button", name="Document maken").click()
    expect(page.get_by_role("heading", name=AGREEMENT)).to_be_visible()
    expect(page.locator("[data-pdf]").get_by_text("Kerkstraat 5, Zeist").first).to_be_attached()
    screenshot(page, "paper-made")
    axe(page)
    page.get_by_role("link", name="Opnieuw maken").click()
    expect(page.get_by_role("button", name="Nieuwe versie maken")).to_be_visible()
    axe(page)
    page.go_back()
    page.get_by_role("link", name="Mailen").click()
    expect(page.get_by_role("checkbox", name=AGREEMENT)).to_be_checked()
    page.get_by_label("Onderwerp").fill("Uw opdracht")
    page.get_by_role("textbox", name="Tekst").fill("Beste Sanne,\n\nHierbij de opdracht.")
    screenshot(page, "paper-mail")
    axe(page)
    page.get_by_role("button", name="Voorbeeld").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name=f"{AGREEMENT}.pdf").click()
    assert saved.value.suggested_filename == f"{AGREEMENT}.pdf"
    screenshot(page, "paper-mail-preview")
    axe(page)
    to = page.get_by_text("@voorbeeld.nl").first.inner_text()
    page.get_by_role("button", name="Versturen").click()
    expect(page.locator("#posts article").first).to_contain_text(f"{AGREEMENT}.pdf")
    axe(page)
    [mail] = office.mails(to=re.sub(r".*<|>", "", to), count=1)
    [file] = mail.message.iter_attachments()
    assert file.get_content() == saved.value.path().read_bytes()


@pytest.mark.parametrize("size", ["1280"], indirect=True)
def test_documents_are_chosen_in_the_window_and_what_was_typed_stays(as_assistant: Page, complete: int) -> None:
    page = as_assistant
    page.goto(f"/mail/compose/dossier/{complete}")
    page.get_by_role("textbox", name="Tekst").fill("Al getypt")
    page.get_by_role("button", name="Bijlagen kiezen").click()
    expect(page.get_by_text("Er zijn hier nog geen gecontroleerde documenten.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tekst")).to_have_value("Al getypt")
    axe(page)


def test_documents_out_of_an_e_mail(as_assistant: Page, complete: int) -> None:
    page = as_assistant
    page.goto(f"/dossiers/{complete}?tab=documents")
    page.get_by_role("link", name="Uit een e-mail overnemen").click()
    axe(page)
    mail = letter("Mijn stukken", pdf_loonstrook=pdf(), pdf_reclame=pdf())
    file = {"name": "stukken.eml", "mimeType": "message/rfc822", "buffer": mail.as_bytes()}
    page.get_by_label("E-mail", exact=True).set_input_files(file)
    page.get_by_role("button", name="Bekijken wat erin zit").click()
    page.get_by_role("checkbox", name="reclame.pdf").uncheck()
    screenshot(page, "paper-from-mail")
    axe(page)
    page.get_by_role("button", name="Overnemen", exact=True).click()
    expect(page.get_by_role("link", name="loonstrook", exact=True)).to_be_visible()
    expect(page.get_by_text("reclame")).to_have_count(0)
    axe(page)


def test_the_beheerder_edits_a_text_and_sees_it(as_admin: Page) -> None:
    page = as_admin
    page.goto("/admin")
    card = page.locator("section, .card").filter(has_text="De teksten van documenten die Sleutel maakt")
    card.get_by_role("link", name="Sjablonen openen").last.click()
    axe(page)
    screenshot(page, "paper-templates")
    page.get_by_role("link", name=AGREEMENT).click()
    shown = page.locator("#example")
    expect(shown.get_by_text("Sanne de Vries en Tim Jansen").first).to_be_attached()
    page.get_by_role("textbox", name="Tekst").press_sequentially(" {{ klant.vornaam }}")
    expect(page.get_by_text("bedoelt u {{ klant.voornaam }}?")).to_be_visible()
    screenshot(page, "paper-template")
    axe(page)
