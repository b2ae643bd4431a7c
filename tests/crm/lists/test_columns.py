"""Columns in the address, and the file that has exactly what is seen."""

import re

import pytest

from crm import records
from crm.db import db
from crm.lists import Column, queries
from crm.relations.models import Relation
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_dossier, make_relation

PAGES = {"relations": "/relations", "dossiers": "/dossiers", "service-requests": "/service-requests", "tasks": "/tasks"}


def heads(page: str) -> list[str]:
    """What stands above the columns, without the one of the ticks."""
    row = page.partition("<thead>")[2].partition("</thead>")[0]
    return [text.strip() for text in re.findall(r"<th[^>]*>([^<]+)</th>", row)]


def sheet(client, address: str) -> list[list[str]]:
    """A CSV file as rows of cells."""
    text = client.get(address).text
    assert text.startswith("\ufeff")
    return [line.split(";") for line in text[1:].split("\r\n") if line]


@pytest.fixture
def dossiers(branch, assistant):
    return [make_dossier(make_relation(branch, surname=name), assistant) for name in ("Bos", "Kuiper")]


def test_the_address_says_which_columns_and_in_what_order(as_assistant, dossiers):
    assert heads(as_assistant.get("/dossiers").text)[:3] == ["Relatie", "Nummer", "Dossier"]
    page = as_assistant.get("/dossiers?columns=status,lead_source,number").text
    assert heads(page) == ["Relatie", "Status", "Bron", "Nummer"] and "Algemeen bekend" in page


def test_what_no_column_is_called_is_left_out(as_assistant, dossiers):
    assert heads(as_assistant.get("/dossiers?columns=status,password_hash,status").text) == ["Relatie", "Status"]
    assert len(heads(as_assistant.get("/dossiers?columns=nonsense").text)) == 8


def test_the_menu_shows_hides_and_moves_without_scripts(as_assistant, dossiers):
    back = "/dossiers?status=open&columns=number"
    asked = {"back": back, "column": ["family", "status", "number"]}
    answer = as_assistant.get("/lists/dossiers/columns", query_string=asked)
    assert answer.location == "/dossiers?status=open&columns=family,status,number"
    answer = as_assistant.get("/lists/dossiers/columns", query_string=asked | {"up": "number"})
    assert answer.location == "/dossiers?status=open&columns=family,number,status&menu=columns"
    assert "<details" in as_assistant.get(answer.location).text and " open>" in as_assistant.get(answer.location).text
    first = as_assistant.get("/lists/dossiers/columns", query_string=asked | {"up": "status"})
    assert "family,status,number" in first.location


@pytest.mark.parametrize("back", ["https://evil.example/dossiers?x=1", "//evil.example", "/admin?x=1", "/dossiers"])
def test_back_leads_to_the_list_and_nowhere_else(as_assistant, back):
    answer = as_assistant.get("/lists/dossiers/columns", query_string={"back": back, "column": "status"})
    assert answer.location == "/dossiers?columns=family,status"


def test_the_file_has_exactly_the_columns_and_rows_that_are_seen(as_assistant, dossiers):
    for query in ("", "?columns=number,lead_source", "?status=open&columns=partner"):
        page = as_assistant.get(f"/dossiers{query}").text
        rows = sheet(as_assistant, f"/dossiers/export.csv{query}")
        assert rows[0] == heads(page)
        assert len(rows) == 1 + len(re.findall(r'<tr id="row-', page)) == 3
    assert as_assistant.get("/dossiers?columns=number").text.count('href="/dossiers/export.csv?columns=number"') == 1


def test_the_file_of_another_vestiging_is_empty(client, stranger, dossiers):
    assert len(sheet(log_in(client, stranger), "/dossiers/export.csv")) == 1


def test_every_column_of_every_list_has_a_text(app, as_assistant, dossiers, assistant, branch):
    """All columns at once, on the screen and in the file."""
    from crm.activities.operations import create_task
    from crm.service_requests.operations import receive

    create_task({"title": "Bellen", "assigned_to": assistant}, assistant, dossiers[0])
    receive({"surname": "Bos", "phone": "0612345678"}, "", branch, assistant, "phone")
    records.commit()
    for name, address in PAGES.items():
        with app.test_request_context():
            columns: tuple[Column, ...] = queries.lists()[name].columns
            keys = ",".join(column.key for column in columns)
        page = as_assistant.get(f"{address}?columns={keys}").text
        assert len(heads(page)) == len(columns), name
        rows = sheet(as_assistant, f"{address}/export.csv?columns={keys}")
        assert len(rows) == 3 if name in ("relations", "dossiers") else 2
        in_parts = sum(1 for column in columns if column.parts)
        assert {len(row) for row in rows} == {len(columns) - in_parts}


def test_a_foreign_number_is_no_formula_in_the_file(as_assistant, branch):
    made = Relation(surname="Peeters", branch_id=branch.id, phone="+32475123456", email="=1+1")
    records.save(made, None)
    records.commit()
    [_heads, row] = sheet(as_assistant, "/relations/export.csv?columns=phone,email")
    assert row == ["", "", "", "Peeters", "+32 475 12 34 56", "'=1+1"]


@pytest.mark.parametrize("address", PAGES.values())
def test_as_many_statements_with_views_and_all_columns(app, address, as_assistant, assistant, branch, statements):
    from crm.lists.operations import begin_with, save_view

    name = next(key for key, page in PAGES.items() if page == address)
    with app.test_request_context():
        keys = ",".join(column.key for column in queries.lists()[name].columns)
    counts = []
    for count in (1, 30):
        owner = db.session.merge(assistant)
        for number in range(count):
            view = save_view(
                name, {"name": f"W {count} {number}", "query": "status=open"}, owner, lambda _audience: True
            )
            make_dossier(make_relation(db.session.merge(branch), surname=f"Bos {number}"), owner)
        begin_with(view, True, owner)
        records.commit()
        as_assistant.get(address)  # what is kept between requests is fetched
        db.session.expunge_all()
        statements.clear()
        assert as_assistant.get(f"{address}?columns={keys}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, statements
