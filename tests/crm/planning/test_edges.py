"""Rules of planning with an edge: what holds on the one side of it, and on the other."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest

from crm import formats, records
from crm.activities import operations as activities
from crm.activities.queries import free_slots
from crm.db import db, utcnow
from crm.dossiers import operations as dossiers
from crm.mail.models import Message
from crm.planning import hooks, operations, queries, views
from crm.planning.trail import Trail, touched
from crm.records import Change
from crm.relations.operations import Unfit
from crm.service_requests import operations as service_requests
from tests.conftest import NO_RECORD
from tests.crm.planning.test_views import ADDRESS, seen, typed  # noqa: F401

OWN_TIME = {"slot": "own", "day": "2027-05-11", "starts": "10:00"}


# --- The button and the screen -------------------------------------------------------------------------------


def test_planning_is_the_next_step_of_a_request_that_has_a_client_and_no_talk():
    """For anybody else it is one button of many, for a dossier always the next."""
    for client, talk, is_next in ((1, None, True), (None, None, False), (1, 1, False)):
        asked = SimpleNamespace(kind="service_request", relation_id=client, appointment_id=talk)
        assert hooks.is_next(asked) is is_next
    assert hooks.is_next(SimpleNamespace(kind="dossier")) and not hooks.is_next(SimpleNamespace(kind="relation"))


def test_it_is_offered_for_a_request_as_long_as_that_is_open(branch, assistant):
    found = service_requests.receive({"surname": "Bakker", "phone": "0612345678"}, "", branch)
    assert hooks.plannable(found)
    assert not hooks.plannable(SimpleNamespace(kind="service_request", is_open=False))


def test_a_dossier_that_has_its_talk_needs_none(as_assistant, known, assistant, adviser, dossier_values, slot):
    dossier = dossiers.create(known, dossier_values, assistant)
    records.commit()
    where = f"{ADDRESS}?dossier={dossier.id}"
    assert where in as_assistant.get(f"/dossiers/{dossier.id}").text
    activities.plan({"starts_at": slot.starts_at, "assigned_to": adviser}, dossier, assistant)
    records.commit()
    assert where not in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_what_was_searched_for_fills_the_field_it_looks_like_when_that_is_empty(as_assistant, branch):
    for asked, name in (("Bakker", "surname"), ("a@b.nl", "email"), ("0612345678", "phone")):
        page = as_assistant.post(ADDRESS, data={"do": "new", "q": asked}).text
        assert f'value="{asked}"' in re.search(rf'<input[^>]*name="client-{name}"[^>]*>', page)[0]
        page = as_assistant.post(ADDRESS, data={"do": "new", "q": asked, f"client-{name}": "getypt"}).text
        assert 'value="getypt"' in re.search(rf'<input[^>]*name="client-{name}"[^>]*>', page)[0]


def test_a_time_of_ones_own_is_shown_when_it_was_chosen(as_assistant, branch, adviser):
    for slot, is_shown in (("own", True), ("", False)):
        page = as_assistant.post(ADDRESS, data={**OWN_TIME, "slot": slot, "adviser": adviser.id, "do": "refresh"}).text
        assert (re.search(r'name="slot"[^>]*value="own"[^>]*checked', page) is not None) is is_shown


def test_the_confirmation_is_sent_unless_the_planner_says_otherwise(as_assistant, branch):
    page = as_assistant.get(ADDRESS).text
    assert "checked" in re.search(r'<input[^>]*name="send"[^>]*>', page)[0]
    page = as_assistant.post(ADDRESS, data={"do": "refresh"}).text
    assert "checked" not in re.search(r'<input[^>]*name="send"[^>]*>', page)[0]


def test_a_text_as_it_was_proposed_is_not_called_adjusted(as_assistant, typed):  # noqa: F811
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    assert "Neem de tekst van het sjabloon" not in page
    again = as_assistant.post(ADDRESS, data={**typed, **seen(page), "do": "refresh"}).text
    assert "Neem de tekst van het sjabloon" not in again
    for name in ("mail_title", "mail_body"):
        other = {**seen(page), name: seen(page)[name] + " Tot dan."}
        assert (
            "Neem de tekst van het sjabloon"
            in as_assistant.post(ADDRESS, data={**typed, **other, "do": "refresh"}).text
        )


def test_a_text_that_nobody_adjusted_follows_the_time(as_assistant, typed, adviser, slot):  # noqa: F811
    """Title and body; what the planner changed in either stays until he asks for the new one."""
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    day = formats.local(slot.starts_at).date()
    later = free_slots(adviser, day + dt.timedelta(days=3), 120, 1)[0]
    moved = {**typed, "slot": later.starts_at.isoformat(), "do": "refresh"}
    was, will_be = (formats.long_date(formats.local(one.starts_at).date()) for one in (slot, later))
    found = seen(as_assistant.post(ADDRESS, data={**moved, **seen(page)}).text)["mail_body"]
    assert will_be in found and was not in found
    for name in ("mail_title", "mail_body"):
        mine = {**seen(page), name: seen(page)[name] + " Tot dan."}
        kept = seen(as_assistant.post(ADDRESS, data={**moved, **mine}).text)
        assert "Tot dan." in kept[name] and was in kept["mail_body"]


def test_looking_ahead_at_a_time_that_is_taken_shows_why(
    as_assistant,
    typed,  # noqa: F811
    known,
    adviser,
    assistant,
    dossier_values,
    slot,
):
    dossier = dossiers.create(known, dossier_values, assistant)
    activities.plan({"starts_at": slot.starts_at, "assigned_to": adviser}, dossier, assistant)
    records.commit()
    wanted = {**typed, "client-surname": "Ander", "client-email": "ander@voorbeeld.nl", "client-phone": "0687654321"}
    answer = as_assistant.post(ADDRESS, data={**wanted, "do": "refresh"})
    assert answer.status_code == 200 and "al een afspraak" in answer.text


def test_what_the_pen_refuses_is_said_at_its_field(as_assistant, typed, monkeypatch):  # noqa: F811
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text

    def refuse(*_args):
        raise Unfit({"surname": "Deze naam kan niet.", "partner.surname": "Die naam ook niet."})

    monkeypatch.setattr(operations, "carry_out", refuse)
    answer = as_assistant.post(ADDRESS, data={**typed, **seen(page), "do": "plan"})
    assert answer.status_code == 422 and "Die naam ook niet." in answer.text
    assert answer.text.count("Deze naam kan niet.") > answer.text.count("Die naam ook niet."), "at its field too"


def test_the_adviser_to_begin_with():
    """The one that is wanted, when he may be planned for; else the only one."""
    assert queries.first_adviser([1, 2], 2) == 2 and queries.first_adviser([1, 2], 3) is None
    assert queries.first_adviser([1, 2], None) is None and queries.first_adviser([1], None) == 1
    assert queries.first_adviser([1], 3) == 1 and queries.first_adviser([], 3) is None


# --- What came of it, and undoing it -------------------------------------------------------------------------


def test_the_page_of_a_run_shows_each_thing_that_was_made_once(as_assistant, plan, assistant):
    run = operations.carry_out(plan(), assistant)
    records.commit()
    page = as_assistant.get(f"/planning/{run.id}").text
    for words, times in (("Nieuwe relatie: ", 2), (f'href="/dossiers/{run.dossier_id}"', 1)):
        assert page.count(words) == times, words
    assert page.count(f'href="/appointments/{run.appointment_id}"') == 1
    assert as_assistant.get(f"/planning/{NO_RECORD}").status_code == 404


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "unsure", "failed", "draft"])
def test_a_run_is_undone_as_long_as_its_mail_waits(plan, assistant, status):
    run = operations.carry_out(plan(), assistant)
    message = db.session.get(Message, run.message_id)
    message.status = status
    assert queries.can_undo(run, message) is (status == "queued")
    run.status = "undone"
    assert not queries.can_undo(run, message)


def test_until_when_is_when_the_mail_goes_or_as_long_after(plan, assistant):
    run = operations.carry_out(plan(), assistant)
    message = db.session.get(Message, run.message_id)
    assert queries.undo_until(run, message) == message.send_at
    message.send_at = None
    assert run.created_at < queries.undo_until(run, message) <= utcnow() + dt.timedelta(minutes=10)


def test_only_ones_own_runs_are_seen(as_assistant, plan, assistant, adviser):
    mine, other = operations.carry_out(plan(), assistant), None
    records.commit()
    other = db.session.scalars(queries.visible_runs(adviser)).all()
    assert db.session.scalars(queries.visible_runs(assistant)).all() == [mine] and other == []


def test_a_trail_goes_on_behind_what_it_knows_already(known, branch):
    """What was made in the run and changed in it too is one step; the change of another record beside it counts."""
    trail = Trail()
    trail.note([Change(known, "create", {})])
    trail.note([Change(known, "update", {"city": ("A", "B")}), Change(branch, "update", {"city": ("C", "D")})])
    mine, other = ("relation", known.id), ("branch", branch.id)
    assert trail.steps == [(mine, None), (other, {"city": "C"})]


def test_what_was_changed_since_or_is_gone_was_touched(known):
    row = ["relation", known.id, None, known.version]
    assert touched([row]) == set()
    assert touched([[*row[:3], known.version - 1]]) == {("relation", known.id)}
    assert touched([["relation", NO_RECORD, None, 1]]) == {("relation", NO_RECORD)}


def test_the_script_promises_a_last_moment_only_when_there_is_one(app):
    far = formats.at(formats.today() + dt.timedelta(days=60), dt.time(10))
    soon = formats.at(formats.today() + dt.timedelta(days=1), dt.time(10))
    for start, text in ((None, "één werkdag voor het gesprek"), (far, "09.00 uur"), (soon, queries.SOON)):
        before = {point.key: point.text for point in queries.script(start)}["before"]
        assert text in before and (before == queries.SOON) == (start == soon)


def test_a_screen_of_a_client_one_may_not_see_is_not_there(as_assistant):
    assert as_assistant.post(ADDRESS, data={"choose": str(NO_RECORD)}).status_code == 404
    assert views.NOBODY == 0
