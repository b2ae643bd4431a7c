"""Rules of relations with an edge: what holds on the one side of it, and on the other."""

import datetime as dt

import pytest

from crm import formats, records
from crm.records import Refused
from crm.relations import hooks, operations, person, queries
from crm.relations.duplicates import AT_MOST, SHOWN
from crm.relations.models import Relation
from crm.relations.operations import Unfit
from tests.conftest import log_in
from tests.crm.relations.conftest import SANNE, TIM, make_relation

TODAY = formats.today()
DAY = dt.timedelta(days=1)
BIRTH = SANNE["birth_date"]


@pytest.fixture
def tim(assistant):
    return make_relation(assistant, **TIM, phone="0612345678", email="tim@voorbeeld.nl")


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("birth_date", TODAY, TODAY + DAY),
        ("birth_date", dt.date(1900, 1, 1), dt.date(1899, 12, 31)),
        ("street", "a" * 100, "a" * 101),
        ("house_number", "99999", "100000"),
        ("house_number", "1", "0"),
        ("house_number", "12 abcdefghij", "12 abcdefghijk"),
    ],
)
def test_what_may_be_typed(field, good, bad):
    assert field not in person.tidy({field: good})[1]
    assert field in person.tidy({field: bad})[1]


def test_what_is_absent_stays_absent():
    assert person.tidy({"house_number": "12"}) == ({"house_number": "12"}, {})
    assert person.tidy({"house_number": "12 b"}) == ({"house_number": "12", "house_number_suffix": "b"}, {})


@pytest.mark.parametrize("field", ["phone", "other_phone"])
@pytest.mark.parametrize(("country", "kept"), [("BE", "+32470123456"), ("", None), ("NL", None)])
def test_a_number_is_read_by_the_country_of_the_address(field, country, kept):
    clean, problems = person.tidy({field: "0470 12 34 56", "country": country})
    assert (problems == {} and clean[field] == kept) if kept else problems[field]


def test_a_vestiging_is_chosen_when_nobody_has_one(assistant, branch, other_branch, app):
    named = {"surname": "Vries"}
    with pytest.raises(Unfit, match="Kies een vestiging"):
        operations.create(named, None)
    assert operations.create(named, assistant).branch_id == branch.id
    assert operations.create(named | {"branch_id": other_branch.id}, None).branch_id == other_branch.id
    with pytest.raises(Unfit, match="waar u bij hoort"):
        operations.create(named | {"branch_id": other_branch.id}, assistant)


def test_another_vestigings_relation_stays_there_when_it_is_changed(sanne, stranger, other_branch):
    operations.update(sanne, {"city": "Bladel", "branch_id": sanne.branch_id}, stranger)
    assert sanne.city == "Bladel" and sanne.branch_id != other_branch.id


def test_a_word_without_a_value_is_filled_in_at_whoever_it_is_of(sanne, tim):
    """At the client as long as there is no partner."""
    for people, partner in ([sanne], sanne), ([sanne, tim], tim):
        found = {word.name: word.fill_in for word in queries.mail_words(people)}
        assert (found["klant.naam"], found["partner.naam"]) == (sanne, partner)


def test_access_is_asked_once_as_long_as_it_waits(sanne, stranger, assistant):
    asked = operations.ask_access(sanne, stranger)
    assert operations.ask_access(sanne, stranger) is asked
    operations.refuse_access(asked, assistant)
    assert operations.ask_access(sanne, stranger) is not asked


def test_access_is_asked_for_a_vestiging_of_ones_own(sanne, stranger):
    assert operations.ask_access(sanne, stranger, stranger.branch_ids[0])
    with pytest.raises(Refused, match="waar u bij hoort"):
        operations.ask_access(sanne, stranger, sanne.branch_id)


@pytest.mark.parametrize("leaver", ["sanne", "tim"])
@pytest.mark.parametrize("seen_from", ["sanne", "tim"])
def test_the_one_who_is_chosen_leaves(as_assistant, assistant, sanne, tim, leaver, seen_from):
    people = {"sanne": sanne, "tim": tim}
    home = operations.link_partner(sanne, tim, assistant)
    sent = {"until_on": TODAY.isoformat(), "leaves": people[leaver].id}
    assert as_assistant.post(f"/relations/{people[seen_from].id}/household/end", data=sent).status_code == 302
    stays = {name for name, one in people.items() if queries.current_member(home, one)}
    assert stays == set(people) - {leaver}


def test_on_the_last_day_somebody_is_there_no_longer(sanne, tim, assistant):
    home = operations.link_partner(sanne, tim, assistant, TODAY - 10 * DAY)
    member = queries.current_member(home, tim)
    member.until_on = TODAY
    assert queries.is_current(member, TODAY - DAY) and not queries.is_current(member, TODAY)


def test_days_in_a_household_are_not_in_the_future_nor_in_the_wrong_order(sanne, tim, assistant):
    with pytest.raises(Refused, match="begindatum"):
        operations.add_child(sanne, tim, "child", assistant, TODAY + DAY)
    home = operations.add_child(sanne, tim, "child", assistant, TODAY)
    member = queries.current_member(home, tim)
    with pytest.raises(Refused, match="niet in de toekomst"):
        operations.end_membership(member, TODAY + DAY, assistant)
    with pytest.raises(Refused, match="na het begin"):
        operations.end_membership(member, TODAY - DAY, assistant)
    assert operations.end_membership(member, TODAY, assistant).until_on == TODAY


def test_a_child_that_marries_does_not_leave_before_it_came(sanne, tim, assistant):
    """Whatever day the couple says it is together since."""
    for since, leaves in ((TODAY - 9 * DAY, TODAY - 5 * DAY), (TODAY - 2 * DAY, TODAY - 2 * DAY)):
        home = operations.add_child(sanne, tim, "child", assistant, TODAY - 5 * DAY)
        member = queries.current_member(home, tim)
        operations.leave_family(tim, since, assistant)
        assert member.until_on == leaves


def test_the_household_links_to_the_others_one_may_see(client, sanne, tim, assistant, stranger):
    """Not to oneself, and not to who is another vestiging's."""
    operations.link_partner(sanne, tim, assistant)
    operations.grant_access(operations.ask_access(tim, stranger), assistant)
    records.commit()
    page = log_in(client, assistant).get(f"/relations/{sanne.id}").text
    assert f'href="/relations/{tim.id}"' in page and f'href="/relations/{sanne.id}"' not in page
    page = log_in(client, stranger).get(f"/relations/{tim.id}").text
    assert "Sanne de Vries" in page and f'href="/relations/{sanne.id}"' not in page


def test_a_relation_is_changed_by_who_may(as_assistant, app, sanne, assistant, monkeypatch):
    page = as_assistant.get(f"/relations/{sanne.id}").text
    offered = (f"/relations/{sanne.id}/edit", f"/relations/{sanne.id}/checked")
    assert all(address in page for address in offered)
    monkeypatch.setattr(hooks, "may", lambda _user, permission: permission != "relations.write")
    with app.test_request_context():
        assert hooks.actions(sanne, assistant) == [] and hooks.actions(None, assistant) == []


def strangers(count: int, branch_id: int, **same) -> None:
    """So many people called A…, who share this with the one that is looked for."""
    people = [
        Relation(surname=f"Aa{number:03}", first_name="Xi", branch_id=branch_id, **same) for number in range(count)
    ]
    for one in people:
        operations.fill_names(one)
    records.save_many(people, None)


def test_a_namesake_is_found_among_any_number_of_the_same_day(sanne, assistant, branch):
    strangers(AT_MOST + 5, branch.id, birth_date=BIRTH)
    assert [one.relation for one in queries.doubles({"surname": "Vries", "birth_date": BIRTH}, assistant)] == [sanne]


def test_a_page_shows_so_many_doubles_and_the_likeliest_are_among_them(sanne, assistant, branch):
    strangers(SHOWN - 1, branch.id, phone=sanne.phone)
    given = {"surname": "Vries", "first_name": "Sanne", "phone": sanne.phone}
    assert len(queries.doubles(given, assistant)) == SHOWN
    strangers(1, branch.id, phone=sanne.phone)
    found = queries.doubles(given, assistant)
    assert len(found) == SHOWN and found[0].relation == sanne
