"""Inviting: what is missing is said beforehand, with the place to mend it; one click is one mail."""

import html
import re

import httpx
import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.formats import show_phone
from crm.mail.models import Message
from crm.workflows import operations as workflows
from crm.workflows import queries as running
from plugins.vault import client, operations, queries
from tests.conftest import log_in

KEY = "vault_invitation"
ARROW = {"step": "invite", "round": "1"}


@pytest.fixture
def pages(house, office):
    """The assistant's browser."""
    return log_in(house.test_client(), office.assistant)


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.text)).split())


def change(person, user, **values):
    for name, value in values.items():
        setattr(person, name, value)
    records.save(person, user)
    records.commit()


MISSING = [
    ({"email": ""}, "Van Sanne de Vries is geen e-mailadres bekend."),
    ({"phone": "", "other_phone": ""}, "Van Sanne de Vries is geen mobiel nummer bekend."),
    ({"phone": "+31302345678"}, f"{show_phone('+31302345678')} van Sanne de Vries is geen mobiel nummer."),
]


@pytest.mark.parametrize(("values", "why"), MISSING)
@pytest.mark.requirement("U-014", "vault")
def test_what_is_missing_of_the_client_is_said_with_the_place_to_mend_it(office, ask, pages, work, values, why):
    ask("payslip")
    change(office.person, office.assistant, **values)
    (workflow,) = running.workflows_of(office.dossier)
    for tab in ("holdings", "vault"):
        page = pages.get(f"/dossiers/{office.dossier.id}?tab={tab}")
        assert why in words(page), tab
        assert f'href="/relations/{office.person.id}/edit"' in page.text, tab
    answer = pages.post(
        f"/workflows/{workflow.id}/advance", data={"step": "invite", "round": "1"}, follow_redirects=True
    )
    assert why in words(answer)
    work()
    assert not db.session.scalars(select(Message)).unique().all()
    assert queries.account_of(office.person.id) is None


def test_a_second_number_that_is_mobile_will_do(office, ask):
    change(office.person, office.assistant, phone="+31302345678", other_phone="+31612345678")
    assert operations.what_is_missing(office.person) == ""


@pytest.mark.requirement("U-011", "vault")
def test_without_a_dienst_the_tab_says_so_and_where_to_make_one(office, pages):
    dossiers.remove(office.service, office.assistant)
    records.commit()
    page = pages.get(f"/dossiers/{office.dossier.id}?tab=vault")
    assert "Er is nog geen dienst." in words(page)
    assert f"/dossiers/{office.dossier.id}/services/new" in page.text


@pytest.mark.requirement("U-012", "vault")
@pytest.mark.requirement("U-013", "vault")
def test_before_there_is_a_list_one_starts_by_hand_and_reads_that_it_is_missing(office, ask, pages):
    workflow = workflows.start(office.service, KEY, office.assistant)
    records.commit()
    with pytest.raises(records.Refused, match="stukkenlijst"):
        workflows.advance(workflow, "invite", 1, office.assistant)
    db.session.rollback()
    page = pages.get(f"/dossiers/{office.dossier.id}?tab=holdings")
    assert "Hypotheekadvies heeft nog geen stukkenlijst." in words(page)
    assert f"/requests/list/service/{office.service.id}" in page.text
    pages.post(f"/workflows/{workflow.id}/advance", data=ARROW)
    ask("payslip")
    assert [one.id for one in running.workflows_of(office.dossier)] == [workflow.id]
    workflows.advance(workflow, "invite", 1, office.assistant)


@pytest.mark.requirement("U-013", "vault")
def test_it_starts_by_itself_once_with_the_list_and_not_for_who_was_invited(office, ask):
    ask("payslip")
    ask("id_document")
    assert [one.definition_key for one in running.workflows_of(office.dossier)] == [KEY]
    operations.invite(office.person, office.assistant)
    other = dossiers.save_service(office.dossier, {"service_kind": "risk_advice"}, office.assistant)
    records.commit()
    office.service = other
    ask("employer_statement")
    assert len(running.workflows_of(office.dossier)) == 1


@pytest.mark.requirement("U-014", "vault")
def test_a_double_click_is_one_mail(office, ask, pages, work):
    ask("payslip")
    (workflow,) = running.workflows_of(office.dossier)
    for _click in range(2):
        pages.post(f"/workflows/{workflow.id}/advance", data=ARROW)
    work()
    assert len(db.session.scalars(select(Message)).unique().all()) == 1
    assert queries.account_of(office.person.id).generation == 1


@pytest.mark.requirement("U-024", "vault")
def test_a_portal_that_does_not_answer_changes_nothing_and_says_so(office, ask, pages, work, monkeypatch):
    operations.invite(office.person, office.assistant)
    work()
    asked = f"/relations/{office.person.id}/vault/status"
    pages.post(asked)
    db.session.expire_all()
    before = queries.account_of(office.person.id)
    known = before.state, before.asked_at
    assert before.asked_at is not None

    def gone(_request):
        raise httpx.ConnectError("away")

    away = client.Portal(httpx.Client(transport=httpx.MockTransport(gone), base_url="http://portal"))
    monkeypatch.setattr("plugins.vault.views.portal", lambda: away)
    assert "De kluis antwoordt niet." in words(pages.post(asked, follow_redirects=True))
    db.session.expire_all()
    after = queries.account_of(office.person.id)
    assert (after.state, after.asked_at) == known


def test_an_invitation_that_ran_out_says_so(office):
    account = operations.invite(office.person, office.assistant)
    assert account.state_title == "Uitgenodigd"
    account.valid_until = account.invited_at - operations.VALID_FOR
    assert account.state_title == "Uitnodiging verlopen"
