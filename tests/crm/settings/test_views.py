"""Beheer and its page Instellingen."""

import re

import pytest

from crm import records
from crm.settings import operations, setting
from tests.conftest import log_in


@pytest.fixture
def as_admin(client, admin):
    return log_in(client, admin)


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)[1]


def test_only_a_beheerder_comes_in(as_assistant):
    assert "Beheer" not in as_assistant.get("/").text
    assert as_assistant.get("/admin").status_code == 403
    assert as_assistant.get("/admin/settings").status_code == 403
    assert as_assistant.post("/admin/settings/office", data={"office-name": "Mis"}).status_code == 403


def test_beheer_shows_the_cards_of_the_rooms(as_admin):
    assert 'href="/admin"' in as_admin.get("/").text
    page = as_admin.get("/admin").text
    assert "Instellingen" in page and 'href="/admin/settings"' in page


def test_a_change_is_kept_and_shown(as_admin, app):
    page = as_admin.get("/admin/settings").text
    typed = {
        "office-name": "Kantoor Zuid",
        "office-phone": "030-2345678",
        "office-version": hidden(page, "office-version"),
        "once": "een",
    }
    answer = as_admin.post("/admin/settings/office", data=typed)
    assert answer.headers["Location"] == "/admin/settings#office"
    assert (setting("office.name"), setting("office.phone")) == ("Kantoor Zuid", "+31302345678")
    assert 'value="Kantoor Zuid"' in as_admin.get("/admin/settings").text
    again = as_admin.post("/admin/settings/office", data=typed | {"office-name": "Tweede klik"})
    assert again.status_code == 302 and setting("office.name") == "Kantoor Zuid"


def test_a_mistake_keeps_what_was_typed(as_admin):
    typed = {"office-name": "", "office-website": "geen adres", "office-version": "0"}
    answer = as_admin.post("/admin/settings/office", data=typed)
    assert answer.status_code == 422
    assert "Vul de naam van het kantoor in." in answer.text and 'value="geen adres"' in answer.text
    assert setting("office.name") == "Sleutel"


def test_the_second_editor_sees_both_versions(as_admin, admin):
    operations.change("office", {"name": "Van een ander"}, admin)
    records.commit()
    answer = as_admin.post("/admin/settings/office", data={"office-name": "Van mij", "office-version": "0"})
    assert answer.status_code == 409
    assert "Van een ander" in answer.text and 'value="Van mij"' in answer.text
    version = hidden(answer.text, "office-version")
    as_admin.post("/admin/settings/office", data={"office-name": "Van mij", "office-version": version})
    assert setting("office.name") == "Van mij"


def test_an_unknown_card_is_not_found(as_admin):
    assert as_admin.post("/admin/settings/no_such_room").status_code == 404


def test_few_statements(as_admin, statements):
    as_admin.get("/admin/settings")
    statements.clear()
    assert as_admin.get("/admin/settings").status_code == 200
    assert len(statements) <= 8
