"""English beside Dutch, for the tests of every room."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import get_domain

CATALOGUE = Path(__file__).parents[2] / "crm" / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def read(file: Path) -> Catalog:
    with file.open("rb") as content:
        return read_po(content, locale="en")


@pytest.fixture(scope="session")
def english():
    """The English catalogue."""
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
