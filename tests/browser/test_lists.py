"""Lists at work: columns, a view, ticked rows, a cell by keyboard alone; accessible on the way."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from crm import demo
from tests.browser.conftest import new_context
from tests.browser.look import axe, log_in_as, screenshot
from tests.browser.office import Office


@pytest.fixture(scope="module")
def busy_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The demo office: dossiers and tasks to look through."""
    with Office(tmp_path_factory.mktemp("lists"), demo=True) as running:
        yield running


@pytest.fixture
def context(browser: Browser, busy_office: Office, size: str) -> Iterator[BrowserContext]:
    """A browser in the busy office."""
    with new_context(browser, busy_office.url, size) as context:
        yield context


@pytest.fixture
def as_bea(page: Page) -> Page:
    return log_in_as(page, demo.BEA, demo.PASSWORD)


def test_columns_and_a_view(as_bea: Page, size: str) -> None:
    page = as_bea
    page.goto("/dossiers?status=open")
    page.locator("summary", has_text="Kolommen").click()
    axe(page)
    page.get_by_role("checkbox", name="Bron", exact=True).check()
    page.get_by_role("checkbox", name="Vestiging", exact=True).uncheck()
    for _ in range(11):
        page.get_by_role("button", name="Bron naar voren").press("Enter")
    page.get_by_role("button", name="Toon deze kolommen").click()
    expect(page).to_have_url(re.compile("columns=family,lead_source,number,subject,status,adviser,assistant,created"))
    page.get_by_role("link", name="Weergave opslaan").click()
    axe(page)
    page.get_by_label("Naam").fill(f"Lopend {size}")
    page.get_by_label("Voor wie").select_option(label="Iedereen van vestiging Utrecht")
    page.get_by_role("button", name="Opslaan").click()
    open_view = page.get_by_role("navigation", name="Weergaven").get_by_role("link", name=f"Lopend {size}")
    expect(open_view).to_have_attribute("aria-current", "page")
    axe(page)
    page.get_by_role("link", name="Weergaven beheren").click()
    axe(page)
    page.get_by_role("button", name=f"Begin hiermee: Lopend {size}").click()
    page.goto("/dossiers")
    expect(page).to_have_url(re.compile(r"status=open.*view=\d+"))
    page.get_by_role("link", name="Weergaven beheren").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"Verwijderen: Lopend {size}").click()
    expect(page.locator("#messages")).to_contain_text("is verwijderd")


def test_ticked_rows_and_the_way_back(as_bea: Page) -> None:
    page = as_bea
    page.goto("/tasks?whose=branch")
    page.locator("input[name=row]").nth(0).check()
    page.locator("input[name=row]").nth(1).check()
    expect(page.locator("[data-chosen]")).to_have_text("(2)")
    page.get_by_label("Alles op deze pagina").check()
    count = page.locator("input[name=row]:checked").count()
    assert count == page.locator("tbody tr").count() > 2
    page.get_by_role("button", name="Wijzig geselecteerde").click()
    axe(page)
    page.get_by_role("combobox", name="Toegewezen aan").select_option(label="Zoë Willems")
    expect(page.get_by_role("checkbox", name="Toegewezen aan")).to_be_checked()
    page.get_by_role("button", name="Wijzig", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("gewijzigd")
    expect(page.locator("td[id$=-assigned]").first).to_contain_text("Zoë Willems")
    axe(page)
    page.get_by_role("button", name="Ongedaan maken").click()
    expect(page.locator("#messages")).to_contain_text("Ongedaan gemaakt")
    expect(page.locator("td[id$=-assigned]", has_text="Zoë Willems")).not_to_have_count(count)


def test_a_cell_by_keyboard(as_bea: Page, size: str) -> None:
    page = as_bea
    day, shown = ("2027-06-01", "di 1 jun") if size == "1280" else ("2027-06-02", "wo 2 jun")
    page.goto("/tasks?whose=branch")
    cell = page.locator("td[id$=-due]").last
    place = cell.get_attribute("id") or ""
    before = cell.inner_text()
    pencil = page.locator(f"#{place} .list-edit")
    pencil.press("Enter")
    field = page.locator(f"#{place} input[name=due_on]")
    expect(field).to_be_focused()
    axe(page)
    field.press("Escape")
    expect(pencil).to_be_focused()
    assert page.locator(f"#{place}").inner_text() == before
    pencil.press("Enter")
    field.fill(day)
    field.press("Enter")
    expect(page.locator(f"#{place}")).to_contain_text(shown)
    expect(pencil).to_be_focused()
    expect(page.locator("#messages")).to_contain_text("Uiterlijk op van")
    assert page.url.endswith("/tasks?whose=branch"), "no other page was loaded"
    axe(page)


def test_a_cell_keeps_what_was_typed(as_bea: Page) -> None:
    page = as_bea
    page.goto("/relations")
    cell = page.locator("td[id$=-phone]").first
    cell.get_by_role("link").press("Enter")
    field = cell.get_by_role("textbox")
    field.fill("12")
    field.press("Enter")
    expect(field).to_have_value("12")
    expect(field).to_have_attribute("aria-invalid", "true")
    axe(page)
    field.fill("06-41 57 63 26")
    field.press("Enter")
    expect(cell).to_contain_text("06 41576326")


def test_one_record_out_of_many(as_bea: Page) -> None:
    page = as_bea
    page.goto("/tasks/new")
    about = page.get_by_role("combobox", name="Gaat over")
    axe(page)
    page.get_by_label("Taak").fill("Bellen over de keuze")
    about.press_sequentially("voorbeeld")
    option = page.get_by_role("listbox", name="Gaat over").get_by_role("option").first
    expect(option).to_contain_text("Voorbeeld")
    screenshot(page, "picker")
    axe(page)
    about.press("Enter")
    expect(page.locator(".picker .item")).to_contain_text("Voorbeeld")
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("Taak gemaakt")
    expect(page.locator("tbody tr", has_text="Bellen over de keuze").first).to_contain_text("Voorbeeld")


def test_what_was_typed_in_a_picker_stays(as_bea: Page) -> None:
    page = as_bea
    page.goto("/tasks/new")
    page.get_by_label("Taak").fill("Iets")
    about = page.get_by_role("combobox", name="Gaat over")
    about.press_sequentially("zzqqxx")
    about.press("Tab")
    expect(page.locator(".picker .item")).to_have_text("zzqqxx")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("Niets gevonden")
    expect(page.locator(".picker .item")).to_have_text("zzqqxx")
    axe(page)


@pytest.mark.parametrize(
    "address", ["/relations", "/dossiers?status=", "/service-requests?status=all", "/tasks?whose=branch"]
)
def test_the_file_of_a_list_comes_whole(as_bea: Page, address: str) -> None:
    page = as_bea
    page.goto(address)
    rows = page.locator(".list-table tbody tr").count()
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporteren (CSV)").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert rows and len(lines) > rows
    assert page.locator(".list-table thead th").all_text_contents()[-1] in lines[0]
