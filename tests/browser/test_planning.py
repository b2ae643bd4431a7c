"""An orientation talk planned on one screen, counted and undone; a client who asks for one and becomes a relation."""

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from crm import formats
from crm.workdays import Calendar
from tests.browser.hands import Hands
from tests.browser.look import axe, log_in, screenshot
from tests.browser.office import Office
from tests.browser.within import inside, mails_wait

NUMBERS = itertools.count(10)


@pytest.fixture
def reachable_branch(page: Page) -> None:
    """Vestiging Utrecht has an address and a telephone number, which every confirmation names."""
    log_in(page, "admin")
    page.goto("/admin/branches")
    page.get_by_role("link", name="Utrecht").click()
    for label, text in {"Straat": "Neude", "Huisnummer": "1", "Postcode": "3512 AD", "Plaats": "Utrecht"}.items():
        page.get_by_label(label).first.fill(text)
    page.get_by_label("Telefoon").first.fill("030 1234567")
    page.get_by_role("button", name="Opslaan").click()
    page.context.clear_cookies()


def somebody() -> dict[str, str]:
    """A client nobody knows yet."""
    number = next(NUMBERS)
    return {
        "Voorletters": "J.",
        "Voornaam": "Joris",
        "Achternaam": f"Proef{chr(97 + number % 26)}{chr(97 + number // 26)}{number}",
        "Geboortedatum": f"19{number}-02-03",
        "Telefoonnummer": f"06 418200{number}",
        "E-mailadres": f"joris{number}@voorbeeld.nl",
        "Postcode": "1012 AB",
        "Huisnummer": f"{number}",
        "Straat": "Damrak",
        "Woonplaats": "Amsterdam",
    }


def fill_client(hands: Hands, place: Locator, client: dict[str, str]) -> None:
    """What is asked of a client, in the form of a new relation."""
    hands.tick(place.get_by_label("De heer").first)
    for label, text in client.items():
        hands.type(place.get_by_label(label).first, text, keys=8 if label == "Geboortedatum" else None)


def one_screen(page: Page, client: dict[str, str], meanwhile: Callable[[Locator], None] | None = None) -> Hands:
    """*Oriëntatiegesprek plannen*, from Start to the confirmation that waits; `meanwhile` is given the chosen time."""
    page.goto("/")
    hands = Hands(page)
    hands.click(page.get_by_role("link", name="Oriëntatiegesprek plannen").first)
    hands.click(page.get_by_role("button", name="Nieuwe klant"))
    fill_client(hands, page.locator("[data-prefix='client-']"), client)
    hands.choose(page.get_by_label("Bron"), "Algemeen bekend")
    hands.choose(page.get_by_label("Type"), "Aankoop woning")
    hands.choose(page.locator("#dossier-profile"), "Starter")
    hands.choose(page.get_by_label("Toegewezen aan"), "Peter van Dijk")
    slot = page.locator("input[name=slot]").first
    expect(slot).to_be_visible()
    hands.tick(slot)
    expect(page.locator("#mail_body")).to_be_visible()
    if meanwhile:
        meanwhile(slot)
    hands.click(page.get_by_role("button", name="Plan het gesprek"))
    expect(page.get_by_role("heading", level=1, name="Oriëntatiegesprek gepland")).to_be_visible()
    return hands


def step_by_step(page: Page, client: dict[str, str]) -> Hands:
    """The procedure 1.1 to 1.10 literally, from Start to the confirmation that waits."""
    page.goto("/")
    hands = Hands(page)
    unfold = page.get_by_role("button", name="Menu", exact=True)
    if unfold.is_visible():
        hands.click(unfold)
    hands.click(page.get_by_role("button", name="Meer bij Relaties"))
    hands.click(page.get_by_role("link", name="Nieuwe relatie", exact=True))
    hands.click(page.get_by_role("button", name="Volgende"))
    fill_client(hands, page.get_by_role("region", name="Klant", exact=True), client)
    hands.click(page.get_by_role("button", name="Opslaan"))
    hands.click(page.get_by_role("link", name="Nieuw dossier").first)
    hands.choose(page.get_by_label("Bron"), "Algemeen bekend")
    hands.choose(page.get_by_label("Type"), "Aankoop woning")
    hands.choose(page.get_by_label("Onderwerp"), "Starter")
    hands.click(page.get_by_role("button", name="Opslaan"))
    hands.click(page.get_by_role("tab", name="Nieuw event"))
    event = page.get_by_role("tabpanel", name="Nieuw event")
    hands.choose(event.get_by_label("Toegewezen aan"), "Peter van Dijk")
    hands.click(event.locator("[data-free] a").first)
    hands.click(event.get_by_role("button", name="Opslaan"))
    hands.click(page.get_by_role("tab", name="E-mail", exact=True))
    hands.click(page.get_by_role("link", name="Afspraakbevestiging"))
    hands.click(page.get_by_role("button", name="Versturen"))
    expect(page.locator("main")).to_contain_text("Wacht op versturen")
    return hands


def test_one_screen_plans_and_undoes(
    page: Page, office: Office, reachable_branch: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(office):
        mails_wait(120)
    log_in(page)
    page.goto("/planning/orientation")
    axe(page)
    literally = step_by_step(page, somebody())
    client = somebody()
    hands = one_screen(page, client)
    with capsys.disabled():
        print(f"\n{literally.say('step by step')}; {hands.say('one screen')}")
    assert hands.clicks < literally.clicks
    assert hands.loads < literally.loads
    screenshot(page, "planned")
    axe(page)
    expect(page.get_by_text("Klant nabellen")).to_be_visible()
    page.get_by_role("button", name="Alles ongedaan maken").click()
    expect(page.get_by_role("heading", level=1, name="Oriëntatiegesprek ongedaan gemaakt")).to_be_visible()
    axe(page)
    page.goto(f"/search?q={client['Achternaam']}")
    expect(page.get_by_role("main")).not_to_contain_text("Joris")


def test_only_what_is_asked_now_is_shown_and_the_client_stays_in_sight(page: Page, reachable_branch: None) -> None:
    log_in(page)
    page.goto("/planning/orientation")
    page.get_by_role("button", name="Nieuwe klant").click()
    expect(page.get_by_role("button", name="Toch zoeken")).to_be_in_viewport()
    expect(page.get_by_label("Anders, namelijk")).to_be_hidden()
    page.locator("#dossier-profile").select_option("other")
    expect(page.get_by_label("Anders, namelijk")).to_be_visible()
    page.get_by_label("Toegewezen aan").select_option(label="Peter van Dijk")
    expect(page.locator("input[name=slot]").first).to_be_visible()
    expect(page.get_by_label("Begintijd")).to_be_hidden()
    page.get_by_label("Zelf een tijd kiezen").check()
    expect(page.get_by_label("Begintijd")).to_be_visible()
    axe(page)
    screenshot(page, "plan-new")
    page.get_by_role("button", name="Toch zoeken").click()
    expect(page.get_by_label("Zoek de klant op")).to_be_in_viewport()


# The answer to the choice of an adviser comes while the time is clicked: it still shows no time as chosen.
CLICKS_WHILE_IT_LOOKS = """() => {
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    window.fetch = ask;
    document.querySelector("input[name=slot]").click();
    return answer;
  };
}"""


def test_what_is_chosen_while_the_screen_looks_again_stays_chosen(page: Page, reachable_branch: None) -> None:
    log_in(page)
    page.goto("/planning/orientation")
    page.get_by_role("button", name="Nieuwe klant").click()
    fill_client(Hands(page), page.locator("[data-prefix='client-']"), somebody())
    page.get_by_label("Bron").select_option(label="Algemeen bekend")
    page.get_by_label("Type").select_option(label="Aankoop woning")
    page.locator("#dossier-profile").select_option("starter")
    page.get_by_label("Toegewezen aan").select_option(label="Peter van Dijk")
    expect(page.locator("input[name=slot]").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.evaluate(CLICKS_WHILE_IT_LOOKS)
    page.get_by_label("Op kantoor").dispatch_event("change")
    expect(page.locator("#mail_body")).to_be_visible()
    expect(page.locator("input[name=slot]").first).to_be_checked()


@pytest.mark.requirement("O-006", "O-007", "O-008", "O-009", "O-010", "O-011", side="crm")
def test_what_to_tell_the_client_is_at_the_side_with_the_real_deadline(page: Page, reachable_branch: None) -> None:
    log_in(page)
    client = somebody()
    told: list[str] = []

    def tell(slot: Locator) -> None:
        script = page.get_by_role("region", name="Vertel de klant")
        day = dt.datetime.fromisoformat(slot.get_attribute("value") or "").date()
        expect(script).to_contain_text(formats.long_date(Calendar().before(day)))
        for point in script.get_by_role("checkbox").all():
            point.check()
        told.extend(script.locator("label").all_inner_texts())

    one_screen(page, client, meanwhile=tell)
    kept = page.get_by_role("region", name="Verteld aan de klant")
    for word in ("bevestiging", "kennismaking", "persoonlijke gegevens", "documenten", "één werkdag", "verzetten"):
        assert any(word in point for point in told), word
    for point in told:
        expect(kept).to_contain_text(point.strip())


@pytest.mark.requirement("O-020", side="crm")
@pytest.mark.requirement("O-021", side="crm")
@pytest.mark.requirement("O-022", side="crm")
def test_a_client_asks_and_becomes_one(page: Page, reachable_branch: None) -> None:
    client = somebody()
    page.goto("/aanvraag")
    axe(page)
    for label in ("Achternaam", "Telefoonnummer", "E-mailadres", "Postcode", "Huisnummer"):
        page.get_by_label(label).first.fill(client[label].upper() if label == "Achternaam" else client[label])
    page.get_by_label("Mijn eerste huis kopen").check()
    page.locator("[name=consent]").check()
    page.wait_for_timeout(3500)
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_role("heading", name="Bedankt, uw aanvraag is binnen")).to_be_visible()
    axe(page)
    log_in(page)
    page.goto("/service-requests")
    axe(page)
    page.get_by_role("rowheader").get_by_role("link", name=client["Achternaam"]).click()
    axe(page)
    page.get_by_role("link", name="Maak klant aan").click()
    expect(page.get_by_label("Achternaam").first).to_have_value(client["Achternaam"])
    expect(page.get_by_text("Vraag nog naar:")).to_be_visible()
    screenshot(page, "make-client")
    axe(page)
    page.get_by_label("De heer").first.check()
    for label in ("Geboortedatum", "Straat", "Woonplaats"):
        page.get_by_label(label).first.fill(client[label])
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(client["Achternaam"])
    expect(page.get_by_role("region", name="Serviceaanvragen").get_by_role("link", name="Bewerken")).to_be_visible()
