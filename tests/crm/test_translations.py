"""English as the second language: complete, up to date, and on screen."""

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

from crm import records
from tests.conftest import log_in

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
    options = ["-F", "babel.cfg", "-k", "lazy_gettext", "--no-location", "-o", str(found), "."]
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
