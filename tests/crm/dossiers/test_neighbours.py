"""What dossiers answer to rooms below: search, mail."""

from crm import records
from crm.mail import placeholders
from crm.relations import operations as relations
from crm.relations.models import RelationAccess
from crm.search import operations as index
from crm.search.queries import search
from tests.crm.dossiers.conftest import make_dossier, make_relation


def found(text, user):
    return [hit.id for hit in search(text, user, kinds=["dossier"])]


def test_found_by_number_and_by_client_and_partner(branch, assistant, stranger, other_branch):
    relation = make_relation(branch, phone="+31641576326", postal_code="5526TY", house_number="12")
    tim = make_relation(branch, first_name="Tim", surname_prefix="", surname="Jansen")
    dossier = make_dossier(relation, assistant)
    dossier.partner, dossier.partner_id = tim, tim.id
    records.save(dossier, None)
    for text in (dossier.number, "vries", "jansen tim", "06-41576326", "5526 ty 12"):
        assert found(text, assistant) == [dossier.id], text
    assert found("vries", stranger) == []
    records.keep(RelationAccess(relation_id=relation.id, branch_id=other_branch.id))
    index.reindex([("dossier", dossier.id)])
    assert found("vries", stranger) == [dossier.id]


def test_a_client_who_changes_is_found_by_the_new_name(dossier, assistant):
    relations.update(dossier.relation, {"surname": "Bakkersveld"}, assistant)
    assert found("bakkersveld", assistant) == [dossier.id] and found("vries", assistant) == []


def test_mail_words_and_recipients(dossier, assistant):
    known = placeholders.known(dossier, None, assistant)
    assert known["dossier.nummer"].value == dossier.number and known["klant.voornaam"].value == "Sanne"
    assert "dossier.nummer" in placeholders.known(None, None, assistant)
    assert [person.name for person in placeholders.recipients(dossier)] == ["Sanne de Vries"]
