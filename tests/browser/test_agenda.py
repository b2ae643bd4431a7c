"""Nieuw event in the feed, the agenda and the task list, in a browser."""

import datetime as dt
import secrets

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from crm.formats import today
from crm.workdays import Calendar
from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import PEOPLE

ADVISER = PEOPLE["adviser"].name
# Each test takes days of its own, so that they do not clash with one another.
FIRST = Calendar().add(today(), 30)


def free_day(size: str, number: int) -> dt.date:
    return Calendar().add(FIRST, 10 * number + (5 if size == "390" else 0))


def make_dossier(page: Page) -> None:
    """A client and a dossier of a starter, through the screens; ends on the dossier's page."""
    letters = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))
    page.goto("/relations/create")
    page.get_by_label("Mevrouw").first.check()
    page.get_by_label("Achternaam").first.fill(letters.capitalize())
    page.get_by_label("Geboortedatum").first.fill("1990-02-01")
    page.get_by_label("Telefoonnummer").first.fill(f"06 12{secrets.randbelow(10**6):06d}")
    page.get_by_label("E-mailadres").first.fill(f"{letters}@voorbeeld.example")
    page.get_by_label("Postcode").first.fill("3511 AA")
    page.get_by_label("Huisnummer").first.fill(str(secrets.randbelow(900) + 1))
    page.get_by_label("Straat").first.fill("Proefplein")
    page.get_by_label("Woonplaats").first.fill("Utrecht")
    page.get_by_role("button", name="Opslaan").first.click()
    page.get_by_role("link", name="Nieuw dossier").first.click()
    page.get_by_label("Bron").select_option(label="Algemeen bekend")
    page.get_by_label("Type").select_option(label="Aankoop woning")
    page.get_by_label("Onderwerp").select_option(label="Starter")
    page.get_by_role("button", name="Opslaan").click()
    page.wait_for_url("**/dossiers/*")


def open_event_form(page: Page) -> None:
    page.get_by_role("tab", name="Nieuw event").click()
    expect(page.get_by_label("Categorie")).to_be_visible()


def plan(page: Page, day: dt.date, starts: str = "10:00") -> None:
    """Nieuw event at this time for the adviser; ends on the dossier's page."""
    open_event_form(page)
    page.get_by_label("Toegewezen aan").select_option(label=ADVISER)
    page.get_by_label("Datum").fill(day.isoformat())
    page.get_by_label("Begintijd").fill(starts)
    page.locator("form[data-event]").get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("De afspraak staat in de agenda:")).to_be_visible()


def open_agenda(page: Page, day: dt.date) -> None:
    page.goto(f"/agenda?day={day.isoformat()}")
    adviser = page.get_by_label("Agenda van")
    if adviser.locator("option:checked").inner_text() != ADVISER:
        adviser.select_option(label=ADVISER)
        page.get_by_role("button", name="Toon").click()
        page.goto(page.url + f"&day={day.isoformat()}")


@pytest.mark.requirement("O-047", side="crm")
@pytest.mark.requirement("O-048", side="crm")
@pytest.mark.requirement("O-049", side="crm")
@pytest.mark.requirement("O-050", side="crm")
@pytest.mark.requirement("O-051", side="crm")
@pytest.mark.requirement("O-052", side="crm")
def test_nieuw_event_completes_itself_as_one_chooses(as_assistant: Page, size: str) -> None:
    page, day = as_assistant, free_day(size, 0)
    make_dossier(page)
    open_event_form(page)
    title = page.locator("#event-title")
    expect(title).to_have_value("Utrecht oriëntatie starter")
    page.get_by_label("Teams (beeldbellen)").check()
    expect(title).to_have_value("Teams oriëntatie starter")
    page.get_by_label("Categorie").select_option(label="Passeren")
    expect(title).to_have_value("Teams passeren starter")
    page.get_by_label("Categorie").select_option(label="Oriëntatiegesprek")
    page.get_by_label("Op kantoor").check()
    page.get_by_label("Toegewezen aan").select_option(label=ADVISER)
    page.get_by_label("Datum").fill(day.isoformat())
    # Only those of the chosen day: the ones of the day before the choice may still stand there.
    slot = page.locator(f"[data-free] a[data-day='{day.isoformat()}']").first
    expect(slot).to_be_visible()
    slot.click()
    expect(page.get_by_label("Begintijd")).to_have_value("09:00")
    expect(page.get_by_label("Eindtijd")).to_have_value("11:00")
    expect(page.get_by_label("Status → Intake")).to_be_checked()
    screenshot(page, "nieuw-event")
    axe(page)
    page.locator("form[data-event]").get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("Afspraak gepland")).to_be_visible()


@pytest.mark.requirement("O-048", side="crm")
def test_an_advisers_own_teams_link_follows_the_choice(as_assistant: Page) -> None:
    page, link = as_assistant, "https://teams.microsoft.com/l/meetup-join/"
    make_dossier(page)
    open_event_form(page)
    page.get_by_label("Teams (beeldbellen)").check()
    chosen, room = page.get_by_label("Toegewezen aan"), page.get_by_label("Teams-link")
    # Two advisers who each have a room, as *Mijn account* gives them.
    chosen.evaluate(
        """(select, link) => ["peter", "eva"].forEach((name) => {
          const option = new Option(name, name);
          option.dataset.teams = link + name;
          select.append(option);
        })""",
        link,
    )
    chosen.select_option(label="peter")
    expect(room).to_have_value("")
    expect(room).to_have_attribute("placeholder", f"{link}peter")
    room.fill(f"{link}peter")
    chosen.select_option(label="eva")
    expect(room).to_have_value(f"{link}eva")
    chosen.select_option(label=ADVISER)
    expect(room).to_have_value("")
    room.fill(f"{link}pasted")
    chosen.select_option(label="eva")
    expect(room).to_have_value(f"{link}pasted")


def test_a_clash_shows_while_typing_and_can_be_confirmed(as_assistant: Page, size: str) -> None:
    page, day = as_assistant, free_day(size, 1)
    make_dossier(page)
    plan(page, day)
    open_event_form(page)
    page.get_by_label("Toegewezen aan").select_option(label=ADVISER)
    page.get_by_label("Datum").fill(day.isoformat())
    page.get_by_label("Begintijd").fill("11:00")
    page.get_by_label("Beschrijving").click()
    expect(page.get_by_text("heeft van 10.00 tot 12.00 uur al een afspraak")).to_be_visible()
    page.locator("form[data-event]").get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("heeft van 10.00 tot 12.00 uur al een afspraak")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Toch plannen").click()
    expect(page.get_by_text("De afspraak staat in de agenda:")).to_be_visible()


@pytest.mark.requirement("O-055", side="crm")
@pytest.mark.requirement("O-056", side="crm")
@pytest.mark.requirement("O-057", side="crm")
def test_open_the_appointment_in_the_agenda_and_bewerk(as_assistant: Page, size: str) -> None:
    page, day = as_assistant, free_day(size, 2)
    make_dossier(page)
    plan(page, day)
    open_agenda(page, day)
    event = page.locator("#agenda").get_by_text("Utrecht oriëntatie starter")
    expect(event).to_be_visible()
    screenshot(page, "agenda")
    axe(page)
    event.click()
    page.wait_for_url("**/appointments/*")
    axe(page)
    page.get_by_role("link", name="Bewerk", exact=True).click()
    page.get_by_label("Begintijd").fill("13:00")
    page.get_by_label("Eindtijd").fill("15:00")
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("13.00 – 15.00 uur")).to_be_visible()


def test_dragging_moves_the_appointment(as_assistant: Page, size: str) -> None:
    if size == "390":
        pytest.skip("one drags with a mouse; on a phone Bewerk does it")
    page, day = as_assistant, free_day(size, 3)
    make_dossier(page)
    plan(page, day, "09:00")
    open_agenda(page, day)
    event = page.locator("#agenda").get_by_text("Utrecht oriëntatie starter")
    box = event.bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 12, box["y"] + 60, steps=5)
    page.mouse.move(box["x"] + 12, box["y"] + 5 + 200, steps=10)
    page.mouse.up()
    said = page.locator("#agenda-said")
    expect(said).to_contain_text("Verplaatst naar")
    page.reload()
    moved = page.locator("#agenda").get_by_text("Utrecht oriëntatie starter")
    expect(moved).to_be_visible()
    assert moved.bounding_box()["y"] > box["y"] + 100  # type: ignore[index]


def test_dragging_to_a_closed_day_asks_and_no_puts_it_back(as_assistant: Page, size: str) -> None:
    if size == "390":
        pytest.skip("one drags with a mouse; on a phone Bewerk does it")
    page, day = as_assistant, free_day(size, 4)
    while day.weekday() != 4:
        day = Calendar().add(day, 1)
    make_dossier(page)
    plan(page, day, "14:00")
    open_agenda(page, day)
    asked: list[str] = []

    def no(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", no)
    event = page.locator("#agenda").get_by_text("Utrecht oriëntatie starter")
    box = event.bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 5, steps=5)
    page.mouse.move(box["x"] + 150, box["y"] + 5, steps=10)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert asked and "zaterdag" in asked[0]
    expect(page.locator("#agenda-said")).to_be_empty()
    assert abs(event.bounding_box()["x"] - box["x"]) < 5  # type: ignore[index]


def block(page: Page, text: str = "Utrecht oriëntatie starter", number: int = 0) -> Locator:
    """The whole of an event in the agenda, earliest first."""
    found = page.locator("#agenda a").filter(has_text=text).nth(number)
    expect(found).to_be_visible()
    return found


def drag(page: Page, event: Locator, down: float, from_bottom: bool = False) -> None:
    """Take hold of an event (or of its lower edge) and move it down by so many pixels."""
    box = event.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 2 if from_bottom else 8)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + down / 2, steps=8)
    page.mouse.move(x, y + down, steps=8)
    page.mouse.up()


def answering(page: Page, yes: bool) -> list[str]:
    """What the page asks from now on; each is answered so."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if yes else dialog.dismiss()

    page.on("dialog", answer)
    return asked


def test_resizing_makes_the_appointment_longer(as_assistant: Page, size: str) -> None:
    if size == "390":
        pytest.skip("one drags with a mouse; on a phone Bewerk does it")
    page, day = as_assistant, free_day(size, 6)
    make_dossier(page)
    plan(page, day, "09:00")
    open_agenda(page, day)
    event = block(page)
    hours = event.bounding_box()["height"] / 2  # type: ignore[index]
    drag(page, event, hours * 1.5, from_bottom=True)
    expect(page.locator("#agenda-said")).to_contain_text("09.00")
    expect(page.locator("#agenda-said")).to_contain_text("12.30")
    page.reload()
    assert block(page).bounding_box()["height"] > hours * 3  # type: ignore[index]
    block(page).click()
    page.wait_for_url("**/appointments/*")
    expect(page.get_by_text("09.00 – 12.30 uur").first).to_be_visible()


@pytest.mark.parametrize("yes", [False, True])
def test_dragging_onto_another_appointment_asks_first(as_assistant: Page, size: str, yes: bool) -> None:
    if size == "390":
        pytest.skip("one drags with a mouse; on a phone Bewerk does it")
    page, day = as_assistant, Calendar().add(free_day(size, 7), 1 if yes else 0)
    make_dossier(page)
    plan(page, day, "09:00")
    make_dossier(page)
    plan(page, day, "13:00")
    open_agenda(page, day)
    asked = answering(page, yes)
    event = block(page)
    before = event.bounding_box()
    assert before
    drag(page, event, before["height"] * 1.75)
    if yes:
        expect(page.locator("#agenda-said")).to_contain_text("Verplaatst naar")
    else:
        page.wait_for_timeout(500)
        expect(page.locator("#agenda-said")).to_be_empty()
    assert len(asked) == 1 and "heeft van 13.00 tot 15.00 uur al een afspraak" in asked[0]
    assert "Toch plannen?" in asked[0]
    page.reload()
    there = block(page).bounding_box()
    assert there and (there["y"] > before["y"] + before["height"]) == yes


@pytest.mark.requirement("O-066", side="crm")
@pytest.mark.requirement("O-067", side="crm")
@pytest.mark.requirement("O-068", side="crm")
def test_klant_nabellen_is_ticked_and_taken_back(as_assistant: Page, size: str) -> None:
    page, day = as_assistant, free_day(size, 5)
    make_dossier(page)
    plan(page, day)
    expect(page.get_by_text("Klant nabellen").first).to_be_visible()
    page.goto("/tasks?whose=branch")
    screenshot(page, "takenlijst")
    axe(page)
    count = page.get_by_role("link", name="Klant nabellen", exact=True).count()
    page.get_by_role("button", name="Gereed: Klant nabellen").first.click()
    expect(page.get_by_role("link", name="Klant nabellen", exact=True)).to_have_count(count - 1)
    page.get_by_role("button", name="Ongedaan maken").click()
    expect(page.get_by_role("link", name="Klant nabellen", exact=True)).to_have_count(count)
    page.get_by_role("link", name="Klant nabellen", exact=True).first.click()
    axe(page)
    page.get_by_role("link", name="Bewerken").click()
    page.get_by_label("Uiterlijk op").fill((day + dt.timedelta(days=14)).isoformat())
    axe(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("De taak is opgeslagen.")).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/agenda?view=list", "/agenda/absences", "/tasks", "/tasks/new"])
def test_pages_are_accessible(page: Page, address: str) -> None:
    log_in(page, "adviser")
    page.goto(address)
    screenshot(page, "activities" + address.replace("/", "-").replace("?", "-"))
    axe(page)


def test_the_agenda_works_without_script(browser, office, size: str) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(base_url=office.url, java_script_enabled=False, locale="nl-NL")
    page = log_in(context.new_page(), "adviser")
    page.goto("/agenda")
    expect(page.get_by_role("link", name="Volgende week")).to_be_visible()
    context.close()
