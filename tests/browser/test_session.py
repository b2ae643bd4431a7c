"""A session that ends while somebody is working on a page: nothing that was typed is lost."""

import datetime as dt

from playwright.sync_api import Page, expect

from crm import records
from crm.accounts import queries
from crm.app import create_app
from crm.db import db
from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import PASSWORD, PEOPLE, Office


def leave_for_an_hour(page: Page, office: Office) -> None:
    """The session of this browser as it is after standing still too long."""
    app = create_app(DATA=str(office.folder), DATABASE="")
    seal = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    [cookie] = [one for one in page.context.cookies() if one["name"] == "session"]
    with app.app_context():
        session = queries.session_of(seal.loads(cookie["value"])["_user_id"].partition(".")[2])
        assert session is not None
        session.seen_at -= dt.timedelta(hours=2)
        records.keep(session)
        records.commit()
        db.disconnect()


def log_in_beside(page: Page) -> None:
    """Follow the notice: log in in a window of its own, and close it."""
    notice = page.get_by_role("alert").filter(has_text="Wat u typte staat er nog")
    expect(notice).to_be_visible()
    with page.expect_popup() as opened:
        notice.get_by_role("link", name="Inloggen").click()
    door = opened.value
    door.get_by_label("E-mailadres").fill(PEOPLE["assistant"].email)
    door.get_by_label("Wachtwoord").fill(PASSWORD)
    door.get_by_role("button", name="Inloggen").click()
    expect(door.get_by_role("heading", level=1, name="U bent weer ingelogd")).to_be_visible()
    axe(door)
    screenshot(door, "logged-in-again")
    door.close()


def test_a_part_that_htmx_sends_keeps_the_page(page: Page, office: Office, size: str) -> None:
    log_in(page)
    page.goto("/mail/templates/new")
    page.get_by_label("Naam").fill(f"Herinnering {size}")
    page.get_by_label("Onderwerp").fill("Uw gesprek")
    leave_for_an_hour(page, office)
    page.locator("#body").press_sequentially("Tot morgen, {{ aanhef }}")
    expect(page.locator("[data-logged-out]")).to_be_visible()
    screenshot(page, "logged-out")
    axe(page)
    log_in_beside(page)
    expect(page.locator("#body")).to_have_value("Tot morgen, {{ aanhef }}")
    page.locator("#body").press_sequentially(".")
    expect(page.locator("[data-logged-out]")).to_have_count(0)
    expect(page.locator("#check")).to_contain_text("Alle velden bestaan")
    page.get_by_role("button", name="Opslaan").first.click()
    expect(page.get_by_role("link", name=f"Herinnering {size}")).to_be_visible()


def test_what_our_own_scripts_ask_keeps_the_page(page: Page, office: Office) -> None:
    log_in(page)
    page.goto("/planning/orientation")
    page.get_by_label("Beschrijving voor de adviseur").fill("Heeft een hond")
    leave_for_an_hour(page, office)
    page.get_by_label("Toegewezen aan").select_option(label="Peter van Dijk")
    log_in_beside(page)
    page.get_by_label("Beeldbellen").check()
    expect(page.locator("input[name=slot]").first).to_be_visible()
    expect(page.locator("[data-logged-out]")).to_have_count(0)
    expect(page.get_by_label("Beschrijving voor de adviseur")).to_have_value("Heeft een hond")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/")


def test_a_form_sent_while_logged_out_is_kept_too(page: Page, office: Office, size: str) -> None:
    log_in(page)
    page.goto("/service-requests/new")
    page.get_by_label("Achternaam").fill(f"Terugkeer{size}")
    page.get_by_label("Telefoonnummer").fill("06 12345678")
    leave_for_an_hour(page, office)
    page.get_by_role("button", name="Opslaan").click()
    page.get_by_label("E-mailadres").fill(PEOPLE["assistant"].email)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    page.get_by_role("button", name="Alsnog opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Terugkeer{size}")
