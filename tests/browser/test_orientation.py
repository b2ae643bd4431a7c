"""The working procedure for planning an orientation talk, O-001 … O-077, literally, by the words on the screen."""

import datetime as dt
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from crm import formats
from crm.sink import Kept
from tests.browser.look import axe
from tests.browser.office import Office
from tests.browser.steps import (
    Person,
    fill_address,
    fill_client,
    fill_person,
    go_to,
    new_dossier,
    new_relation,
    open_publisher,
    own_day,
    plan_talk,
)

requirement = pytest.mark.requirement


def part_of(mail: Kept, kind: str) -> str:
    """The text of a mail's part of this type; empty without one."""
    found = next((part for part in mail.message.walk() if part.get_content_type() == kind), None)
    return found.get_content() if found else ""


def mail_text(mail: Kept) -> str:
    """The plain text, with lines joined."""
    return " ".join(part_of(mail, "text/plain").split())


def calendar_of(mail: Kept) -> str:
    """The calendar part, unfolded (RFC 5545 §3.1)."""
    content = part_of(mail, "text/calendar")
    text = content.decode() if isinstance(content, bytes) else content
    return text.replace("\r\n ", "").replace("\n ", "")


def adviser_of(page: Page) -> str:
    """The adviser whose agenda is shown, as the address names him."""
    return page.get_by_label("Agenda van").input_value()


@requirement("O-012", "O-013", "O-014", "O-015", "O-016", side="crm")
def test_new_client_begins_at_the_arrow_of_relaties(as_assistant: Page):
    page = as_assistant
    go_to(page, "Relaties", "Nieuwe relatie")
    expect(page.get_by_label("Klant", exact=True)).to_be_checked()
    axe(page)
    page.get_by_role("button", name="Volgende").click()
    for title in ("De heer", "Mevrouw", "Geen"):
        expect(page.get_by_label(title, exact=True).first).to_be_visible()
    label = page.locator("label", has_text="Achternaam").first
    expect(label).to_contain_text("*")
    expect(label.locator(".text-red")).to_have_text("*")
    axe(page)

    page.get_by_label("Voornaam").first.fill("Alleen Voornaam")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nog niet opgeslagen")
    expect(page.get_by_label("Voornaam").first).to_have_value("Alleen Voornaam")
    expect(page.locator("main")).to_contain_text("Kies De heer, Mevrouw of Geen.")
    axe(page)


@requirement("O-001", "O-002", "O-003", "O-004", "O-005", "O-017", "O-018", side="crm")
def test_someone_calls_with_a_partner_who_is_known(as_assistant: Page):
    page = as_assistant
    known = new_relation(page, Person(title="De heer"))
    caller = Person(prefix="van der")

    go_to(page, "Relaties", "Nieuwe relatie")
    page.get_by_role("button", name="Volgende").click()
    fill_client(page, caller)
    partner = page.get_by_role("region", name="Partner", exact=True)
    partner.get_by_label("Partner toevoegen").check()
    partner.get_by_label("De heer", exact=True).check()
    fill_person(partner, known, contact=False)
    expect(partner).to_contain_text(known.name)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text(known.name)
    axe(page)
    page.get_by_role("alert").get_by_role("button", name="Deze relatie gebruiken").click()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(caller.surname)
    expect(page.locator("#household")).to_contain_text(known.name)
    expect(page.locator("main")).to_contain_text("06 4")


@requirement("O-024", "O-025", "O-026", "O-027", "O-028", "O-029", "O-030", side="crm")
def test_known_client_is_found_and_checked(as_assistant: Page):
    page = as_assistant
    person = new_relation(page, Person(prefix="van de"))
    digits = person.phone.replace(" ", "")
    for typed in (
        digits,
        f"+31 {digits[1:]}",
        person.surname,
        f"vd {person.surname}",
        f"3511LX {person.house_number}",
        person.email,
    ):
        page.goto("/")
        box = page.get_by_role("combobox", name=re.compile("Zoek")).first
        box.fill(typed)
        hit = page.get_by_role("option").filter(has_text=person.surname).first
        expect(hit, typed).to_be_visible()
    hit.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.surname)
    page.get_by_role("button", name="Gegevens gecontroleerd").click()
    expect(page.locator("main")).to_contain_text("vandaag")
    axe(page)


@requirement("O-031", "O-032", "O-033", "O-034", "O-035", "O-036", "O-037", "O-039", "O-040", "O-041", side="crm")
def test_new_dossier_at_top_right_of_the_client(as_assistant: Page):
    page = as_assistant
    person = new_relation(page)
    page.get_by_role("link", name="Nieuw dossier").first.click()
    main = page.locator("main")
    expect(main).to_contain_text(person.name)
    expect(main).to_contain_text("Oriënteren")
    expect(page.get_by_label("Assistent").locator("option:checked")).to_have_text("Marieke Bakker")
    axe(page)
    page.get_by_label("Bron").select_option(label="Algemeen bekend")
    page.get_by_label("Vestiging").select_option(label="Utrecht")
    page.get_by_label("Type").select_option(label="Overige dienstverlening")
    offered = page.get_by_label("Onderwerp").locator("option:not([hidden]):not([disabled])").all_inner_texts()
    assert "Oversluiter" in offered
    assert "Starter" not in offered
    page.get_by_label("Type").select_option(label="Aankoop woning")
    page.get_by_label("Onderwerp").select_option(label="Doorstromer")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aankoop woning · Doorstromer")
    expect(page.locator(".status-path [aria-current=step]")).to_have_text(re.compile("Oriënteren"))
    axe(page)


@requirement("O-042", "O-043", "O-044", "O-046", side="crm")
def test_existing_cases_come_first(as_assistant: Page):
    page = as_assistant
    new_relation(page)
    client = page.url
    new_dossier(page)
    page.goto(client)
    page.get_by_role("link", name="Nieuw dossier").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bestaande dossiers")
    expect(page.get_by_role("link", name="Dit dossier gebruiken")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Toch een nieuw dossier").click()
    expect(page.locator("main")).to_contain_text("Een tweede maakt het onduidelijk")
    page.go_back()
    page.get_by_role("link", name="Dit dossier gebruiken").click()

    page.get_by_role("link", name="Status wijzigen").click()
    page.get_by_role("link", name="Naar Niet doorgegaan").click()
    page.get_by_label("Reden").fill("Klant ziet ervan af")
    page.get_by_role("button", name="Status wijzigen").click()
    page.goto(client)
    page.get_by_role("link", name="Nieuw dossier").first.click()
    expect(page.get_by_role("link", name="Dit dossier gebruiken")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Niet doorgegaan")
    page.get_by_role("link", name="Nieuw dossier vanuit dit dossier").click()
    expect(page.locator("main")).to_contain_text("huishouden en producten gaan mee")


@requirement("O-047", "O-048", "O-049", "O-050", "O-051", "O-052", "O-053", "O-066", "O-067", "O-068", side="crm")
def test_talk_is_planned_in_the_feed(as_assistant: Page):
    page = as_assistant
    new_relation(page)
    new_dossier(page, profile="Doorstromer")
    dossier, day = page.url, own_day()
    form = open_publisher(page, "Nieuw event")
    expect(form.get_by_label("Toegewezen aan").locator("option:checked")).to_have_text("Peter van Dijk")
    expect(form.get_by_label("Categorie").locator("option:checked")).to_have_text("Oriëntatiegesprek")
    form.get_by_label("Teams (beeldbellen)").check()
    expect(form.get_by_label("Onderwerp")).to_have_value("Teams oriëntatie doorstromer")
    form.get_by_label("Op kantoor").check()
    expect(form.get_by_label("Onderwerp")).to_have_value("Utrecht oriëntatie doorstromer")
    form.get_by_label("Datum").fill(day.isoformat())
    form.get_by_label("Begintijd").fill("10:00")
    form.get_by_label("Begintijd").press("Tab")
    expect(form.get_by_label("Eindtijd")).to_have_value("12:00")
    form.get_by_label("Beschrijving").fill("Klant is zelfstandig, neemt cijfers mee.")
    expect(form.get_by_label("Status → Intake")).to_be_checked()
    axe(page)
    form.get_by_role("button", name="Opslaan").click()

    expect(page.locator("#messages")).to_contain_text("Utrecht oriëntatie doorstromer")
    page.goto(dossier)
    expect(page.locator(".status-path [aria-current=step]")).to_have_text(re.compile("Intake"))
    tasks = page.get_by_role("region", name="Taken")
    expect(tasks).to_contain_text("Klant nabellen")
    expect(tasks).to_contain_text("Peter van Dijk")
    expect(tasks).to_contain_text(formats.day_label(day + dt.timedelta(weeks=1)))
    axe(page)


@requirement("O-038", side="crm")
def test_assistant_is_decided_when_the_advice_begins(as_assistant: Page):
    page = as_assistant
    new_relation(page)
    new_dossier(page)
    dossier = page.url
    plan_talk(page, own_day())
    page.goto(dossier)
    page.get_by_role("link", name="Status wijzigen").click()
    page.get_by_role("link", name="Naar Advies").click()
    expect(page.locator("main")).to_contain_text("opdracht tot dienstverlening")
    axe(page)
    page.get_by_label("Assistent").select_option(label="Anneke Beheer")
    page.get_by_role("button", name="Status wijzigen").click()
    expect(page.locator(".status-path [aria-current=step]")).to_have_text(re.compile("Advies"))
    assistant = page.locator(".highlights div", has=page.get_by_text("Assistent", exact=True))
    expect(assistant).to_contain_text("Anneke Beheer")


@requirement("O-055", "O-056", "O-057", side="crm")
def test_talk_is_moved_from_the_advisers_agenda(as_assistant: Page):
    page = as_assistant
    new_relation(page)
    new_dossier(page)
    dossier, day = page.url, own_day()
    plan_talk(page, day)

    go_to(page, "Agenda")
    page.get_by_label("Agenda van").select_option(label="Peter van Dijk")
    page.goto(f"{page.url.partition('?')[0]}?adviser={adviser_of(page)}&day={day.isoformat()}")
    axe(page)
    page.get_by_role("link", name=re.compile("oriëntatie starter")).first.click()
    page.get_by_role("link", name="Bewerk", exact=True).click()
    later = own_day()
    page.get_by_label("Datum").fill(later.isoformat())
    page.get_by_label("Begintijd").fill("14:00")
    page.get_by_label("Eindtijd").fill("16:00")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text("14")

    page.goto(dossier)
    expect(page.get_by_role("region", name="Taken")).to_contain_text(formats.day_label(later + dt.timedelta(weeks=1)))
    expect(page.locator("#posts")).to_contain_text(formats.long_date(later).split(" ", 1)[1])


@requirement("O-006", "O-007", "O-058", "O-059", "O-060", "O-062", "O-065", side="crm")
@requirement("O-006", "O-007", "O-058", "O-059", "O-060", "O-062", "O-065", side="mail")
def test_confirmation_for_a_talk_at_the_office_in_u_form(as_assistant: Page, office: Office, furnished: None):
    page = as_assistant
    person = new_relation(page)
    new_dossier(page)
    dossier, day = page.url, own_day()
    secret = "Alleen voor de adviseur: klant scheidt."
    plan_talk(page, day, description=secret)
    page.goto(dossier)
    open_publisher(page, "E-mail").get_by_role("link", name="Afspraakbevestiging").click()
    expect(page.get_by_label("Sjabloon").locator("option:checked")).to_contain_text(
        "Afspraakbevestiging U1 oriëntatiegesprek"
    )
    axe(page)
    body = page.get_by_label("Tekst")
    expect(body).to_have_value(re.compile(formats.long_date(day)))
    body.fill(body.input_value() + "\n\nTot dan, en neem gerust uw vragen mee.")
    page.get_by_role("button", name="Voorbeeld").click()
    axe(page)
    page.get_by_role("button", name="Versturen").click()
    [mail] = office.mails(person.email, count=1)
    text = mail_text(mail)
    assert "neem gerust uw vragen mee" in text
    assert formats.long_date(day) in text
    assert "Oudegracht" not in text.partition("Plaats")[0]
    assert not any(secret in part_of(mail, kind) for kind in ("text/plain", "text/html", "text/calendar"))
    assert "METHOD:REQUEST" in calendar_of(mail)
    page.goto(dossier)
    expect(page.locator("#posts")).to_contain_text("Verstuurd")


@requirement("O-061", "O-062", "O-063", "O-064", side="crm")
@requirement("O-061", "O-062", "O-063", "O-064", side="mail")
@pytest.mark.parametrize("form", ["U", "Jij"])
def test_change_mail_after_moving_a_video_talk(as_assistant: Page, office: Office, furnished: None, form: str):
    page = as_assistant
    person = Person()
    go_to(page, "Relaties", "Nieuwe relatie")
    page.get_by_role("button", name="Volgende").click()
    fill_client(page, person)
    page.get_by_role("region", name="Klant", exact=True).get_by_label(form, exact=True).check()
    page.get_by_role("button", name="Opslaan").click()
    new_dossier(page)
    dossier, day = page.url, own_day()
    link = "https://teams.microsoft.com/l/meetup-join/19%3aabc"
    plan_talk(page, day, video=True, teams=link)
    page.goto(dossier)
    open_publisher(page, "E-mail").get_by_role("link", name="Afspraakbevestiging").click()
    name = "Afspraakbevestiging U1 oriëntatiegesprek" if form == "U" else "Afspraakbevestiging 1 oriëntatiegesprek"
    expect(page.get_by_label("Sjabloon").locator("option:checked")).to_contain_text(name)
    page.get_by_role("button", name="Versturen").click()
    [first] = office.mails(person.email, count=1)
    assert link in mail_text(first)

    page.goto(dossier)
    page.get_by_role("region", name="Afspraken").get_by_role("link").first.click()
    page.get_by_role("link", name="Bewerk", exact=True).click()
    later = own_day()
    page.get_by_label("Datum").fill(later.isoformat())
    page.get_by_role("button", name="Opslaan").click()
    page.get_by_role("link", name="Wijziging mailen").click()
    name = "Wijzigen Afspraak in U-vorm" if form == "U" else "Wijzigen Afspraak"
    expect(page.get_by_label("Sjabloon").locator("option:checked")).to_contain_text(name)
    page.get_by_role("button", name="Versturen").click()
    _, second = office.mails(person.email, count=2)
    assert formats.long_date(day) in mail_text(second)
    assert formats.long_date(later) in mail_text(second)
    assert "SEQUENCE:1" in calendar_of(second)
    uid = re.search(r"UID:(\S+)", calendar_of(first)).group(1)
    assert f"UID:{uid}" in calendar_of(second)


@requirement("O-001", "O-019", "O-020", "O-021", "O-022", "O-023", "O-076", "O-077", side="crm")
def test_service_request_becomes_a_client_a_talk_and_gereed(as_assistant: Page, context: BrowserContext):
    page = as_assistant
    person = Person()
    site = context.browser.new_context(base_url=page.url.rsplit("/", 1)[0], locale="nl-NL").new_page()
    site.goto("/aanvraag")
    site.get_by_label("Voornaam").fill(person.first_name.upper())
    site.get_by_label("Achternaam").fill(person.surname.upper())
    site.get_by_label("Telefoonnummer").fill(person.phone.replace(" ", "-", 1))
    site.get_by_label("E-mailadres").fill(person.email)
    axe(site)
    site.get_by_role("checkbox").first.check()
    site.wait_for_timeout(4000)  # a person needs longer than a robot
    site.get_by_role("button", name=re.compile("Versturen|Aanvragen|Verstuur")).click()
    expect(site.locator("main")).to_contain_text(re.compile("[Bb]edankt|ontvangen"))
    site.context.close()

    go_to(page, "Serviceaanvragen")
    axe(page)
    page.get_by_role("link", name=re.compile(person.surname, re.IGNORECASE)).first.click()
    axe(page)
    page.get_by_role("link", name="Maak klant aan").click()
    part = page.get_by_role("region", name="Klant", exact=True)
    expect(part.get_by_label("Achternaam")).to_have_value(person.surname)
    expect(part.get_by_label("Telefoonnummer")).not_to_have_value("")
    expect(page.get_by_role("region", name="Partner", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text("Vul de geboortedatum in.")
    part.get_by_label(person.title, exact=True).check()
    part.get_by_label("Geboortedatum").fill(person.birth_date.isoformat())
    fill_address(part, person)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.surname)
    client = page.url
    new_dossier(page)
    plan_talk(page, own_day())

    page.goto(client)
    requests = page.get_by_role("region", name="Serviceaanvragen")
    requests.get_by_role("link", name=re.compile("Bewerken")).click()
    page.get_by_label("Status").select_option(label="Gereed")
    page.get_by_role("button", name="Opslaan").click()
    page.goto(client)
    expect(page.get_by_role("region", name="Serviceaanvragen")).to_contain_text("Gereed")
