"""A file of relations comes in: what it leaves open is asked, what it leaves out is named."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.look import axe, log_in, screenshot

CONTENT = (
    "Voornaam;Achternaam;Geboortedatum;Mobiel;Hobby;Leeg\n"
    "Miloš;Bos;06/25/1985;0612345678;vissen;\n"
    "Jan;Jansen;6/3/1985;12;;\n"
)


def test_an_import_asks_what_a_file_leaves_open(page: Page, size: str, tmp_path: Path) -> None:
    log_in(page, "admin")
    page.goto("/imports")
    file = tmp_path / "klanten.csv"
    file.write_bytes(CONTENT.encode("cp1252"))
    page.get_by_label("CSV-bestand").set_input_files(file)
    page.get_by_role("button", name="Volgende").click()
    expect(page.get_by_text("Hoe zijn de letters bedoeld?")).to_be_visible()
    look(page, "letters")
    page.get_by_label("Miloš (Windows)").check()
    page.get_by_role("button", name="Deze woorden kloppen").click()
    expect(page.get_by_text("Niet ingevoerd:", exact=True)).to_be_visible()
    look(page, "columns")
    page.get_by_role("button", name="Importeren", exact=True).click()
    expect(page.get_by_text("Kies of de dag of de maand voorop staat")).to_be_visible()
    page.get_by_label("De maand: 6/3/1985 is 3 juni 1985").check()
    page.get_by_role("button", name="Importeren", exact=True).click()
    expect(page.get_by_text("Rapport (CSV)")).to_be_visible()
    look(page, "result")


def look(page: Page, name: str) -> None:
    axe(page)
    screenshot(page, f"import-{name}")
