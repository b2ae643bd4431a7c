"""A grown child starts a household of its own; divorce and history lose nothing."""

import datetime as dt

import pytest

from crm import formats, records
from crm.dossiers.queries import partner_changes
from crm.planning.queries import caller
from crm.relations import operations, queries
from tests.crm.dossiers.conftest import make_dossier
from tests.crm.relations.conftest import TIM, make_relation, typed_partner

TODAY = formats.today()


@pytest.fixture
def bo(assistant, sanne):
    """A child of Sanne and Tim, at home."""
    tim = make_relation(assistant, **TIM, phone="0612345678", email="tim@voorbeeld.nl")
    operations.link_partner(sanne, tim, assistant, dt.date(2001, 1, 1))
    child = make_relation(
        assistant, first_name="Bo", birth_date=dt.date(2002, 3, 1), phone="0611111111", email="bo@voorbeeld.nl"
    )
    operations.add_child(sanne, child, "child", assistant, dt.date(2002, 3, 1))
    records.commit()
    return child


@pytest.fixture
def kim(assistant):
    return make_relation(assistant, first_name="Kim", surname="Bos", phone="0622222222", email="kim@voorbeeld.nl")


def test_a_child_has_no_parent_as_partner(bo, assistant, as_assistant):
    assert queries.partner_of(bo) is None
    page = as_assistant.get(f"/relations/{bo.id}").text
    assert "Partner toevoegen" in page and "Relatie beëindigd" not in page
    assert caller(assistant, bo.id).partner is None


def test_a_grown_child_gets_a_partner_on_the_screen(bo, sanne, as_assistant):
    sent = typed_partner({"title": "ms", "first_name": "Kim", "surname": "Bos", "birth_date": "2001-01-01"})
    sent |= {"role": "partner", "from_on": "2024-05-01"}
    assert as_assistant.post(f"/relations/{bo.id}/household/add", data=sent).status_code == 302
    assert queries.partner_of(bo).first_name == "Kim" and queries.partner_of(queries.partner_of(bo)) == bo
    assert queries.household_of(bo) != queries.household_of(sanne)
    assert queries.partner_of(sanne).first_name == "Tim"
    mine = next(one for one in queries.household_of(sanne).members if one.relation == bo)
    assert (mine.role, mine.from_on, mine.until_on) == ("child", dt.date(2002, 3, 1), dt.date(2024, 5, 1))
    page = as_assistant.get(f"/relations/{bo.id}").text
    assert "Eerder" in page and "Tim Jansen" in page and "Relatie beëindigd" in page


@pytest.mark.parametrize("first", ["child", "other"])
def test_whoever_is_named_first(bo, kim, sanne, assistant, first):
    operations.link_partner(*((bo, kim) if first == "child" else (kim, bo)), assistant)
    assert queries.partner_of(bo) == kim and queries.partner_of(kim) == bo
    assert queries.partners_of([bo.id, kim.id]) == {bo.id: kim, kim.id: bo}
    assert caller(assistant, bo.id).partner == kim
    present = [home for home in queries.households_of(bo) if queries.current_member(home, bo)]
    assert present == [queries.household_of(bo)] != [queries.household_of(sanne)]


def test_two_who_still_live_with_parents(bo, kim, assistant):
    father = make_relation(assistant, first_name="Ruud", surname="Bos", phone="0633333333", email="ruud@voorbeeld.nl")
    operations.add_child(father, kim, "child", assistant)
    operations.link_partner(bo, kim, assistant)
    assert queries.partner_of(kim) == bo and queries.partner_of(father) is None


def test_a_member_of_the_family_who_becomes_the_partner(sanne, kim, assistant):
    home = operations.add_child(sanne, kim, "other", assistant, dt.date(2020, 1, 1))
    assert operations.link_partner(sanne, kim, assistant) == home
    assert queries.partner_of(sanne) == kim and queries.current_member(home, kim).role == "partner"
    assert [(one.role, one.until_on) for one in home.members if one.relation == kim] == [
        ("other", TODAY),
        ("partner", None),
    ]


def test_after_a_divorce_a_child_may_come_home_again(bo, kim, sanne, assistant):
    operations.link_partner(bo, kim, assistant, dt.date(2024, 1, 1))
    operations.end_partnership(bo, TODAY, assistant, leaves=bo)
    assert queries.household_of(bo) is None
    operations.add_child(sanne, bo, "child", assistant)
    assert queries.household_of(bo) == queries.household_of(sanne) and queries.partner_of(bo) is None
    joost = make_relation(assistant, first_name="Joost", surname="Mol", phone="0644444444", email="joost@voorbeeld.nl")
    operations.link_partner(bo, joost, assistant)
    assert queries.partner_of(bo) == joost and queries.partner_of(kim) is None


def test_the_childs_dossier_is_offered_the_partner_and_the_parents_is_not(bo, kim, sanne, assistant):
    own, parents = make_dossier(bo, assistant), make_dossier(sanne, assistant)
    operations.link_partner(bo, kim, assistant)
    found = [(one, queries.partner_of(one.relation)) for one in (own, parents)]
    assert partner_changes(found) == {own.id: kim}
    assert make_dossier(bo, assistant).household == queries.household_of(bo)


def test_who_lives_in_two_households_lets_a_child_leave_either(bo, kim, sanne, assistant, as_assistant):
    operations.end_partnership(sanne, TODAY, assistant)
    operations.link_partner(kim, sanne, assistant)
    homes = [home for home in queries.households_of(sanne) if queries.current_member(home, sanne)]
    assert len(homes) == 2
    member = queries.current_member(homes[1], bo)
    where = f"/relations/{sanne.id}/household/{member.id}/end"
    assert where in as_assistant.get(f"/relations/{sanne.id}").text
    assert as_assistant.post(where, data={"until_on": TODAY}).status_code == 302
    assert queries.current_member(homes[1], bo) is None
