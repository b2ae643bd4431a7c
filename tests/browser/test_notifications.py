"""The end of long work is told on whatever page the user is."""

from playwright.sync_api import Page, expect

from tests.browser.look import axe, log_in, screenshot


def test_the_end_of_an_import_is_told_elsewhere(page: Page) -> None:
    page.clock.install()
    log_in(page, "admin")
    page.goto("/notifications")
    if page.get_by_role("button", name="Alles gelezen").is_visible():  # what other tests left
        page.get_by_role("button", name="Alles gelezen").click()
        expect(page.get_by_role("button", name="Alles gelezen")).to_be_hidden()
    page.goto("/imports")
    file = {"name": "klanten.csv", "mimeType": "text/csv", "buffer": b"voornaam;achternaam\nLotte;Meldinga\n"}
    page.get_by_label("Bestand").set_input_files(file)
    page.get_by_role("button", name="Volgende").click()
    page.get_by_role("button", name="Proefdraaien").click()
    work = page.url
    page.goto("/account")
    page.get_by_label("Naam").fill("Nog niet opgeslagen")
    news = page.locator("#news")
    said = news.get_by_text("Proefdraaien van klanten.csv is klaar: 1 goed, 0 dubbel, 0 geweigerd.")
    for _ in range(20):
        with page.expect_response("**/notifications/news?*") as answer:
            page.clock.fast_forward(30_000)
        if answer.value.status == 200:
            break
        page.wait_for_timeout(250)
    expect(said).to_be_visible()
    expect(page.get_by_label("Naam")).to_have_value("Nog niet opgeslagen")
    expect(news.locator(".corner-badge")).to_contain_text("1")
    axe(page)
    screenshot(page, "notification")
    news.get_by_role("button", name="Gelezen").click()
    expect(said).to_be_hidden()
    expect(news.locator(".corner-badge")).to_have_count(0)
    page.get_by_label("Naam").fill("Anneke Beheer")
    news.get_by_role("link", name="Meldingen").click()
    expect(page.get_by_role("heading", name="Meldingen")).to_be_visible()
    axe(page)
    screenshot(page, "notifications")
    page.get_by_role("button", name="Bekijken").first.click()
    page.wait_for_url(work)
