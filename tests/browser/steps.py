"""Steps of the procedure for an orientation talk, by the words on the screen."""

import datetime as dt
import itertools
import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from crm import formats
from crm.workdays import Calendar

NUMBERS = itertools.count(1)
SYLLABLES = [
    "ba",
    "der",
    "fel",
    "gor",
    "hui",
    "kam",
    "lis",
    "mol",
    "ner",
    "pol",
    "rem",
    "sta",
    "tin",
    "vor",
    "wes",
    "zan",
]


def made_up_name(number: int) -> str:
    """A surname nobody has, another one for each number."""
    return "".join(SYLLABLES[number // 16**place % 16] for place in range(3)).capitalize()


@dataclass
class Person:
    """Someone who calls; every field as the assistant types it."""

    number: int = field(default_factory=lambda: next(NUMBERS))
    title: str = "Mevrouw"
    prefix: str = ""

    @property
    def surname(self) -> str:
        return made_up_name(self.number)

    @property
    def first_name(self) -> str:
        return "Sanne" if self.title == "Mevrouw" else "Tim"

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.prefix, self.surname) if part)

    @property
    def birth_date(self) -> dt.date:
        return dt.date(1985, 1, 1) + dt.timedelta(days=37 * self.number)

    @property
    def phone(self) -> str:
        return f"06 4{self.number:03d} 57 63"

    @property
    def email(self) -> str:
        return f"{self.surname.lower()}@voorbeeld.example"

    @property
    def house_number(self) -> str:
        return str(100 + self.number)


def go_to(page: Page, *names: str) -> None:
    """Follow the main menu; a second name is an entry behind the arrow. On a phone the menu is unfolded first."""
    unfold = page.get_by_role("button", name="Menu", exact=True)
    if unfold.is_visible():
        unfold.click()
    menu = page.get_by_role("navigation", name="Hoofdmenu")
    if len(names) == 1:
        menu.get_by_role("link", name=re.compile(f"^{names[0]}")).first.click()
    else:
        menu.get_by_role("button", name=f"Meer bij {names[0]}").click()
        menu.get_by_role("link", name=names[1], exact=True).click()


def fill_person(form: Page | Locator, person: Person, *, contact: bool = True) -> None:
    """The fields of one person, as the client says them (O-002 … O-005)."""
    form.get_by_label("Voornaam").fill(person.first_name)
    if person.prefix:
        form.get_by_label("Tussenvoegsel").fill(person.prefix)
    form.get_by_label("Achternaam").fill(person.surname)
    form.get_by_label("Geboortedatum").fill(person.birth_date.isoformat())
    if contact:
        form.get_by_label("Telefoonnummer").fill(person.phone)
        form.get_by_label("E-mailadres").fill(person.email)


def fill_address(form: Page | Locator, person: Person) -> None:
    """Where someone lives (O-002)."""
    form.get_by_label(re.compile("^Postcode")).fill("3511 lx")
    form.get_by_label("Huisnummer").fill(person.house_number)
    form.get_by_label("Straat").fill("Oudegracht")
    form.get_by_label("Woonplaats").fill("utrecht")


def fill_client(page: Page, person: Person) -> None:
    """The client's part of the form of a new relation."""
    part = page.get_by_role("region", name="Klant", exact=True)
    part.get_by_label(person.title, exact=True).check()
    fill_person(part, person)
    fill_address(part, person)


def new_relation(page: Page, person: Person | None = None) -> Person:
    """Relaties → (arrow) → Nieuwe relatie → Volgende → the form, without a partner."""
    person = person or Person()
    go_to(page, "Relaties", "Nieuwe relatie")
    page.get_by_role("button", name="Volgende").click()
    fill_client(page, person)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.surname)
    return person


def new_dossier(page: Page, kind: str = "Aankoop woning", profile: str = "Starter") -> None:
    """From a client's page to the page of a new dossier (O-031 … O-041)."""
    page.get_by_role("link", name="Nieuw dossier").first.click()
    page.get_by_label("Bron").select_option(label="Algemeen bekend")
    page.get_by_label("Vestiging").select_option(label="Utrecht")
    page.get_by_label("Adviseur").select_option(label="Peter van Dijk")
    page.get_by_label("Type").select_option(label=kind)
    page.get_by_label("Onderwerp").select_option(label=profile)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(profile)


def open_publisher(page: Page, name: str) -> Locator:
    """Open one of the publishers above the feed; gives its form."""
    page.get_by_role("tab", name=name, exact=True).click()
    return page.get_by_role("tabpanel", name=name)


def plan_talk(page: Page, day: dt.date, *, video: bool = False, teams: str = "", description: str = "") -> None:
    """From a dossier's page: Feed → Nieuw event (O-047 … O-053)."""
    form = open_publisher(page, "Nieuw event")
    form.get_by_label("Toegewezen aan").select_option(label="Peter van Dijk")
    form.get_by_label("Categorie").select_option(label="Oriëntatiegesprek")
    form.get_by_label("Datum").fill(day.isoformat())
    form.get_by_label("Begintijd").fill("10:00")
    form.get_by_label("Teams (beeldbellen)" if video else "Op kantoor").check()
    if teams:
        form.get_by_label("Teams-link").fill(teams)
    if description:
        form.get_by_label("Beschrijving").fill(description)
    form.get_by_role("button", name="Opslaan").click()
    expect(page.locator("#messages")).to_contain_text("De afspraak staat in de agenda")


WEEKS = itertools.count(30)  # nearer weeks are for tests that take the next free time


def own_day() -> dt.date:
    """A Tuesday that no other test plans on, in a week without holidays, as is the week after it."""
    monday = formats.today() - dt.timedelta(days=formats.today().weekday())
    while True:
        week = monday + dt.timedelta(weeks=next(WEEKS))
        if all(Calendar().is_working_day(week + dt.timedelta(days=day)) for day in (0, 1, 2, 3, 4, 7, 8)):
            return week + dt.timedelta(days=1)
