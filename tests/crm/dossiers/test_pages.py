"""The dossier's page, its details, diensten and products, the list, bronnen."""

import datetime as dt

import pytest
from sqlalchemy import select, text

from crm import records
from crm.db import db
from crm.dossiers import operations, preparing
from crm.dossiers.forms import ProductForm
from crm.dossiers.models import LeadSource, Product, Service
from crm.relations.models import RelationAccess
from crm.settings.operations import change
from crm.workflows.operations import start
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_appointment, make_dossier, make_relation, values


def other_user(app, user):
    """A browser of another user: who is logged in is remembered per application context, which tests share."""
    return log_in(app.test_client(), user)


def test_page_says_what_matters(dossier, adviser, assistant, as_assistant):
    page = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "nog niet gepland" in page and "Algemeen bekend" in page and "Klaar voor het gesprek?" in page
    make_appointment(dossier, adviser, assistant)
    page = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Peter van Dijk" in page and "werkdag" in page and "· Utrecht" in page


def test_who_is_of_another_vestiging_sees_nothing_until_access_is_given(dossier, client, stranger, other_branch):
    log_in(client, stranger)
    assert client.get(f"/dossiers/{dossier.id}").status_code == 404
    assert dossier.number not in client.get("/dossiers").text
    records.keep(RelationAccess(relation_id=dossier.relation_id, branch_id=other_branch.id))
    records.commit()
    assert client.get(f"/dossiers/{dossier.id}").status_code == 200
    assert dossier.number in client.get("/dossiers").text


def test_two_editors_see_each_other_and_lose_nothing(dossier, branch, as_assistant):
    where = f"/dossiers/{dossier.id}/edit"
    began = dossier.version
    first = values(branch, version=began, description="Eerste")
    second = values(branch, version=began, description="Tweede")
    assert as_assistant.post(where, data=first).status_code == 302
    answer = as_assistant.post(where, data=second)
    assert answer.status_code == 409 and "Eerste" in answer.text and "Tweede" in answer.text
    again = values(branch, version=began + 1, description="Tweede")
    assert f'name="version" type="hidden" value="{began + 1}"' in answer.text
    assert as_assistant.post(where, data=again).status_code == 302
    db.session.refresh(dossier)
    assert dossier.description == "Tweede"


@pytest.mark.requirement("U-011", side="crm")
def test_diensten_are_added_changed_and_removed(dossier, as_assistant):
    sent = {"service_kind": "mortgage_advice", "status": "open"}
    assert as_assistant.post(f"/dossiers/{dossier.id}/services/new", data=sent).status_code == 302
    service = db.session.scalars(select(Service)).one()
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=holdings").text
    assert "Hypotheekadvies" in page and "Diensten &amp; producten" in page
    sent = {"service_kind": "aftercare", "status": "done", "version": service.version}
    assert as_assistant.post(f"/services/{service.id}/edit", data=sent).status_code == 302
    stale = as_assistant.post(f"/services/{service.id}/edit", data={**sent, "service_kind": "refinancing"})
    assert stale.status_code == 409 and "Nazorg" in stale.text
    assert as_assistant.post(f"/services/{service.id}/remove").status_code == 302
    assert "Dienst Nazorg verwijderd" in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_products_take_dutch_numbers(dossier, as_assistant):
    sent = {
        "product_kind": "mortgage", "provider": "Voorbeeldbank", "amount": "€ 285.000", "rate": "3,85",
        "fixed_until": "2035-01-01", "repayment": "annuity", "status": "running",
    }  # fmt: skip
    assert as_assistant.post(f"/dossiers/{dossier.id}/products/new", data=sent).status_code == 302
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=holdings").text
    for shown in ("Hypotheek · Voorbeeldbank", "€ 285.000,00", "3,85 %", "01-01-2035", "Annuïtair", "Lopend"):
        assert shown in page
    product = db.session.scalars(select(Product)).one()
    page = as_assistant.get(f"/products/{product.id}/edit").text
    assert 'value="285.000,00"' in page and 'value="3,85"' in page and 'type="number"' not in page
    wrong = {**sent, "amount": "veel", "ends_on": "2020-01-01", "starts_on": "2021-01-01"}
    answer = as_assistant.post(f"/dossiers/{dossier.id}/products/new", data=wrong)
    assert answer.status_code == 422 and "Schrijf een getal" in answer.text and 'value="veel"' in answer.text
    answer = as_assistant.post(f"/dossiers/{dossier.id}/products/new", data={**wrong, "amount": "1"})
    assert answer.status_code == 422 and "einddatum ligt voor de ingangsdatum" in answer.text


@pytest.mark.parametrize(
    ("typed", "amount", "rate"),
    [
        ("1.234,56", "1234.56", "1234.56"),
        ("3.850", "3850", "3.850"),
        ("3.85", "3.85", "3.85"),
        ("€ 1 000", "1000", "1000"),
    ],
)
def test_numbers_as_people_type_them(app, typed, amount, rate):
    with app.test_request_context(method="POST", data={"amount": typed, "rate": typed}):
        form = ProductForm()
        assert (str(form.amount.data), str(form.rate.data)) == (amount, rate)


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("amount", "1.234.567,89", ""),
        ("amount", "1.234.567,891", "ten hoogste 2 cijfers"),
        ("premium", "12,345", "ten hoogste 2 cijfers"),
        ("amount", "9" * 60, "9999999999"),
        ("rate", "1e9999999", "100"),
        ("rate", "3,855", ""),
        ("rate", "3,8555", "ten hoogste 3 cijfers"),
        ("provider", "B" * 100, ""),
        ("provider", "B" * 101, "niet"),
    ],
)
def test_what_a_product_takes(dossier, as_assistant, field, typed, wrong):
    sent = {"product_kind": "mortgage", "provider": "Bank", "status": "running", "repayment": "annuity", field: typed}
    answer = as_assistant.post(f"/dossiers/{dossier.id}/products/new", data=sent)
    assert answer.status_code == (422 if wrong else 302) and wrong in answer.text
    assert not wrong or f'value="{typed}"' in answer.text


def test_an_onderwerp_of_ones_own_leaves_room_for_the_title_of_a_talk(
    relation, branch, assistant, adviser, as_assistant
):
    where = f"/relations/{relation.id}/dossiers/new?new=1"
    too_long = values(branch, profile="other", profile_other="x" * 101)
    answer = as_assistant.post(where, data=too_long)
    assert answer.status_code == 422 and "x" * 101 in answer.text
    assert as_assistant.post(where, data={**too_long, "profile_other": "x" * 100}).status_code == 302
    [dossier] = operations.queries.dossiers_of(relation, assistant)
    assert len(make_appointment(dossier, adviser, assistant).title) <= 200


@pytest.mark.parametrize("typed", ["1e-99999", "1e99999", "NaN", "Infinity", "²", "0," + "0" * 30_000 + "1", "."])
def test_numbers_no_database_keeps_are_refused(as_assistant, dossier, typed):
    sent = {"product_kind": "mortgage", "provider": "Voorbeeldbank", "amount": typed}
    answer = as_assistant.post(f"/dossiers/{dossier.id}/products/new", data=sent)
    assert answer.status_code == 422 and "Schrijf een getal" in answer.text


@pytest.mark.requirement("U-009", side="crm")
def test_an_office_that_works_with_products_sees_those_first(dossier, as_assistant):
    change("dossiers", {"works_with": "products"}, None)
    records.commit()
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=holdings").text
    assert "Producten &amp; diensten" in page and page.index("products-title") < page.index("services-title")


def test_preparation_names_what_is_missing_and_is_ticked_by_hand(dossier, as_assistant):
    page = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "ontbreekt: geboortedatum, telefoonnummer, e-mailadres" in page
    person = dossier.relation
    person.birth_date, person.phone, person.email = dt.date(1990, 1, 1), "+31612345678", "s@voorbeeld.nl"
    records.save(person, None)
    records.commit()
    for _ in range(2):
        as_assistant.post(f"/dossiers/{dossier.id}/preparation/documents", data={"on": "1"})
    found = {item.key: item.done for item in preparing.preparation(dossier)}
    assert found == {"contact_client": True, "intake_form": False, "documents": True}
    as_assistant.post(f"/dossiers/{dossier.id}/preparation/documents", data={"on": "0"})
    assert "documents" not in {tick.item for tick in dossier.ticks}
    assert as_assistant.post(f"/dossiers/{dossier.id}/preparation/contact_client", data={"on": "1"}).status_code == 409


def test_list_filters_by_the_address_and_exports_what_it_shows(relation, assistant, adviser, as_assistant):
    mine = make_dossier(relation, assistant, adviser_id=adviser.id)
    other = make_dossier(relation, assistant, assistant_id=adviser.id)
    operations.change_status(other, "cancelled", assistant, "Klant wil niet")
    records.commit()
    for query, shown in (
        ("", {mine, other}),
        ("status=open", {mine}),
        ("status=cancelled", {other}),
        (f"adviser={adviser.id}", {mine}),
        ("mine=y", {mine}),
        ("status=nonsense&branch=x", {mine, other}),
    ):
        page, sheet = (
            as_assistant.get(f"/dossiers?{query}").text,
            as_assistant.get(f"/dossiers/export.csv?{query}").text,
        )
        for dossier in (mine, other):
            assert (dossier.number in page) == (dossier.number in sheet) == (dossier in shown), query


def test_export_holds_no_formulas(assistant, branch, as_assistant):
    make_dossier(make_relation(branch, first_name="=cmd()", surname_prefix=""), assistant)
    assert "\n'=cmd() Vries;" in as_assistant.get("/dossiers/export.csv").text


def test_pages_of_the_list_follow_a_cursor(relation, assistant, as_assistant, monkeypatch):
    monkeypatch.setattr(operations.queries, "PAGE", 2)
    made = [make_dossier(relation, assistant) for _ in range(3)]
    monkeypatch.setattr(operations.queries.dossier_list, "__defaults__", (None, 2))
    first = as_assistant.get("/dossiers").text
    assert made[2].number in first and made[0].number not in first
    assert made[0].number in as_assistant.get(f"/dossiers?after={made[1].id}").text


@pytest.mark.parametrize(
    "where", ["/dossiers", "/dossiers/{}", "/dossiers/{}?tab=holdings", "/dossiers/{}?tab=details"]
)
def test_as_many_statements_for_one_row_as_for_fifty(where, branch, assistant, as_assistant, statements):
    counts = []
    for count in (1, 50):
        branch, assistant = db.session.merge(branch), db.session.merge(assistant)
        for number in range(count):
            last = make_dossier(make_relation(branch, first_name=f"Klant {number}"), assistant)
        kind = {"service_kind": "mortgage_advice"}
        services = [operations.save_service(last, kind, assistant) for _ in range((count + 1) // 2)]
        records.save_many([Product(product_kind="mortgage", provider="B", dossier=last) for _ in services], assistant)
        for service in services:
            start(service, "orientation", assistant)
        records.commit()
        address = where.format(last.relation_id if "relations" in where else last.id)
        db.session.expunge_all()
        statements.clear()
        assert as_assistant.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, statements


def test_what_somebody_else_changed_beside_the_form_stays(dossier, branch, assistant, as_assistant):
    """A status is no field of the form."""
    where, sent = f"/dossiers/{dossier.id}/edit", values(branch, description="Eerste")
    assert as_assistant.post(where, data={**sent, "version": dossier.version}).status_code == 302
    db.session.refresh(dossier)
    began = dossier.version
    operations.change_status(dossier, "cancelled", assistant, "Belt niet terug")
    records.commit()
    answer = as_assistant.post(where, data={**sent, "description": "Later", "version": began})
    assert answer.status_code == 302
    db.session.refresh(dossier)
    assert (dossier.status, dossier.description, dossier.version) == ("cancelled", "Later", began + 2)


def test_bronnen_are_the_beheerders(app, branch, as_assistant, admin):
    assert as_assistant.get("/lead-sources").status_code == 403
    boss = other_user(app, admin)
    assert "Algemeen bekend" in boss.get("/lead-sources").text
    assert boss.post("/lead-sources", data={"name": "Podcast", "weight": "5", "is_active": "y"}).status_code == 302
    assert boss.post("/lead-sources", data={"name": "podcast"}).status_code == 422
    source = db.session.scalars(select(LeadSource).where(LeadSource.name == "Podcast")).one()
    sent = {"name": "Podcast", "weight": "5", "version": source.version}
    assert boss.post(f"/lead-sources/{source.id}", data=sent).status_code == 302
    assert source not in operations.queries.lead_sources()
    operations.load_lead_sources()
    db.session.refresh(source)
    assert not source.is_active


def plan_of(query):
    """How SQLite goes about a query."""
    sql = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    return [row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]


def test_the_dossiers_of_a_client_come_from_the_index(app, dossier, assistant):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the plan is told in SQLite's words")
    plan = plan_of(operations.queries.of_people(assistant).params(people=[dossier.relation_id]))
    assert any("ix_dossiers_relation_id" in line for line in plan)
    assert any("ix_dossiers_partner_id" in line for line in plan)
    assert not any(line.startswith("SCAN dossiers") for line in plan), plan
