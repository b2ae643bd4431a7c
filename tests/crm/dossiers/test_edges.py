"""Rules of dossiers with an edge: what holds on the one side of it, and on the other."""

import pytest

from crm.dossiers import operations, queries
from crm.records import Refused
from tests.crm.dossiers.conftest import make_dossier, values


@pytest.mark.parametrize("name", ["amount", "premium", "rate"])
@pytest.mark.parametrize(("value", "fine"), [(0, True), (-1, False), (None, True)])
def test_an_amount_is_not_below_nothing(dossier, assistant, name, value, fine):
    given = {"product_kind": "mortgage", name: value}
    if fine:
        assert getattr(operations.save_product(dossier, given, assistant), name) == value
    else:
        with pytest.raises(Refused, match="niet onder nul"):
            operations.save_product(dossier, given, assistant)


def test_a_second_dossier_is_asked_about_as_long_as_the_first_waits_for_its_talk(relation, branch, assistant):
    first = make_dossier(relation, assistant)
    with pytest.raises(Refused, match=first.number):
        operations.create(relation, values(branch), assistant)
    assert operations.create(relation, values(branch, confirmed=True), assistant).id
    for one in queries.dossiers_of(relation, assistant):
        operations.change_status(one, "cancelled", assistant, "niet door")
    assert operations.create(relation, values(branch), assistant).id


def test_a_bron_that_is_off_is_not_chosen_anew_and_stays_where_it_was(dossier, relation, branch, admin, assistant):
    source = operations.save_lead_source({"name": "Krant", "is_active": True}, admin)
    operations.update(dossier, {"lead_source_id": source.id}, assistant)
    operations.save_lead_source({"name": "Krant", "is_active": False}, admin, source)
    assert (
        operations.update(dossier, {"lead_source_id": source.id, "description": "x"}, assistant).lead_source == source
    )
    with pytest.raises(Refused, match="Kies een bron"):
        operations.create(relation, values(branch, confirmed=True, lead_source_id=source.id), assistant)


def test_generally_known_stays_and_two_are_not_called_the_same(admin):
    known = next(one for one in queries.lead_sources() if one.key == "generally_known")
    with pytest.raises(Refused, match="Algemeen bekend blijft"):
        operations.save_lead_source({"name": known.name, "is_active": False}, admin, known)
    assert operations.save_lead_source({"name": known.name.upper(), "is_active": True}, admin, known) is known
    with pytest.raises(Refused, match="Er is al een bron"):
        operations.save_lead_source({"name": known.name.lower()}, admin)
