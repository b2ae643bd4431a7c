"""A household that changes: the dossier is offered the change, and a known pair makes no doubles."""

import datetime as dt

from playwright.sync_api import Page, expect

from tests.browser.look import axe, screenshot
from tests.browser.steps import Person, fill_client, fill_person, go_to, new_dossier, new_relation


def add_partner(page: Page, partner: Person) -> None:
    """*Partner toevoegen* in the household on the client's page."""
    page.get_by_role("link", name="Partner toevoegen").click()
    page.get_by_label(partner.title, exact=True).check()
    fill_person(page.locator("form[data-guard]"), partner)
    page.get_by_role("button", name="Opslaan").click()


def test_a_partner_comes_and_goes(as_assistant: Page) -> None:
    page = as_assistant
    sanne, tim = new_relation(page), Person(title="De heer")
    client = page.url
    new_dossier(page)
    dossier = page.url
    page.goto(client)
    add_partner(page, tim)
    expect(page.get_by_text("maar staat nog niet in dossier")).to_be_visible()
    axe(page)
    screenshot(page, "partner-offered-relation")
    page.goto(dossier)
    axe(page)
    screenshot(page, "partner-offered")
    page.get_by_role("button", name="in het dossier zetten").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{sanne.surname} – {tim.surname}")
    page.goto(client)
    page.get_by_role("link", name="Relatie beëindigd").click()
    page.get_by_label("Einddatum").fill(dt.date.today().isoformat())
    page.get_by_label(tim.name).check()
    page.get_by_role("button", name="Opslaan").click()
    page.goto(dossier)
    expect(page.get_by_text("is niet meer de partner")).to_be_visible()
    axe(page)
    screenshot(page, "partner-left")
    page.goto(dossier.replace("?", "/edit?") if "?" in dossier else f"{dossier}/edit")
    expect(page.get_by_label("Partner")).to_contain_text(tim.name)
    axe(page)
    screenshot(page, "dossier-edit-partner")
    page.goto(dossier)
    page.get_by_role("button", name="uit het dossier halen").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text(tim.surname)


def test_two_who_are_known_are_linked(as_assistant: Page) -> None:
    page = as_assistant
    sanne, tim = new_relation(page), new_relation(page, Person(title="De heer"))
    go_to(page, "Relaties", "Nieuwe relatie")
    page.get_by_role("button", name="Volgende").click()
    fill_client(page, sanne)
    page.get_by_label("Partner toevoegen").check()
    part = page.get_by_role("region", name="Partner", exact=True)
    part.get_by_label("De heer", exact=True).check()
    fill_person(part, tim, contact=False)
    page.get_by_role("button", name="Opslaan").click()
    found = page.get_by_role("alert")
    found.get_by_role("listitem").filter(has_text=sanne.name).get_by_role("button").click()
    expect(page.get_by_text("is een bestaande relatie en wordt gebruikt")).to_be_visible()
    axe(page)
    screenshot(page, "known-client-partner")
    page.get_by_role("button", name="Toch niet deze").click()
    expect(page.get_by_text("is een bestaande relatie en wordt gebruikt")).to_have_count(0)
    found.get_by_role("listitem").filter(has_text=sanne.name).get_by_role("button").click()
    expect(page.get_by_text("is een bestaande relatie en wordt gebruikt")).to_be_visible()
    found.get_by_role("listitem").filter(has_text=tim.name).get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sanne.surname)
    expect(page.locator("#household")).to_contain_text(tim.name)
