"""Planning, moving and cancelling; what follows the appointment and what is said in the feed."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm.activities import office, operations, queries
from crm.activities.models import Absence
from crm.db import db
from crm.feed.models import Post
from crm.records import Conflict, Refused, keep, save
from tests.conftest import make_user
from tests.crm.activities.conftest import at

TEN = "2027-06-01 10:00"  # a Tuesday


def plan(subject, user, start=TEN, **values):
    return operations.plan({"starts_at": at(start), **values}, subject, user)


def posts():
    return [post.post_kind for post in db.session.scalars(select(Post).order_by(Post.id)).unique()]


def test_an_orientation_takes_two_hours_of_the_records_adviser_at_its_vestiging(subject, assistant, adviser, branch):
    made = plan(subject, assistant)
    assert (made.ends_at, made.assigned_to, made.branch) == (at("2027-06-01 12:00"), adviser, branch)
    assert (made.title, made.status, made.sequence, made.planner_id) == (
        "Utrecht oriëntatie starter",
        "planned",
        0,
        assistant.id,
    )
    assert posts() == ["appointment.planned"]


def test_title_of_a_video_talk_starts_with_teams_and_takes_the_advisers_own_link(subject, assistant, adviser):
    adviser.teams_url = "https://teams.microsoft.com/l/meetup-join/peter"
    save(adviser, None)
    subject.appointment_topic = "doorstromer"
    made = plan(subject, assistant, by_video=True)
    assert (made.title, made.teams_url) == ("Teams oriëntatie doorstromer", adviser.teams_url)


def test_an_advisers_own_link_goes_with_him(subject, assistant, adviser, app, branch):
    own, other = (f"https://teams.microsoft.com/l/meetup-join/{name}" for name in ("peter", "eva"))
    adviser.teams_url = own
    save(adviser, None)
    eva, ruud = make_user(app, "Eva Bos", "adviser", branch), make_user(app, "Ruud Mos", "adviser", branch)
    eva.teams_url = other
    save(eva, None)
    made = plan(subject, assistant, by_video=True)
    # What the form of *Bewerk* sends without scripts: the link that stood there.
    operations.edit(made, {"assigned_to": eva, "teams_url": own}, assistant)
    assert made.teams_url == other
    operations.edit(made, {"assigned_to": ruud}, assistant)
    assert made.teams_url == "", "nobody else's room"
    pasted = "https://teams.microsoft.com/l/meetup-join/pasted"
    operations.edit(made, {"teams_url": pasted}, assistant)
    operations.edit(made, {"assigned_to": eva}, assistant)
    assert made.teams_url == pasted, "a meeting of its own stays"


@pytest.mark.parametrize(
    "url",
    [
        "http://teams.microsoft.com/l/x",
        "https://teams.microsoft.com.evil.example/l/x",
        "https://evil.example/teams.microsoft.com",
        "https://teams.microsoft.com@evil.example/",
        "javascript:alert(1)",
        "https://[teams",
    ],
)
def test_only_links_to_teams_are_taken(subject, assistant, url):
    with pytest.raises(Refused, match="geen Teams-link"):
        plan(subject, assistant, by_video=True, teams_url=url)


def test_end_before_start_is_refused(subject, assistant):
    with pytest.raises(Refused, match="latere eindtijd"):
        plan(subject, assistant, ends_at=at("2027-06-01 09:00"))


def test_two_hours_are_two_real_hours_in_both_clock_change_nights(subject, assistant):
    spring = plan(subject, assistant, "2027-03-28 01:00")
    assert queries.period(spring.starts_at, spring.ends_at) == "zondag 28 maart 2027, 01.00 – 04.00 uur"
    autumn = plan(subject, assistant, "2027-10-31 01:30")
    assert queries.period(autumn.starts_at, autumn.ends_at) == "zondag 31 oktober 2027, 01.30 – 02.30 uur"
    assert autumn.ends_at - autumn.starts_at == spring.ends_at - spring.starts_at == dt.timedelta(hours=2)


def test_a_clash_is_refused_until_exactly_that_clash_is_confirmed(subject, assistant):
    first = plan(subject, assistant)
    with pytest.raises(operations.Warned, match=r"heeft van 10.00 tot 12.00 uur al een afspraak") as warned:
        plan(subject, assistant, "2027-06-01 11:00")
    assert [remark.key for remark in warned.value.remarks] == [f"clash:{first.id}"]
    assert plan(subject, assistant, "2027-06-01 11:00", confirmed=[f"clash:{first.id}"]).id
    with pytest.raises(operations.Warned):
        plan(subject, assistant, "2027-06-01 11:00", confirmed=[f"clash:{first.id}"])


def test_appointments_that_touch_do_not_clash(subject, assistant):
    plan(subject, assistant)
    assert plan(subject, assistant, "2027-06-01 12:00").id


def test_an_absence_is_a_reason_to_ask(subject, assistant, adviser):
    keep(Absence(user_id=adviser.id, starts_at=at("2027-06-01 00:00"), ends_at=at("2027-06-02 00:00")))
    with pytest.raises(operations.Warned, match="is afwezig"):
        plan(subject, assistant)


def test_odd_times_are_remarked_on(app, subject, assistant, adviser):
    def keys(start):
        return [
            remark.key
            for remark in queries.remarks(adviser, at(start), at(start) + dt.timedelta(hours=2), "orientation")
        ]

    assert keys(TEN) == []
    assert keys("2027-06-01 08:00") == keys("2027-06-01 16:00") == ["hours"]
    assert keys("2027-05-06 10:00") == ["closed:2027-05-06"]  # Hemelvaart
    assert keys("2020-06-02 10:00") == ["past"]


def test_moving_raises_the_sequence_and_tells_only_those_who_were_told(subject, assistant):
    made = plan(subject, assistant)
    uid = made.uid
    operations.move(made, at("2027-06-02 10:00"), at("2027-06-02 12:00"), assistant)
    assert (made.uid, made.sequence, made.status, made.previous_starts_at) == (uid, 1, "planned", None)
    operations.confirm(made, assistant)
    operations.move(made, at("2027-06-03 10:00"), at("2027-06-03 12:00"), assistant)
    operations.move(made, at("2027-06-04 10:00"), at("2027-06-04 12:00"), assistant)
    assert (made.sequence, made.status, made.previous_starts_at) == (3, "rescheduled", at("2027-06-02 10:00"))
    operations.confirm(made, assistant)
    assert (made.status, made.previous_starts_at) == ("confirmed", None)


def test_a_new_description_is_nobodys_business(subject, assistant):
    made = operations.confirm(plan(subject, assistant), assistant)
    operations.edit(made, {"description": "let op de erfpacht"}, assistant)
    assert (made.sequence, made.status) == (0, "confirmed")
    assert "erfpacht" not in str([post.data for post in db.session.scalars(select(Post)).unique()])


def test_a_second_editor_is_told(subject, assistant):
    made = plan(subject, assistant)
    began = made.version
    operations.edit(made, {"description": "eerst"}, assistant, began)
    with pytest.raises(Conflict):
        operations.edit(made, {"description": "daarna"}, assistant, began)


def test_call_back_comes_once_a_week_later_on_a_working_day(subject, assistant, adviser):
    made = plan(subject, assistant, "2027-04-29 10:00")
    task = operations.create_call_back(made, assistant)
    assert (task.rule_due_on, task.due_on) == (dt.date(2027, 5, 6), dt.date(2027, 5, 7))  # Hemelvaart
    assert (task.title, task.assigned_to, task.subject_ref) == ("Klant nabellen", adviser, ("dossier", 1))
    assert operations.create_call_back(made, assistant) is task


def test_deadline_and_call_back_follow_the_appointment(subject, assistant):
    made = plan(subject, assistant)
    task = operations.create_call_back(made, assistant)
    assert office.deadline(made.starts_at) == at("2027-05-31 09:00")
    operations.move(made, at("2027-06-07 10:00"), at("2027-06-07 12:00"), assistant)
    assert (office.deadline(made.starts_at), task.due_on) == (at("2027-06-04 09:00"), dt.date(2027, 6, 14))


def test_a_call_back_that_was_done_or_given_another_day_by_hand_stays(subject, assistant):
    made = plan(subject, assistant)
    task = operations.create_call_back(made, assistant)
    operations.edit_task(task, {"due_on": dt.date(2027, 6, 10)}, assistant)
    operations.move(made, at("2027-06-07 10:00"), at("2027-06-07 12:00"), assistant)
    assert (task.due_on, task.rule_due_on) == (dt.date(2027, 6, 10), None)

    other = plan(subject, assistant, "2027-06-08 10:00")
    done = operations.complete(operations.create_call_back(other, assistant), assistant)
    operations.move(other, at("2027-06-09 10:00"), at("2027-06-09 12:00"), assistant)
    assert done.due_on == dt.date(2027, 6, 15)


def test_call_back_goes_along_to_another_adviser(app, subject, assistant, branch):
    made = plan(subject, assistant)
    task = operations.create_call_back(made, assistant)
    other = make_user(app, "Anna Visser", "adviser", branch)
    operations.edit(made, {"assigned_to": other}, assistant)
    assert (task.assigned_to, made.assigned_to, made.sequence) == (other, other, 1)
    assert posts()[-1] == "appointment.handed_over"


def test_asked_once_per_start_and_lapses_when_moved(subject, assistant):
    made = plan(subject, assistant)
    task = operations.ask_to_move(made, ["telefoonnummer", "loonstrook"], assistant)
    assert (task.title, task.assigned_to, task.due_on) == ("Afspraak verzetten?", assistant, dt.date(2027, 5, 31))
    assert "telefoonnummer; loonstrook" in task.notes
    assert operations.ask_to_move(made, ["loonstrook"], assistant) is task
    operations.move(made, at("2027-06-08 10:00"), at("2027-06-08 12:00"), assistant)
    assert task.status == "cancelled" and "verzet" in task.notes
    assert operations.ask_to_move(made, ["loonstrook"], assistant) is not task


def test_cancelling_needs_a_reason_and_lets_the_tasks_lapse(subject, assistant):
    made = plan(subject, assistant)
    task = operations.create_call_back(made, assistant)
    with pytest.raises(Refused, match="waarom"):
        operations.cancel(made, "  ", assistant)
    operations.cancel(made, "klant is ziek", assistant)
    assert (made.status, made.sequence, task.status) == ("cancelled", 1, "cancelled")
    assert posts()[-1] == "appointment.cancelled"
    with pytest.raises(Refused, match="afgerond of geannuleerd"):
        operations.move(made, at("2027-06-08 10:00"), at("2027-06-08 12:00"), assistant)


def test_a_talk_is_held_only_after_it_began(subject, assistant):
    with pytest.raises(Refused, match="nog beginnen"):
        operations.close_appointment(plan(subject, assistant), "held", assistant)
    past = plan(subject, assistant, "2025-06-03 10:00")
    assert operations.close_appointment(past, "no_show", assistant).status == "no_show"


def test_ticking_and_reopening_a_task(subject, assistant):
    task = operations.create_task({"title": " Bel terug "}, assistant, subject)
    assert (task.title, task.branch_id, task.status) == ("Bel terug", subject.branch_id, "open")
    assert operations.complete(task, assistant).done_at
    assert operations.complete(task, assistant).status == "done"
    assert operations.reopen(task, assistant).done_at is None
    operations.lapse(task, "niet meer nodig", assistant)
    with pytest.raises(Refused, match="vervallen"):
        operations.complete(task, assistant)


def test_free_slots_skip_lunch_weekends_holidays_appointments_and_absences(subject, assistant, adviser):
    plan(subject, assistant, "2027-05-04 09:00")
    keep(Absence(user_id=adviser.id, starts_at=at("2027-05-05 00:00"), ends_at=at("2027-05-06 00:00")))
    found = queries.free_slots(adviser, dt.date(2027, 5, 4), 120, 4)
    assert [queries.period(slot.starts_at, slot.ends_at) for slot in found] == [
        "dinsdag 4 mei 2027, 13.00 – 15.00 uur",
        "dinsdag 4 mei 2027, 15.00 – 17.00 uur",
        "vrijdag 7 mei 2027, 09.00 – 11.00 uur",
        "vrijdag 7 mei 2027, 13.00 – 15.00 uur",
    ]


def test_who_sees_an_appointment(app, subject, assistant, adviser, stranger):
    made = plan(subject, assistant)
    task = operations.create_call_back(made, assistant)
    for user, seen in ((assistant, 1), (adviser, 1), (stranger, 0)):
        assert len(db.session.scalars(queries.visible_appointments(user)).unique().all()) == seen
        assert len(db.session.scalars(queries.visible_tasks(user)).unique().all()) == seen
    assert queries.next_appointment(("dossier", 1)) is made
    assert queries.tasks_of(("dossier", 1)) == [task]
    assert queries.appointments_of(("dossier", 1)) == [made]
