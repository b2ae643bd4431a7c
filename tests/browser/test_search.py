"""The search box by keyboard, by pointer and without JavaScript."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import Office
from tests.browser.steps import new_relation


def test_search_box_by_keyboard(page: Page) -> None:
    log_in(page)
    person = new_relation(page)
    page.goto("/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Zoeken")
    expect(box).to_be_focused()
    page.keyboard.type(person.name.lower())
    listbox = page.get_by_role("listbox", name="Zoekresultaten")
    expect(listbox.get_by_role("option").first).to_contain_text(person.name)
    expect(box).to_have_attribute("aria-expanded", "true")
    screenshot(page, "search-suggest")
    axe(page)
    page.keyboard.press("ArrowDown")
    expect(listbox.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(listbox).to_be_hidden()
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=person.name)).to_be_visible()


def test_results_page(page: Page) -> None:
    log_in(page)
    page.goto("/search")
    screenshot(page, "search-empty")
    page.keyboard.press("Control+k")
    page.keyboard.type("xyzzyplugh")
    expect(page.get_by_text("Niets gevonden. Probeer alleen de achternaam").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Niets gevonden voor “xyzzyplugh”")).to_be_visible()
    screenshot(page, "search-nothing")
    axe(page)


def test_search_without_javascript(browser: Browser, office: Office) -> None:
    context = browser.new_context(base_url=office.url, java_script_enabled=False, locale="nl-NL")
    page = context.new_page()
    log_in(page)
    page.get_by_label("Zoeken", exact=True).first.fill("niemand")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Niets gevonden voor “niemand”")).to_be_visible()
    context.close()
