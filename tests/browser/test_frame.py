"""What every page has around it."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.look import axe, log_in, screenshot


def test_log_in_page_is_accessible(page: Page) -> None:
    page.goto("/login")
    screenshot(page, "login")
    axe(page)


def test_wrong_password_is_said_at_the_field(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("E-mailadres").fill("niemand@kantoor.example")
    page.get_by_label("Wachtwoord").fill("verkeerd")
    page.get_by_role("button", name="Inloggen").click()
    expect(page.get_by_text("E-mailadres of wachtwoord klopt niet.")).to_be_visible()
    axe(page)


def test_start_page_is_accessible(page: Page) -> None:
    log_in(page)
    expect(page.get_by_role("heading", level=1, name="Start")).to_be_visible()
    screenshot(page, "start")
    axe(page)


def test_question_mark_lists_the_keys_and_g_goes_to_a_room(page: Page) -> None:
    log_in(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Sneltoetsen")).to_be_visible()
    axe(page)
    screenshot(page, "keys")
    page.keyboard.press("Escape")
    page.goto("/account")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/")


def test_single_letters_can_be_switched_off(page: Page) -> None:
    log_in(page, "stranger")
    page.goto("/account")
    tick = page.get_by_role("checkbox", name="Sneltoetsen van één letter")
    tick.set_checked(False)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("Uw gegevens zijn opgeslagen.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("checkbox", name="Sneltoetsen van één letter").set_checked(True)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Uw gegevens zijn opgeslagen.")).to_be_visible()


def test_what_a_script_gave_a_style_is_swapped_without_one(as_admin: Page) -> None:
    """The policy on styles refuses an attribute; a menu that stood open while its row came anew said so."""
    page = as_admin
    page.goto("/document-types")
    page.locator("#found").evaluate("found => { found.style.opacity = '0.9' }")
    page.get_by_label("Naam of code").fill("paspoort")
    expect(page.locator("#found")).to_have_css("opacity", "1")


def test_unsaved_changes_warn_and_undoing_them_does_not(page: Page) -> None:
    log_in(page)
    page.goto("/account")
    warned: list[str] = []

    def stay(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    name = page.get_by_label("Naam")
    before = name.input_value()
    name.fill("Iemand")
    name.fill(before)
    page.goto("/")
    assert warned == []
    page.goto("/account")
    page.get_by_label("Naam").fill("Iemand")
    page.goto("/")
    assert warned == ["beforeunload"]


@pytest.mark.parametrize("address", ["/account", "/account/second-factor", "/nergens"])
def test_own_pages_are_accessible(page: Page, address: str) -> None:
    log_in(page)
    page.goto(address)
    screenshot(page, "own" + address.replace("/", "-"))
    axe(page)


@pytest.mark.parametrize(
    "address",
    ["users", "users/new", "users/1", "branches", "branches/new", "branches/1", "tokens", "settings", ""],
)
def test_pages_of_the_beheerder_are_accessible(page: Page, address: str) -> None:
    log_in(page, "admin")
    page.goto(f"/admin/{address}".rstrip("/"))
    screenshot(page, "admin-" + address.replace("/", "-"))
    axe(page)
