"""Every way to a client on *Oriëntatiegesprek plannen*, with scripts, to the end of *Plan het gesprek*.

All of them against known and new, with and without a partner: tests/crm/planning/test_ways.py.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm import records
from crm.relations import operations as relations
from crm.service_requests import operations as service_requests
from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import Office
from tests.browser.steps import Person, fill_address, fill_person
from tests.browser.within import inside, person

PLAN = "/planning/orientation"


def introduce(office: Office, someone: Person, asks: bool = False) -> tuple[int, int]:
    """Somebody the office knows, and who `asks` for a talk; gives the ids of the relation and the request."""
    with inside(office):
        assistant = person("assistant")
        values = {
            "title": "ms",
            "first_name": someone.first_name,
            "surname": someone.surname,
            "birth_date": someone.birth_date,
            "phone": someone.phone,
            "email": someone.email,
            "postal_code": "3511LX",
            "house_number": someone.house_number,
            "street": "Oudegracht",
            "city": "Utrecht",
        }
        relation = relations.create(values, assistant)
        records.commit()
        if not asks:
            return relation.id, 0
        answers = {"surname": someone.surname, "phone": someone.phone}
        request = service_requests.receive(answers, "", assistant.branches[0], assistant, "phone")
        service_requests.link(request, relation, assistant)
        return relation.id, request.id


def find(page: Page, words: str, someone: Person) -> None:
    """Type in the search box of the screen, and click the hit."""
    page.get_by_label("Zoek de klant op").fill(words)
    page.locator("#plan-hits").get_by_role("button").filter(has_text=someone.surname).click()


def type_client(page: Page, someone: Person) -> None:
    """A new client, as he says it."""
    block = page.locator("[data-prefix='client-']")
    block.get_by_label(someone.title, exact=True).check()
    fill_person(block, someone)
    fill_address(block, someone)


def by_name(page: Page, office: Office, someone: Person) -> None:
    introduce(office, someone)
    page.goto(PLAN)
    find(page, someone.surname.lower(), someone)


def by_phone(page: Page, office: Office, someone: Person) -> None:
    introduce(office, someone)
    page.goto(PLAN)
    find(page, someone.phone.replace(" ", "-"), someone)


def by_postcode(page: Page, office: Office, someone: Person) -> None:
    introduce(office, someone)
    page.goto(PLAN)
    find(page, f"3511 lx {someone.house_number}", someone)


def by_double(page: Page, office: Office, someone: Person) -> None:
    introduce(office, someone)
    page.goto(PLAN)
    page.get_by_role("button", name="Nieuwe klant").click()
    type_client(page, someone)
    fill_in(page)
    page.get_by_role("button", name="Plan het gesprek").click()
    page.get_by_role("button", name="Deze relatie gebruiken").click()


def by_request(page: Page, office: Office, someone: Person) -> None:
    _relation, request = introduce(office, someone, asks=True)
    page.goto(f"/service-requests/{request}")
    page.get_by_role("link", name="Oriëntatiegesprek plannen").click()


def by_page(page: Page, office: Office, someone: Person) -> None:
    relation, _request = introduce(office, someone)
    page.goto(f"/relations/{relation}")
    page.get_by_role("link", name="Oriëntatiegesprek plannen").first.click()


def by_another(page: Page, office: Office, someone: Person) -> None:
    """Opened with the wrong client: *Andere klant*."""
    by_page(page, office, Person())
    introduce(office, someone)
    page.get_by_role("button", name="Andere klant").click()
    find(page, someone.surname, someone)


def as_new(page: Page, office: Office, someone: Person) -> None:
    """Nobody was found."""
    by_page(page, office, Person())
    page.get_by_role("button", name="Andere klant").click()
    page.get_by_label("Zoek de klant op").fill(someone.phone)
    expect(page.get_by_text("Niemand gevonden")).to_be_visible()
    page.get_by_role("button", name="Nieuwe klant").click()
    type_client(page, someone)


WAYS = [by_name, by_phone, by_postcode, by_double, by_request, by_page, by_another, as_new]
Way = Callable[[Page, Office, Person], None]


def add_partner(page: Page, partner: Person) -> None:
    """A partner nobody knows yet."""
    page.get_by_label("Partner toevoegen").check()
    block = page.locator(".partner-block")
    block.get_by_label(partner.title, exact=True).check()
    fill_person(block, partner)


def fill_in(page: Page) -> None:
    """The dossier and the first free time."""
    page.get_by_label("Bron").select_option(label="Algemeen bekend")
    page.get_by_label("Type").select_option(label="Aankoop woning")
    page.locator("#dossier-profile").select_option("starter")
    page.get_by_label("Toegewezen aan").select_option(label="Peter van Dijk")
    page.locator("input[name=slot]").first.check()


def finish(page: Page, someone: Person) -> None:
    """From the client on, to the plan that was made."""
    fill_in(page)
    expect(page.locator("#mail_body")).to_have_value(re.compile(someone.surname))
    page.get_by_role("button", name="Plan het gesprek").click()
    expect(page.get_by_role("heading", level=1, name="Oriëntatiegesprek gepland")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(someone.surname)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_client_ends_in_a_talk(page: Page, office: Office, furnished: None, way: Way) -> None:
    log_in(page)
    someone, partner = Person(), Person(title="De heer")
    way(page, office, someone)
    if way in (by_phone, by_postcode, by_another, as_new):
        add_partner(page, partner)
    axe(page)
    screenshot(page, f"plan-{way.__name__}")
    finish(page, someone)
