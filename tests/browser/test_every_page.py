"""Every page that a link leads to, in an office full of clients: no error, nothing inaccessible, nothing too wide."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from crm import demo
from tests.browser.conftest import new_context, watch
from tests.browser.look import axe, log_in_as, screenshot
from tests.browser.office import Office

# What is no page: files, and what other programs read.
NO_PAGE = re.compile(r"\.(csv|ics|json|toml|txt)$|/raw$|/files?/\d+$|^/dev/|^/static/|^/api/|^/aanvraag/embed")
LINKS = "() => [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"


@pytest.fixture(scope="module")
def busy_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The demo office: clients, dossiers, talks, tasks, mails."""
    with Office(tmp_path_factory.mktemp("busy"), demo=True) as running:
        yield running


@pytest.fixture
def context(browser: Browser, busy_office: Office, size: str) -> Iterator[BrowserContext]:
    """A browser in the busy office."""
    with new_context(browser, busy_office.url, size) as context:
        yield context


def kind_of(address: str) -> str:
    """Pages that differ in a number only are one kind of page; of the query only the tab makes another."""
    path, _mark, query = address.partition("?")
    tab = re.search(r"(?:^|&)tab=(\w+)", query)
    return re.sub(r"\d+", "N", path) + (f"?tab={tab[1]}" if tab else "")


def test_every_page_that_a_link_leads_to(context: BrowserContext, troubles: list[str]) -> None:
    page = context.new_page()
    watch(page, troubles)
    log_in_as(page, demo.BEA, demo.PASSWORD)
    seen, wrong = set[str](), list[str]()
    found = ["/", "/nergens", "/aanvraag"]
    while found:
        address = found.pop(0).partition("#")[0]
        if not address.startswith("/") or address.startswith("//") or NO_PAGE.search(address.partition("?")[0]):
            continue
        kind = kind_of(address)
        if kind in seen:
            continue
        seen.add(kind)
        wrong += faults(page, address)
        found += page.evaluate(LINKS)
    assert not wrong, "\n\n".join(wrong)
    assert len(seen) > 40
    assert not troubles


def faults(page: Page, address: str) -> list[str]:
    """Open a page and say what is wrong with it."""
    page.goto(address)
    screenshot(page, "page" + re.sub(r"\W+", "-", kind_of(address)).rstrip("-"))
    try:
        axe(page)
    except AssertionError as error:
        return [str(error)]
    return []
