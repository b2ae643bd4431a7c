"""A household that changes, and the dossiers in it: offered, never silent, and no mail to who left unasked."""

import datetime as dt

import pytest

from crm import formats, records
from crm.db import db
from crm.dossiers import operations, preparing, queries
from crm.mail import operations as mail
from crm.mail import placeholders
from crm.mail.operations import Doubt
from crm.records import Refused
from crm.relations import operations as relations
from crm.relations.queries import partner_of
from tests.crm.dossiers.conftest import make_dossier, make_relation, values

TODAY = dt.date.today()


@pytest.fixture
def tim(branch):
    found = make_relation(branch, first_name="Tim", surname_prefix="", surname="Jansen", email="tim@voorbeeld.example")
    return found


@pytest.fixture
def couple(relation, tim, assistant):
    """A dossier of Sanne and Tim."""
    relation.email = "sanne@voorbeeld.example"
    records.save(relation, None)
    relations.link_partner(relation, tim, assistant)
    made = make_dossier(relation, assistant)
    assert made.partner is tim
    records.commit()
    return made


def changes(dossier):
    """What is offered of one dossier."""
    return queries.partner_changes([(dossier, partner_of(dossier.relation))])


def letter_to_both(dossier, user):
    return mail.compose(dossier, None, user, title="Hallo", body="{{ aanhef }}, tekst")


def test_a_partner_who_leaves_is_one_until_that_day(couple, relation, tim, assistant, monkeypatch):
    relations.end_partnership(relation, TODAY, assistant)
    records.commit()
    for days, partner in ((-1, tim), (0, None)):
        monkeypatch.setattr(formats, "today", lambda days=days: TODAY + dt.timedelta(days=days))
        assert queries.whole(couple.id, assistant) == (couple, partner)
        assert queries.beside_partners(relation, assistant) == [(couple, partner)]


def test_a_partner_who_leaves_is_offered_to_be_taken_out(couple, relation, assistant, as_assistant):
    assert "uit het dossier halen" not in as_assistant.get(f"/dossiers/{couple.id}").text
    as_assistant.post(f"/relations/{relation.id}/household/end", data={"until_on": TODAY, "leaves": couple.partner_id})
    for page in (f"/dossiers/{couple.id}", f"/relations/{relation.id}"):
        assert "Tim Jansen uit het dossier halen" in as_assistant.get(page).text, page
    assert couple.partner is not None, "nothing changes by itself"
    assert as_assistant.post(f"/dossiers/{couple.id}/partner", data={"partner_id": ""}).status_code == 302
    db.session.refresh(couple)
    assert couple.partner is None and couple.family == "Sanne de Vries"
    assert [person.email for person in placeholders.recipients(couple)] == ["sanne@voorbeeld.example"]
    assert "uit het dossier halen" not in as_assistant.get(f"/dossiers/{couple.id}").text


def test_mail_to_a_partner_who_left_needs_a_yes(couple, relation, assistant):
    mail.queue(letter_to_both(couple, assistant), assistant)
    relations.end_partnership(relation, TODAY, assistant)
    with pytest.raises(Doubt, match="tim@voorbeeld") as doubt:
        mail.queue(letter_to_both(couple, assistant), assistant)
    assert doubt.value.key == "third_party"
    operations.set_partner(couple, None, assistant)
    sent = mail.queue(letter_to_both(couple, assistant), assistant)
    assert "tim" not in sent.to and "Jansen" not in sent.body


def test_a_partner_who_comes_is_offered(dossier, tim, assistant, as_assistant):
    assert "in het dossier zetten" not in as_assistant.get(f"/dossiers/{dossier.id}").text
    relations.link_partner(dossier.relation, tim, assistant)
    records.commit()
    for page in (f"/dossiers/{dossier.id}", f"/relations/{dossier.relation_id}"):
        assert "Tim Jansen in het dossier zetten" in as_assistant.get(page).text, page
    sent = {"partner_id": tim.id}
    for _twice in range(2):
        assert as_assistant.post(f"/dossiers/{dossier.id}/partner", data=sent).status_code == 302
    db.session.refresh(dossier)
    assert dossier.partner is tim and dossier.family == "Fam. De Vries – Jansen" and dossier.household is not None
    assert len(placeholders.recipients(dossier)) == 2


def test_somebody_else_than_the_partner_now_is_refused(couple, relation, branch, assistant):
    ruud = make_relation(branch, first_name="Ruud", surname="Bakker")
    with pytest.raises(Refused, match="wie nu partner is"):
        operations.set_partner(couple, ruud.id, assistant)
    relations.end_partnership(relation, TODAY, assistant)
    relations.link_partner(relation, ruud, assistant)
    assert changes(couple) == {couple.id: ruud}
    operations.set_partner(couple, ruud.id, assistant)
    assert couple.partner is ruud and changes(couple) == {}


def test_a_closed_dossier_stays_as_it_was(couple, relation, assistant):
    operations.change_status(couple, "cancelled", assistant, "Gaat niet door")
    relations.end_partnership(relation, TODAY, assistant)
    assert changes(couple) == {} and queries.has_left(couple)


def test_details_choose_the_partner_of_the_household_or_nobody(couple, relation, tim, branch, as_assistant):
    where = f"/dossiers/{couple.id}/edit"
    page = as_assistant.get(where).text
    assert f'<option selected value="{tim.id}">Tim Jansen' in page
    nobody = values(branch, partner_id="", version=couple.version)
    assert as_assistant.post(where, data=nobody).status_code == 302
    db.session.refresh(couple)
    assert couple.partner is None
    as_before = values(branch, partner_id=tim.id, version=couple.version)
    assert as_assistant.post(where, data=as_before).status_code == 302
    db.session.refresh(couple)
    assert couple.partner is tim
    stranger = values(branch, partner_id=relation.id, version=couple.version)
    assert as_assistant.post(where, data=stranger).status_code == 422


def test_an_earlier_dossier_does_not_bring_who_left(couple, relation, branch, assistant):
    relations.end_partnership(relation, TODAY, assistant)
    made = operations.create(relation, values(branch, confirmed=True), assistant, previous=couple)
    assert made.partner is None


def test_a_grown_child_has_no_parent_as_partner(couple, relation, branch, assistant):
    child = make_relation(branch, first_name="Bo", surname="Vries")
    relations.add_child(relation, child, "child", assistant)
    assert make_dossier(child, assistant).partner is None


def test_at_most_eight_statements(couple, relation, tim, assistant, as_assistant, statements):
    make_dossier(relation, assistant)
    relations.end_partnership(relation, TODAY, assistant)
    records.commit()
    id, client = couple.id, relation.id
    for page in (f"/dossiers/{id}", f"/relations/{client}", f"/dossiers/{id}/edit", f"/mail/compose/dossier/{id}"):
        db.session.expunge_all()
        statements.clear()
        assert as_assistant.get(page).status_code == 200
        assert len(statements) <= 8, "\n".join(statements)


def test_of_a_partner_only_name_and_birth_date_are_asked(couple, tim):
    tim.email = ""
    records.save(tim, None)
    items = {item.key: item for item in preparing.preparation(couple)}
    assert items["contact_partner"].detail == "ontbreekt: geboortedatum"
    tim.birth_date = dt.date(1990, 1, 1)
    records.save(tim, None)
    items = {item.key: item for item in preparing.preparation(couple)}
    assert items["contact_partner"].done and not items["contact_client"].done
