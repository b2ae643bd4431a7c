"""Beheer → Logboek and the history of a record."""

import datetime as dt
import io
import re

import pytest
from sqlalchemy import delete, inspect, select

from crm import formats, records
from crm.audit import operations, queries
from crm.audit.models import AuditEntry
from crm.db import db
from crm.imports import operations as imports
from crm.mail import operations as mail
from crm.relations import operations as relations
from crm.service_requests import operations as service_requests
from tests.conftest import log_in


@pytest.fixture
def as_admin(client, admin):
    return log_in(client, admin)


@pytest.fixture
def relation(app, assistant):
    values = {"first_name": "Jan", "surname": "Voorbeeld", "phone": "06 12345678", "birth_date": dt.date(1980, 3, 14)}
    made = relations.create(values, assistant)
    records.commit()
    relations.update(made, {"surname": "Proefstra", "title": "mr", "phone": "06 87654321"}, assistant)
    records.commit()
    return made


def test_the_log_is_for_a_beheerder_only(as_assistant):
    assert as_assistant.get("/admin/log").status_code == 403
    assert as_assistant.post("/admin/log/verify").status_code == 403


def test_the_log_shows_who_did_what_newest_first(as_admin, relation):
    page = as_admin.get("/admin/log").text
    assert "Marieke Bakker" in page and f'href="/history/relation/{relation.id}"' in page
    assert page.index("Gewijzigd") < page.index("Gemaakt", page.index("<tbody>"))
    assert 'href="/admin/log"' in as_admin.get("/admin").text


def test_filters(as_admin, relation, assistant, admin):
    def shown(**asked):
        return as_admin.get("/admin/log", query_string=asked).text.count("<tr>") - 1

    mine = db.session.scalars(select(AuditEntry).where(AuditEntry.user_id == assistant.id)).all()
    assert shown(user=assistant.id) == len(mine)
    assert shown(kind="relation") == 2
    assert shown(kind="relation", user=admin.id) == -1
    assert shown(kind="relation", day=dt.date.today().isoformat()) in (0 - 1, 2)
    assert shown(kind="relation", day="2001-01-01") == -1
    assert shown(kind="relation", day="geen dag", user="niemand") == 2


def test_fifty_a_page_and_on(as_admin, branch, admin):
    for number in range(60):
        branch.phone = f"+3130{number:07d}"
        records.save(branch, admin)
    records.commit()
    page = as_admin.get("/admin/log?kind=branch").text
    assert page.count("<tr>") == 51 and "Ouder" in page
    link = page.rpartition('href="/admin/log?')[2].partition('"')[0].replace("&amp;", "&")
    older = as_admin.get(f"/admin/log?{link}").text
    assert 11 <= older.count("<tr>") - 1 <= 12 and "Ouder" not in older


def test_few_statements_however_many_rows(as_admin, branch, admin, statements):
    counts = []
    for _ in range(2):
        as_admin.get("/admin/log")
        statements.clear()
        as_admin.get("/admin/log")
        counts.append(len(statements))
        for number in range(49):
            branch.phone = f"+3130{number:07d}"
            records.save(branch, admin)
        records.commit()
    assert counts[0] == counts[1] <= 8


def test_a_worker_verifies_and_the_page_tells(as_admin, relation, run_jobs):
    assert "Nog niet gecontroleerd" in as_admin.get("/admin/log").text
    as_admin.post("/admin/log/verify", data={"once": "een"})
    run_jobs()
    assert "Het logboek klopt:" in as_admin.get("/admin/log").text
    entry = db.session.scalars(select(AuditEntry.id).where(AuditEntry.record_kind == "relation")).first()
    db.session.execute(delete(AuditEntry).where(AuditEntry.id == entry))
    records.commit()
    broken_at = operations.check_chain()
    page = as_admin.get("/admin/log").text
    assert f"Het logboek klopt niet vanaf regel {broken_at}." in page and "Het logboek klopt:" not in page


def test_history_tells_what_changed_from_what_to_what(as_assistant, relation):
    page = as_assistant.get(f"/history/relation/{relation.id}").text
    for text in (
        "Voorbeeld",
        "Proefstra",
        "06 12345678",
        "06 87654321",
        "Utrecht",
        "Marieke Bakker",
        formats.short_date(relation.birth_date),
    ):
        assert text in page, text
    assert "match_name" not in page and "Sort name" not in page


def test_history_of_what_one_may_not_see_is_not_found(client, relation, stranger):
    assert log_in(client, stranger).get(f"/history/relation/{relation.id}").status_code == 404
    assert client.get("/history/nothing/1").status_code == 404


def test_few_statements_for_a_history(as_assistant, relation, assistant, statements):
    address, counts = f"/history/relation/{relation.id}", []
    for _ in range(2):
        as_assistant.get(address)
        statements.clear()
        as_assistant.get(address)
        counts.append(len(statements))
        for number in range(30):
            relations.update(relation, {"street": f"Straat {number}"}, assistant)
        records.commit()
    assert counts[0] == counts[1] <= 8


def test_every_column_is_told_in_words_or_kept_by_the_house(app):
    for kind in records.kinds().values():
        columns = {column.key for column in inspect(kind.model).columns} - records.IGNORED - queries.HIDDEN
        assert not columns - kind.labels.keys() - queries.LABELS.keys(), kind.name


def test_every_state_has_words(app):
    typed = {"document_template": {"purpose"}}  # in the words of who wrote it
    for kind in records.kinds().values():
        columns = {column.key for column in inspect(kind.model).columns} - typed.get(kind.name, set())
        for name in columns & {"status", "channel", "record_type", "role", "step", "purpose", "list_name", "guards"}:
            choices = kind.choices.get(name)
            assert choices() if callable(choices) else choices, f"{kind.name}.{name}"


def told(client, record):
    """The words of a record's history."""
    return re.findall(r"<td[^>]*>(?:<[^>]*>)*([^<]*)", client.get(f"/history/{record.kind}/{record.id}").text)


def test_the_history_of_a_mail_an_import_and_a_request_is_in_words(
    as_assistant, relation, branch, assistant, app, admin
):
    letter = mail.queue(
        mail.compose(relation, None, assistant, to="a@voorbeeld.nl", title="Hallo", body="Tekst"),
        assistant,
        sure={"third_party"},
    )
    mail.undo(letter, assistant)
    relations.update(relation, {"record_type": "contact"}, assistant)
    asked = relations.ask_access(relation, assistant)
    relations.grant_access(asked, assistant)
    work = imports.receive(io.BytesIO(b"achternaam;voornaam\nJansen;Jan\n"), "a.csv", branch, admin)
    imports.choose_columns(work, {"surname": "achternaam"}, True, admin)
    imports.start(work, admin, dry_run=True)
    request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch, channel="api")
    records.commit()
    words = told(as_assistant, letter)
    assert {"Concept, niet verstuurd", "Wacht op versturen", "Overig"} <= set(words)
    assert {"Open", "Toegang gegeven"} <= set(told(as_assistant, asked))
    assert {"Kolommen kiezen", "Proefdraaien"} <= set(told(log_in(app.test_client(), admin), work))
    assert "Koppeling" in told(as_assistant, request)
    assert {"Klant", "Contactpersoon"} <= set(told(as_assistant, relation))
    assistant.language = "en"
    records.save(assistant, None)
    records.commit()
    assert "Draft, not sent" in told(as_assistant, letter) and "API link" in told(as_assistant, request)


def test_the_history_of_a_user_is_in_words_and_tells_no_secrets(as_admin, admin):
    admin.totp_secret, admin.role, admin.is_enabled, admin.totp_last_counter = "GEHEIM", "adviser", False, 7
    admin.password_hash = "anders"
    records.save(admin, admin)
    admin.role, admin.is_enabled = "admin", True
    records.save(admin, admin)
    records.commit()
    page = as_admin.get(f"/history/user/{admin.id}").text
    assert ">Rol<" in page and ">Adviseur<" in page and ">Mag inloggen<" in page
    for raw in ("Role", "Password", "Totp", "Recovery", "GEHEIM", "anders", "Is enabled", "…"):
        assert f">{raw}" not in page
