"""The running product in Chromium, at the width of a desk and of a phone."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.browser.look import log_in
from tests.browser.office import Office

expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
SIZES = {"1280": {"width": 1280, "height": 900}, "390": {"width": 390, "height": 844}}
ADDRESS = {
    "Straat": "Stationsplein",
    "Huisnummer": "8",
    "Postcode": "3511 ED",
    "Plaats": "Utrecht",
    "Telefoon": "030 234 56 78",
    "E-mailadres": "utrecht@kantoor.example",
}
# What a form answers that was filled in wrongly, and a page that one may not see, is no fault of the page.
DOCUMENTS = {"document", "xhr", "fetch"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str | None:
    """The system's Chromium, or None; rather the one without windows, which does the same with a fifth less work."""
    return next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skips the test where there is none, except in CI."""
    found = find_chromium()
    if found is None:
        message = "no Chromium; on Debian: apt-get install chromium-headless-shell"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The product at work in an office that has people and starting content, and nothing else."""
    with Office(tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    """The width of the screen: "1280" or "390"."""
    return str(request.param)


@pytest.fixture
def troubles() -> list[str]:
    """What went wrong in the browser; the test fails when something is left in it. A test may clear what it meant."""
    return []


@pytest.fixture
def context(browser: Browser, office: Office, size: str) -> Iterator[BrowserContext]:
    """A browser without cookies, on a Dutch clock."""
    with new_context(browser, office.url, size) as context:
        yield context


@contextmanager
def new_context(browser: Browser, url: str, size: str) -> Iterator[BrowserContext]:
    """A browser without cookies, on a Dutch clock, at one of SIZES; addresses are relative to `url`."""
    context = browser.new_context(
        base_url=url,
        viewport=SIZES[size],  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        reduced_motion="reduce",
        color_scheme="light",
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, troubles: list[str]) -> Iterator[Page]:
    """A page at both sizes; the test fails on a console error, an error in a script, a lost request or a 5xx."""
    opened = context.new_page()
    watch(opened, troubles)
    yield opened
    assert not troubles, "in the browser:\n" + "\n".join(troubles)


def watch(page: Page, troubles: list[str]) -> None:
    """Note everything that goes wrong in this page."""

    def on_console(message: ConsoleMessage) -> None:
        # A failed load is judged by its response, below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            troubles.append(f"console: {message.text} ({message.location.get('url')})")

    def on_response(response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type not in DOCUMENTS):
            troubles.append(f"{response.status}: {response.url}")

    def on_failure(request: Request) -> None:
        # The browser itself gives up what a new page makes useless.
        if request.failure != "net::ERR_ABORTED":
            troubles.append(f"no answer: {request.url}: {request.failure}")

    def on_error(error: Any) -> None:
        troubles.append(f"script: {error}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    page.on("response", on_response)
    page.on("requestfailed", on_failure)


@pytest.fixture
def as_assistant(page: Page) -> Page:
    """A page where the assistant of Utrecht is logged in."""
    return log_in(page, "assistant")


@pytest.fixture
def as_adviser(page: Page) -> Page:
    """A page where the adviser of Utrecht is logged in."""
    return log_in(page, "adviser")


@pytest.fixture
def as_admin(page: Page) -> Page:
    """A page where the beheerder is logged in."""
    return log_in(page, "admin")


@pytest.fixture(scope="session")
def furnished(browser: Browser, office: Office) -> None:
    """The beheerder says where the vestiging is, and lets mail go after a second instead of half a minute."""
    context = browser.new_context(base_url=office.url, locale="nl-NL")
    page = log_in(context.new_page(), "admin")
    mail_goes_at_once(page)
    page.goto("/admin/branches")
    page.get_by_role("link", name="Utrecht").click()
    for label, text in ADDRESS.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text(ADDRESS["Straat"])
    context.close()


def mail_goes_at_once(page: Page) -> None:
    """The beheerder lets mail go after a second instead of half a minute."""
    page.goto("/admin/settings")
    card = page.locator("form#mail")
    card.get_by_label("Seconden wachten voor het versturen").fill("1")
    card.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("pgeslagen")
