"""Stukken: a list is made, files come in, the task opens the review, verdicts by keyboard."""

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.look import axe, log_in, screenshot
from tests.browser.steps import new_dossier, new_relation
from tests.browser.test_documents import pdf, photo
from tests.crm.documents.test_incoming import letter
from tests.plugins import switched_on

pytestmark = pytest.mark.skipif("document_types" not in switched_on.names(), reason="the plugin is off")
requirement = pytest.mark.requirement


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A PDF and a photo."""
    made = {"pdf": tmp_path / "Loonstrook oktober.pdf", "photo": tmp_path / "paspoort.jpg"}
    made["pdf"].write_bytes(pdf())
    made["photo"].write_bytes(photo())
    return made


@pytest.fixture
def dossier(as_assistant: Page) -> Page:
    """The page of a new dossier with a dienst, at its diensten."""
    page = as_assistant
    new_relation(page)
    new_dossier(page)
    page.get_by_role("link", name=re.compile("^Diensten")).click()
    page.get_by_role("link", name="Nieuwe dienst").click()
    page.get_by_label("Dienst").select_option(label="Hypotheekadvies")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text("Hypotheekadvies")
    return page


def make_list(page: Page) -> None:
    """Stukkenlijst maken, as it is proposed."""
    page.get_by_role("link", name=re.compile("^Stukkenlijst maken")).click()
    page.get_by_role("button", name="Stukken vragen").click()
    expect(page.locator("#messages")).to_contain_text("stukken gevraagd")


def rows(page: Page) -> int:
    """How many stukken the list has, once the page is there as a whole."""
    page.wait_for_load_state()
    return page.locator(".request-row").count()


def row(page: Page, title: str) -> Locator:
    """The row of a stuk in the list."""
    return page.locator(".request-row", has=page.locator(".request-name > a", has_text=title)).first


def add_file(page: Page, title: str, file: Path) -> None:
    """A file straight into a stuk, until it was checked."""
    one = row(page, title)
    one.get_by_role("link", name=re.compile("^Bestand")).click()
    chooser = one.locator("form[data-ready] input[type=file]")
    expect(chooser).to_be_focused()
    chooser.set_input_files(file)
    expect(one).to_contain_text("Ontvangen", timeout=30_000)


def press(page: Page, key: str) -> None:
    """A key, once the page listens to keys."""
    page.wait_for_load_state()
    page.keyboard.press(key)


@requirement("U-012", "U-031", "U-032", "U-034", "U-035", side="crm")
def test_a_list_in_one_click_and_one_by_hand(dossier: Page) -> None:
    page = dossier
    axe(page)
    page.get_by_role("link", name=re.compile("^Stukkenlijst maken")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stukkenlijst voor Hypotheekadvies")
    expect(page.get_by_label("Voor het eerste gesprek")).to_be_checked()
    asked = page.locator("#asked")
    expect(asked.get_by_role("checkbox", name=re.compile("^Loonstrook – Sanne"))).to_be_checked()
    expect(asked.get_by_role("checkbox", name=re.compile("^UWV"))).not_to_be_checked()
    number = int(asked.locator("[data-count]").inner_text())
    pension = asked.get_by_role("checkbox", name=re.compile("^Overzicht Mijnpensioenoverzicht")).first
    pension.uncheck()
    expect(asked.get_by_role("status")).to_have_text(f"{number - 1} stukken om te vragen")
    true = page.get_by_role("group", name="Situatie").get_by_role("checkbox", name="Ondernemer of zzp")
    true.click()  # the page that comes has it ticked: `check` would look at the one that went
    expect(true).to_be_checked()
    expect(page.get_by_role("group", name="Sjablonen").get_by_label("Ondernemer of zzp")).to_be_checked()
    expect(asked.get_by_role("checkbox", name=re.compile("^Uittreksel KvK")).first).to_be_checked()
    expect(true).to_be_focused()
    expect(pension).not_to_be_checked()
    axe(page)
    screenshot(page, "requests-list")
    page.get_by_role("group", name="Situatie").get_by_role("checkbox", name="Studieschuld").click()
    expect(asked).to_contain_text("tudieschuld")
    true.click()
    expect(asked.get_by_role("checkbox", name=re.compile("^Uittreksel KvK"))).to_have_count(0)
    expect(pension).not_to_be_checked()
    page.get_by_role("button", name="Stukken vragen").click()
    expect(page.get_by_role("heading", name="Hypotheekadvies")).to_be_visible()
    expect(page.locator("main")).to_contain_text("0%")
    expect(page.locator(".request-row", has_text="Mijnpensioenoverzicht")).to_have_count(0)
    before = rows(page)
    page.get_by_role("link", name="Stuk toevoegen").click()
    page.get_by_role("combobox", name="Soort document").press_sequentially("lease")
    page.get_by_role("option", name=re.compile("ease")).first.click()
    page.get_by_label("Welke").fill("Auto")
    axe(page)
    page.get_by_role("button", name="Toevoegen").click()
    expect(page.locator(".request-row")).to_have_count(before + 1)
    expect(page.locator("main")).to_contain_text(re.compile("Auto – Sanne"))
    row(page, "Auto – Sanne").get_by_role("button", name=re.compile("^Weghalen")).click()
    expect(page.locator(".request-row")).to_have_count(before)
    page.get_by_role("button", name="Ongedaan maken").click()
    expect(page.locator(".request-row")).to_have_count(before + 1)
    axe(page)
    screenshot(page, "requests")


@requirement("U-012", side="crm")
def test_a_second_list_for_the_same_dienst_asks_nothing_twice(dossier: Page) -> None:
    page = dossier
    make_list(page)
    before = rows(page)
    page.get_by_role("link", name="Stukkenlijst", exact=True).click()
    asked = page.locator("#asked")
    new = asked.get_by_role("checkbox", checked=True, disabled=False)
    expect(asked).to_contain_text("Staat al op de lijst")
    expect(new).to_have_count(0)
    page.get_by_role("button", name="Stukken vragen").click()
    expect(page.get_by_role("alert")).to_contain_text("Vink aan wat u wilt vragen")
    page.get_by_role("group", name="Situatie").get_by_role("checkbox", name="Studieschuld").click()
    expect(new).to_have_count(1)
    page.get_by_role("button", name="Stukken vragen").click()
    expect(page.locator("#messages")).to_contain_text("1 stuk gevraagd")
    expect(page.locator(".request-row")).to_have_count(before + 1)


def test_a_file_of_another_kind_says_what_is_needed(dossier: Page, files: dict[str, Path]) -> None:
    page = dossier
    make_list(page)
    one = row(page, "Mijnpensioenoverzicht")
    one.get_by_role("link", name=re.compile("^Bestand")).click()
    chooser = one.locator("form[data-ready] input[type=file]")
    expect(chooser).to_have_attribute("accept", ".pdf")
    expect(one).to_contain_text("PDF, tot 25 MB")
    chooser.set_input_files(files["photo"])
    expect(one).to_contain_text("Past niet", timeout=30_000)
    expect(one).to_contain_text("Hiervoor is PDF nodig: vraag het bestand in die vorm.")
    expect(one).to_contain_text("Aan te leveren")
    axe(page)
    screenshot(page, "requests-unfit")
    add_file(page, "Mijnpensioenoverzicht", files["pdf"])


@requirement("U-009", side="crm")
def test_an_office_that_goes_over_to_producten_finds_its_stukken_there(dossier: Page) -> None:
    """With a dossier that is open; and back."""
    page, holdings = dossier, dossier.url
    page.get_by_role("link", name="Nieuw product").click()
    page.get_by_role("combobox", name=re.compile("^Product")).select_option(label="Hypotheek")
    page.get_by_label("Maatschappij").fill("Voorbeeldbank")
    page.get_by_role("button", name="Opslaan").click()
    make_list(page)
    requests, asked = page.url, rows(page)
    try:
        for works_with, tab, part in (
            ("Producten", "Producten & diensten", "Hypotheek · Voorbeeldbank"),
            ("Diensten", "Diensten & producten", "Hypotheekadvies"),
        ):
            agree_on(page, works_with)
            page.goto(holdings)
            expect(page.get_by_role("link", name=tab)).to_be_visible()
            page.goto(requests)
            heading = page.locator("section", has=page.locator(".request-row")).get_by_role("heading", level=2)
            expect(heading).to_have_text([part])
            expect(page.locator(".request-row")).to_have_count(asked)
        axe(page)
    finally:
        agree_on(page, "Diensten")


def agree_on(page: Page, works_with: str) -> None:
    """The beheerder chooses what the office works with."""
    page.context.clear_cookies()
    log_in(page, "admin")
    page.goto("/admin/settings")
    card = page.locator("form#dossiers")
    card.get_by_label(works_with).check()
    card.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("pgeslagen")


@requirement("U-038", "U-039", "U-040", "U-044", side="crm")
def test_files_come_in_and_are_reviewed_by_keyboard(dossier: Page, files: dict[str, Path], size: str) -> None:
    page = dossier
    make_list(page)
    address = page.url
    add_file(page, "Identiteitsbewijs", files["photo"])
    expect(row(page, "Identiteitsbewijs")).to_contain_text("van 1 foto", timeout=30_000)
    add_file(page, "Loonstrook", files["pdf"])
    expect(page.locator(".request-bar").first).to_contain_text(re.compile("2 van \\d+ binnen, 0 goedgekeurd"))
    page.context.clear_cookies()
    log_in(page, "adviser")
    page.goto("/tasks")
    task = page.locator("tr, li", has_text="Stukken beoordelen").last
    axe(page)
    task.get_by_role("link", name="Hypotheekadvies").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stukken beoordelen: Hypotheekadvies")
    expect(page.locator("main")).to_contain_text("1 van 2")
    verdict = page.get_by_role("region", name="Stuk", exact=True)
    expect(verdict).to_contain_text("Identiteitsbewijs")
    expect(page.locator(".preview-page canvas")).to_have_count(1)
    expect(page.get_by_role("heading", name=re.compile("van 1 foto"))).to_be_visible()
    expect(page.locator("#stand")).to_have_text("In beoordeling")
    axe(page)
    press(page, "?")
    expect(page.get_by_role("dialog", name="Sneltoetsen")).to_contain_text("Deels goed")
    press(page, "Escape")
    press(page, "j")
    expect(verdict).to_contain_text("Loonstrook")
    expect(page.locator(".preview-page canvas").first).to_be_visible()
    press(page, "k")
    expect(verdict).to_contain_text("Identiteitsbewijs")
    press(page, "r")
    expect(verdict.get_by_role("radio").first).to_be_focused()
    verdict.get_by_role("radio", name="Niet te lezen").check()
    verdict.get_by_label("Toelichting voor de klant").fill("Maak de foto bij daglicht.")
    axe(page)
    screenshot(page, "review")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("afgekeurd")
    expect(verdict).to_contain_text("Loonstrook")
    press(page, "a")
    expect(verdict.get_by_label("Datum op het document")).to_be_focused()
    expect(verdict).to_contain_text("Vul de datum in")
    verdict.get_by_label("Datum op het document").fill(dt.date.today().isoformat())
    verdict.get_by_label("Datum op het document").blur()
    press(page, "a")
    expect(page).to_have_url(address)
    expect(row(page, "Loonstrook")).to_contain_text("Goedgekeurd")
    expect(row(page, "Identiteitsbewijs")).to_contain_text("Maak de foto bij daglicht.")
    expect(page.locator(".request-bar").first).to_contain_text(re.compile("1 van \\d+ binnen, 1 goedgekeurd"))
    axe(page)
    screenshot(page, "requests-reviewed")


def test_a_file_that_fails_stays_beside_those_that_came_in(
    dossier: Page, files: dict[str, Path], tmp_path: Path
) -> None:
    """With its reason and *Opnieuw*, in the list and at the stuk."""
    page, empty = dossier, tmp_path / "leeg.pdf"
    empty.write_bytes(b"")
    make_list(page)
    one = row(page, "Loonstrook")
    one.get_by_role("link", name=re.compile("^Bestand")).click()
    one.locator("form[data-ready] input[type=file]").set_input_files([files["pdf"], empty])
    expect(one).to_contain_text("Ontvangen", timeout=30_000)
    failed = page.locator(".upload-one", has_text="leeg.pdf")
    expect(one.locator(failed)).to_contain_text("leeg")
    expect(one.locator(failed).get_by_role("button", name="Opnieuw")).to_be_visible()
    axe(page)
    screenshot(page, "requests-failed")
    other = row(page, "Werkgeversverklaring")
    other.get_by_role("link", name=re.compile("^Bestand")).click()
    other.locator("form[data-ready] input[type=file]").set_input_files(files["photo"])
    expect(other).to_contain_text("Ontvangen", timeout=30_000)
    expect(other.locator("form")).to_have_count(0)
    other.locator(".request-name > a").click()
    page.locator("form[data-ready] input[type=file]").set_input_files([files["pdf"], empty])
    expect(page.locator("form [data-said]")).to_contain_text("1 van 2", timeout=30_000)
    expect(failed.get_by_role("button", name="Opnieuw")).to_be_visible()


def test_documents_that_are_there_are_given(dossier: Page, files: dict[str, Path]) -> None:
    """From the row of a stuk, with searching and the keyboard; and from the document's own page."""
    page = dossier
    make_list(page)
    requests = page.url
    page.get_by_role("link", name="Documenten", exact=True).click()
    page.locator("form[data-ready] input[type=file]").set_input_files([files["pdf"], files["photo"]])
    expect(page.locator(".document-list li")).to_have_count(2)
    expect(page.locator(".document-list")).not_to_contain_text("Wordt gecontroleerd", timeout=30_000)
    documents = page.url
    page.goto(requests)
    one = row(page, "Loonstrook")
    one.get_by_role("link", name=re.compile("^Bestand")).click()
    one.get_by_role("link", name=re.compile("^Kies uit Documenten")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Documenten voor Loonstrook")
    axe(page)
    page.get_by_role("checkbox", name=re.compile("^Loonstrook oktober")).focus()
    page.keyboard.press("Space")
    search = page.get_by_label("Zoek op naam of soort")
    search.fill("paspoort")
    search.press("Enter")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    expect(page.get_by_role("checkbox", name=re.compile("^Loonstrook oktober"))).to_be_checked()
    axe(page)
    screenshot(page, "requests-choose")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("1 document staat nu bij Loonstrook")
    expect(row(page, "Loonstrook")).to_contain_text("Ontvangen")
    page.goto(documents)
    page.get_by_role("link", name="paspoort", exact=True).click()
    page.get_by_role("link", name="Bij een stuk doen").click()
    axe(page)
    page.get_by_role("checkbox", name=re.compile("^Identiteitsbewijs")).first.check()
    screenshot(page, "requests-give")
    page.get_by_role("button", name="Bij een stuk doen").click()
    expect(page.locator("main")).to_contain_text("Ontvangen")
    axe(page)


def test_what_came_by_mail_is_put_where_it_belongs(dossier: Page) -> None:
    """From the e-mail of a client to two stukken, by the list of documents."""
    page = dossier
    make_list(page)
    page.get_by_role("link", name="Documenten", exact=True).click()
    page.get_by_role("link", name="Uit een e-mail overnemen").click()
    mail = letter("Mijn stukken", pdf_loonstrook=pdf(), pdf_verklaring=pdf())
    file = {"name": "stukken.eml", "mimeType": "message/rfc822", "buffer": mail.as_bytes()}
    page.get_by_label("E-mail", exact=True).set_input_files(file)
    page.get_by_role("button", name="Bekijken wat erin zit").click()
    page.get_by_role("button", name="Overnemen", exact=True).click()
    for name, title in (("loonstrook", "Loonstrook"), ("verklaring", "Werkgeversverklaring")):
        one = page.locator(".document-list li", has=page.get_by_role("link", name=name, exact=True))
        one.get_by_role("link", name="Bij een stuk doen").click()
        page.get_by_role("checkbox", name=re.compile(f"^{title}")).check()
        axe(page)
        page.get_by_role("button", name="Bij een stuk doen").click()
        expect(one.get_by_role("link", name=re.compile(f"^Bij {title} – Sanne"))).to_be_visible()
    axe(page)
    screenshot(page, "documents-at-stukken")
    page.get_by_role("link", name=re.compile("^Bij Loonstrook")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Loonstrook")


@requirement("U-041", side="crm")
def test_the_maatschappij_rejects_what_was_approved(dossier: Page, files: dict[str, Path]) -> None:
    page = dossier
    make_list(page)
    add_file(page, "Loonstrook", files["pdf"])
    page.get_by_role("link", name=re.compile("^Beoordelen")).first.click()
    page.get_by_label("Datum op het document").fill(dt.date.today().isoformat())
    page.get_by_role("button", name=re.compile("^Goedkeuren")).click()
    row(page, "Loonstrook").get_by_role("link", name=re.compile("^Loonstrook")).first.click()
    page.get_by_role("link", name="Beoordelen").click()
    page.get_by_text("Oordeel van de maatschappij vastleggen").click()
    page.get_by_label("Oordeel van de maatschappij").select_option("Afgekeurd")
    page.get_by_role("textbox", name="Toelichting van de maatschappij").fill("Niet ondertekend")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator("#messages")).to_contain_text("afgekeurd")
    page.get_by_label("Wat de klant leest").fill("Vraag uw werkgever om een handtekening.")
    page.get_by_role("button", name="Tekst opslaan").click()
    expect(page.get_by_label("Wat de klant leest")).to_have_value("Vraag uw werkgever om een handtekening.")
    verdict = page.get_by_role("region", name="Stuk", exact=True)
    expect(verdict).to_contain_text("Niet ondertekend")
    expect(verdict).to_contain_text("Goedgekeurd")
    axe(page)


@requirement("U-037", side="crm")
def test_what_the_maatschappij_delivers_is_hidden_at_once_and_shown_again(dossier: Page) -> None:
    page = dossier
    make_list(page)
    address = page.url
    expect(row(page, "Loonstrook")).not_to_contain_text("Niet zichtbaar voor de klant")
    for value, seen in (("lender", True), ("client", False)):
        page.context.clear_cookies()
        log_in(page, "admin")
        page.goto("/document-types?q=loonstrook")
        page.get_by_role("link", name="Loonstrook", exact=True).click()
        page.get_by_label("Aan te leveren door").select_option(value)
        page.get_by_role("button", name="Opslaan").click()
        expect(page.locator("#messages")).to_contain_text("opgeslagen")
        page.goto(address)
        hidden = row(page, "Loonstrook").get_by_text("Niet zichtbaar voor de klant")
        expect(hidden).to_have_count(1 if seen else 0)
    axe(page)
