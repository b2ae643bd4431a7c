"""English as the second language: complete, up to date, and on screen."""

import ast
import datetime as dt
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import get_domain
from wtforms import StringField
from wtforms.validators import InputRequired

from crm import formats, records
from crm.activities.office import deadline
from crm.dossiers import operations as dossiers
from crm.forms import Form
from crm.mail.words import about_appointment
from crm.records import Refused
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_appointment, make_dossier, make_relation

HOUSE = Path(__file__).parents[2]
CATALOGUE = HOUSE / "crm" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*\}")


def read(file: Path) -> Catalog:
    with file.open("rb") as content:
        return read_po(content, locale="en")


def texts(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    """Every Dutch text of a catalogue; one with a plural as a pair."""
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}


def pairs(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Every Dutch text with its English one, singular and plural apart."""
    for message in catalogue:
        if isinstance(message.id, str):
            if message.id:
                yield message.id, str(message.string)
        else:
            yield from zip(message.id, message.string, strict=True)


@pytest.fixture(scope="module")
def english():
    return read(CATALOGUE)


@pytest.fixture
def translated(app, english, monkeypatch, tmp_path):
    """The app with the catalogue as it is in the checkout, compiled or not."""
    compiled = tmp_path / "en" / "LC_MESSAGES" / "messages.mo"
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as out:
        write_mo(out, english)
    monkeypatch.setattr(app.extensions["babel"], "translation_directories", [str(tmp_path)])
    monkeypatch.setattr(get_domain(), "cache", {})
    return app


def test_every_text_is_translated(english):
    assert [dutch for dutch, text in pairs(english) if not text.strip()] == []
    assert [message.id for message in english if message.fuzzy and message.id] == []


def test_placeholders_agree(english):
    differing = [
        (dutch, text)
        for dutch, text in pairs(english)
        if sorted(PLACEHOLDER.findall(dutch)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert differing == []


def test_the_catalogue_has_the_texts_of_code_and_templates(english, tmp_path):
    found = tmp_path / "messages.pot"
    options = ["-F", "babel.cfg", "-k", "lazy_gettext", "-k", "Refused", "--no-location", "-o", str(found), "."]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options], cwd=HOUSE, check=True)
    wanted, has = texts(read(found)), texts(english)
    assert (wanted - has, has - wanted) == (set(), set()), "run make texts, and translate what is new"


def test_the_header_says_what_it_is(english):
    assert CATALOGUE.read_text("utf-8").startswith("# English texts of Sleutel")
    assert english.num_plurals == 2


def test_a_browser_in_english_gets_the_log_in_page_in_english(translated):
    page = translated.test_client().get("/login", headers={"Accept-Language": "en-GB,en"}).text
    assert 'lang="en"' in page
    assert "Password" in page and "Wachtwoord" not in page


def test_a_user_who_chose_english_gets_the_start_page_in_english(translated, client, assistant):
    assert "Dossiers" in log_in(client, assistant).get("/").text
    assistant.language = "en"
    records.save(assistant, None)
    records.commit()
    page = client.get("/").text
    assert 'lang="en"' in page
    assert "Service requests" in page and "Task list" in page
    assert "Serviceaanvragen" not in page and "Takenlijst" not in page


@pytest.fixture
def in_english(translated, client, assistant):
    """A browser of an assistant who chose English."""
    assistant.language = "en"
    records.save(assistant, None)
    records.commit()
    return log_in(client, assistant)


def test_what_a_rule_refuses_is_said_in_english_with_the_names_of_content(in_english, assistant):
    dossier = make_dossier(make_relation(assistant.branches[0]), assistant)
    page = in_english.post(f"/dossiers/{dossier.id}/status/application", data={})
    assert page.status_code == 422 and "From Orienting you cannot go to Application." in page.text
    page = in_english.get(f"/dossiers/{dossier.id}/status").text
    assert "Plan an appointment with New event first" in page and "Plan eerst" not in page
    assert "Generally known" in in_english.get(f"/dossiers/{dossier.id}").text
    assert "Details of Sanne de Vries" in in_english.get(f"/dossiers/{dossier.id}").text


def test_what_the_house_said_in_the_feed_is_in_the_readers_language(in_english, assistant, app):
    dossier = make_dossier(make_relation(assistant.branches[0]), assistant)
    dossiers.change_status(dossier, "advice", assistant, assistant_id=assistant.id)
    records.commit()
    page = in_english.get(f"/dossiers/{dossier.id}?tab=feed").text
    assert "Status: Orienting → Advice" in page and f"Dossier {dossier.number} created" in page
    assistant.language = "nl"
    records.save(assistant, None)
    records.commit()
    page = in_english.get(f"/dossiers/{dossier.id}?tab=feed").text
    assert "Status: Oriënteren → Advies" in page and f"Dossier {dossier.number} gemaakt" in page


def test_a_refusal_is_dutch_for_who_reads_dutch_and_outside_of_pages(app):
    refusal = Refused("Van %(status)s kunt u niet naar %(to)s.", status="Intake", to="Aanvraag")
    assert str(refusal) == "Van Intake kunt u niet naar Aanvraag."


@pytest.mark.parametrize(("language", "said"), [("nl", "Dit veld is vereist."), ("en", "This field is required.")])
def test_what_wtforms_says_is_in_the_readers_language(app, language, said):
    class Asked(Form):
        name = StringField(validators=[InputRequired()])

    with app.test_request_context("/", method="POST", headers={"Accept-Language": language}):
        form = Asked()
        assert not form.validate()
        assert form.name.errors == [said]


def test_a_sentence_with_a_per_cent_sign_stays_whole(app):
    assert str(Refused("100% zeker.")) == "100% zeker."


def test_dates_are_in_the_readers_language_and_letters_stay_dutch(in_english, assistant, adviser):
    dossier = make_dossier(make_relation(assistant.branches[0]), assistant)
    talk = make_appointment(dossier, adviser, assistant)
    page = in_english.get(f"/appointments/{talk.id}").text
    there = formats.local(deadline(talk.starts_at)).date()
    assert formats.day_label(there, "en") in page and formats.day_label(there) not in page
    assert "today " in page and "vandaag" not in page
    assert about_appointment(talk)["afspraak.datum"][0] == formats.long_date(formats.local(talk.starts_at).date())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_dates_of_both_languages(language):
    moment = dt.datetime(2025, 6, 3, 8, 0, tzinfo=dt.UTC)
    said = {
        "nl": ("dinsdag 3 juni 2025", "di 3 jun 2025", "10.00 uur", "di 3 jun 2025 10:00"),
        "en": ("Tuesday 3 June 2025", "Tue 3 Jun 2025", "10:00", "Tue 3 Jun 2025 10:00"),
    }
    day = moment.date()
    found = (formats.long_date(day, language), formats.day_label(day, language), formats.clock(moment, language))
    assert (*found, formats.when(moment, language)) == said[language]


def test_no_refusal_is_put_together_by_itself():
    """A sentence made with an f-string can't be translated: what differs goes in as %(name)s."""
    found = [
        f"{file.relative_to(HOUSE)}:{node.lineno}"
        for file in sorted((HOUSE / "crm").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refused"
        and isinstance(node.args[0], ast.JoinedStr)
    ]
    assert found == []
