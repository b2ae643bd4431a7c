"""Soort documenten beheer: the beheerder walks it, by keyboard where it counts; who is none reads along."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.look import axe, log_in, screenshot
from tests.plugins import switched_on

pytestmark = pytest.mark.skipif("document_types" not in switched_on.names(), reason="the plugin is off")


def found(page: Page) -> list[str]:
    """The names in the list."""
    return page.locator("#found tbody th a").all_inner_texts()


@pytest.mark.requirement("U-036", side="crm")
def test_the_beheerder_says_who_delivers_and_others_read_it(as_admin: Page, size: str) -> None:
    page = as_admin
    page.goto("/admin")
    page.locator("#document_types").get_by_role("link", name="Soort documenten beheer").click()
    axe(page)
    screenshot(page, "document-types")
    page.get_by_label("Naam of code").press_sequentially("boete")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=boete"))
    page.get_by_role("link", name="Opgave boeterente", exact=True).click()
    axe(page)
    screenshot(page, "document-type")
    page.get_by_label("Aan te leveren door").select_option("Maatschappij")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("De soort Opgave boeterente is opgeslagen.")
    expect(page.get_by_label("Aan te leveren door")).to_have_value("lender")
    page.get_by_role("link", name="Geschiedenis").click()
    expect(page.locator("main")).to_contain_text("Maatschappij")
    page.context.clear_cookies()
    log_in(page, "assistant")
    page.goto("/document-types?delivered_by=lender")
    assert "Opgave boeterente" in found(page)
    axe(page)
    page.get_by_role("link", name="Opgave boeterente", exact=True).click()
    expect(page.locator("main")).to_contain_text("Alleen een beheerder kan dit wijzigen.")
    expect(page.locator("main")).to_contain_text("Maatschappij")
    expect(page.get_by_role("button", name="Opslaan")).to_have_count(0)
    axe(page)
    screenshot(page, "document-type-read")
    page.context.clear_cookies()
    log_in(page, "admin")  # as it was, for who comes after
    page.goto("/document-types?q=boeterente")
    page.get_by_role("link", name="Opgave boeterente", exact=True).click()
    page.get_by_label("Aan te leveren door").select_option("Klant")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("opgeslagen")


def test_a_type_is_made_and_switched_off(as_admin: Page, size: str) -> None:
    page, name = as_admin, f"Dronefoto {size}"
    page.goto("/document-types")
    page.get_by_role("link", name="Nieuwe soort").click()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("Schrijf hoe het heet.")
    axe(page)
    page.get_by_label("Naam").fill(name)
    page.get_by_label("Groep").select_option("H. De nieuwe woning")
    page.get_by_label("Codes van HDN").fill("9x")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("9x is geen code van HDN")
    page.get_by_label("Codes van HDN").fill("901")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_label("In gebruik").uncheck()
    page.get_by_role("button", name="Opslaan").click()
    page.goto("/document-types?q=drone&group=new_home")
    assert name not in found(page)
    page.get_by_label("Ook wat niet in gebruik is").check()
    expect(page.locator("#found")).to_contain_text(name)


def test_a_list_is_filled_and_ordered_by_keyboard(as_admin: Page, size: str) -> None:
    page, name = as_admin, f"Woonboot {size}"
    page.goto("/document-types/checklists")
    axe(page)
    screenshot(page, "checklists")
    page.get_by_role("link", name="Nieuwe lijst").click()
    page.get_by_label("Naam").fill(name)
    page.get_by_label("Erfpacht").check()
    page.get_by_role("button", name="Opslaan").click()
    for words in ("loonstr", "werkgeversv"):
        picker = page.get_by_role("combobox", name="Soort document")
        picker.focus()
        page.keyboard.type(words)
        expect(page.locator(".ts-dropdown .option").first).to_be_visible()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Toevoegen", exact=True).press("Enter")
        expect(page.locator("#items ol")).to_contain_text("Loonstrook")
    expect(page.locator("#items ol > li")).to_have_count(2)
    up = page.get_by_role("button", name="Werkgeversverklaring omhoog")
    up.press("Enter")
    expect(page.locator("#items ol > li").first).to_contain_text("Werkgeversverklaring")
    expect(up).to_be_focused()
    axe(page)
    screenshot(page, "checklist")
    page.get_by_role("link", name="Loonstrook bewerken").click()
    page.get_by_label("Alleen bij").select_option("Schenking")
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#items")).to_contain_text("alleen bij schenking")
    page.get_by_role("button", name="Loonstrook van de lijst halen").click()
    expect(page.locator("#items ol > li")).to_have_count(1)
    page.get_by_role("button", name="Ongedaan maken").click()
    expect(page.locator("#items ol > li").last).to_contain_text(re.compile("Loonstrook.*alleen bij schenking", re.S))
    page.goto("/document-types/checklists/preview")
    page.get_by_label("Onderwerp").select_option("Doorstromer")
    page.get_by_label("Type dossier").select_option("Aankoop woning")
    page.get_by_label("Nieuwbouw", exact=True).check()
    expect(page.locator("#together")).to_contain_text("Keuze uit:")
    expect(page.locator("#together")).to_contain_text("Koop-/aannemingsovereenkomst")
    axe(page)
    screenshot(page, "checklists-together")


def test_a_reason_is_rewritten_and_the_catalogue_goes_out_and_in(as_admin: Page, tmp_path: Path, size: str) -> None:
    page = as_admin
    page.goto("/document-types/reasons")
    axe(page)
    screenshot(page, "rejection-reasons")
    page.get_by_role("link", name="Schermafdruk").click()
    text = page.get_by_label("Tekst voor de klant")
    text.fill(f"Een schermafdruk is niet genoeg. Download het document als pdf ({size}).")
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text(f"({size})")
    page.goto("/document-types/catalogue")
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Catalogus uitvoeren (TOML)").click()
    file = tmp_path / "catalogus.toml"
    download.value.save_as(file)
    changed = file.read_text("utf-8").replace(f" ({size})", "")
    file.write_text(changed + 'colour = "red"\n', "utf-8")
    page.get_by_label("Bestand (TOML)").set_input_files(file)
    page.get_by_role("button", name="Bekijk wat er zou wijzigen").click()
    expect(page.get_by_role("alert")).to_contain_text("colour: Dit veld bestaat niet.")
    axe(page)
    page.get_by_role("link", name="Ander bestand kiezen").click()
    file.write_text(changed, "utf-8")
    page.get_by_label("Bestand (TOML)").set_input_files(file)
    page.get_by_role("button", name="Bekijk wat er zou wijzigen").click()
    expect(page.locator("main")).to_contain_text("1 gewijzigd of toegevoegd")
    axe(page)
    screenshot(page, "catalogue-changes")
    page.get_by_role("button", name="Toepassen").click()
    expect(page.locator("#messages")).to_contain_text("De catalogus is ingevoerd")
