"""Rules of the agenda and the task list with an edge: what holds on the one side of it, and on the other."""

import datetime as dt

import pytest

from crm import formats, records
from crm.activities import free, office, operations, queries
from crm.activities.models import Absence
from crm.db import db
from crm.records import Refused, keep
from tests.conftest import log_in, make_user
from tests.crm.activities.conftest import at
from tests.crm.activities.test_operations import TEN, plan
from tests.crm.activities.test_planning import address, the_appointment, typed
from tests.crm.activities.test_tasks import make_task

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def keys(adviser, start, end=None, category="orientation"):
    """The keys of what speaks against this time."""
    return [one.key for one in queries.remarks(adviser, start, end or start + 2 * HOUR, category)]


# --- When somebody is free -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "is_taken"),
    [
        ("07:00", "09:00", False), ("08:00", "10:00", False), ("08:00", "10:01", True),
        ("11:59", "13:00", True), ("12:00", "13:00", False), ("14:00", "15:00", False),
    ],
)  # fmt: skip
def test_only_what_overlaps_is_in_the_way(subject, assistant, adviser, start, end, is_taken):
    made = plan(subject, assistant)  # from ten to twelve
    begin, finish = (at(f"2027-06-01 {clock}") for clock in (start, end))
    assert list(queries.clashes(adviser.id, begin, finish)) == ([made] if is_taken else [])
    assert bool(free.taken(adviser, begin, finish)) == is_taken


def test_a_talk_is_in_nobody_elses_way(app, subject, assistant, adviser, branch):
    plan(subject, assistant)
    eva = make_user(app, "Eva Bos", "adviser", branch)
    assert keys(eva, at(TEN)) == [] != keys(adviser, at(TEN))
    assert plan(subject, assistant, assigned_to=eva).assigned_to == eva


@pytest.mark.parametrize(("start", "end"), [("10:00", "10:00"), ("11:00", "10:00")])
def test_a_talk_takes_time(subject, assistant, start, end):
    with pytest.raises(Refused, match="latere eindtijd"):
        plan(subject, assistant, f"2027-06-01 {start}", ends_at=at(f"2027-06-01 {end}"))


def test_a_talk_takes_a_day_at_most(subject, assistant):
    with pytest.raises(Refused, match="hooguit een dag"):
        plan(subject, assistant, ends_at=at(TEN) + DAY + MINUTE)
    assert plan(subject, assistant, ends_at=at(TEN) + DAY).id


@pytest.mark.parametrize(
    ("start", "end", "is_odd"),
    [
        ("09:00", "17:00", False), ("08:59", "10:00", True), ("16:00", "17:01", True), ("07:00", "18:00", True),
    ],
)  # fmt: skip
def test_working_hours_have_two_ends(adviser, start, end, is_odd):
    open_hours = office.hours()
    assert (open_hours.opens, open_hours.closes) == (dt.time(9), dt.time(17))
    found = keys(adviser, at(f"2027-06-01 {start}"), at(f"2027-06-01 {end}"))
    assert found == (["hours"] if is_odd else [])


@pytest.mark.parametrize(
    ("start", "is_twice"),
    [("2027-10-31 00:30", False), ("2027-10-31 02:30", True), ("2027-10-31 05:00", False), (TEN, False)],
)
def test_the_hour_that_the_clock_shows_twice(start, is_twice):
    assert bool(free.repeated_clock(at(start))) == is_twice


def test_too_soon_is_said_of_a_talk_that_is_prepared_and_to_come(adviser):
    """Of another talk, or one that is over, there is nothing to prepare."""
    others = [key for key in office.categories() if not office.is_prepared(key)]
    soon, over = formats.at(formats.today() + DAY, dt.time(10)), formats.at(formats.today() - DAY, dt.time(10))
    far = formats.at(office.first_day(), dt.time(10))
    assert [bool(free.hurried(start, "orientation")) for start in (over, soon, far)] == [False, True, False]
    assert others and not any(free.hurried(soon, key) for key in others)


def test_free_slots_do_not_begin_in_the_past_and_are_as_many_as_asked(adviser):
    found = free.free_slots(adviser, formats.today() - 3 * DAY, 60, 5)
    assert len(found) == 5 and all(slot.starts_at > formats.at(formats.today(), dt.time()) for slot in found)
    assert free.free_slots(adviser, dt.date(2027, 6, 1), 60, 1) == [
        free.Slot(at("2027-06-01 09:00"), at("2027-06-01 10:00"))
    ]


def test_a_talk_fills_the_last_hour_of_the_day(adviser):
    """Up to closing time, and not beyond it."""
    tuesday, closing = dt.date(2027, 6, 1), at("2027-06-01 17:00")
    fits = free.slots_of_day(tuesday, closing - at("2027-06-01 13:00"), ())
    assert [slot.ends_at for slot in fits] == [closing]
    assert free.slots_of_day(tuesday, closing - at("2027-06-01 12:59"), ()) == []


def test_nothing_is_free_over_lunch(adviser):
    """A stretch may end when lunch begins, and begin when it ends."""
    open_hours, day = office.hours(), dt.date(2027, 6, 1)
    lunch = [formats.at(day, clock) for clock in (open_hours.lunch_from, open_hours.lunch_until)]
    found = free.slots_of_day(day, dt.timedelta(minutes=30), ())
    assert lunch[0] in {slot.ends_at for slot in found} and lunch[1] in {slot.starts_at for slot in found}
    assert not any(slot.starts_at < lunch[1] and slot.ends_at > lunch[0] for slot in found)


@pytest.mark.parametrize(("from_day", "last"), [("2027-03-04", "2027-06-01"), ("2027-03-03", "2027-05-31")])
def test_free_slots_are_looked_for_ninety_days_ahead(adviser, from_day, last):
    """The first of June is the ninetieth day from the fourth of March on, and one too far from the third."""
    found = free.free_slots(adviser, dt.date.fromisoformat(from_day), 120, 10_000)
    assert formats.local(found[-1].starts_at).date().isoformat() == last


# --- Planning and changing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_new_time_is_looked_at_whether_it_is_earlier_or_later(as_assistant, dossier, adviser, branch, hours):
    """On a Sunday: the planner is asked each time."""
    as_assistant.post(address(dossier), data=typed(adviser, branch, day="2027-06-06", confirmed="closed:2027-06-06"))
    made = the_appointment()
    other = typed(adviser, branch, day="2027-06-06", starts=f"{12 + hours}:00", ends=f"{14 + hours}:00")
    first = typed(adviser, branch, day="2027-06-06", starts="12:00", ends="14:00", confirmed="closed:2027-06-06")
    where = f"/appointments/{made.id}/edit"
    assert as_assistant.post(where, data=first | {"version": made.version}).status_code == 302
    db.session.expire_all()
    assert as_assistant.post(where, data=other | {"version": made.version}).status_code == 422
    same = first | {"confirmed": "", "description": "parkeren achterom", "version": made.version}
    assert as_assistant.post(where, data=same).status_code == 302


def test_an_end_before_the_beginning_is_said_at_the_field(as_assistant, dossier, adviser, branch):
    for ends, status in (("09:00", 422), ("10:00", 422), ("10:15", 302)):
        answer = as_assistant.post(address(dossier), data=typed(adviser, branch, ends=ends))
        assert answer.status_code == status and ("ligt voor de begintijd" in answer.text) == (status == 422)


def test_who_planned_is_known(subject, assistant):
    assert plan(subject, assistant).planner_id == assistant.id
    assert operations.plan({"starts_at": at("2027-06-08 10:00")}, subject, None).planner_id is None


def test_the_client_who_was_told_knows_that_it_is_off(subject, assistant):
    told, untold = plan(subject, assistant), plan(subject, assistant, "2027-06-02 10:00")
    operations.confirm(told, assistant)
    for made in (told, untold):
        operations.cancel(made, "ziek", assistant)
        records.commit()
        db.session.expire_all()
        operations.confirm(made, assistant)
    assert told.told["off"] is True and told.status == "cancelled"
    assert not untold.told


def test_a_talk_is_cancelled_once(as_assistant, dossier, adviser, branch, assistant):
    as_assistant.post(address(dossier), data=typed(adviser, branch))
    where = f"/appointments/{the_appointment().id}/cancel"
    assert as_assistant.post(where, data={"reason": "ziek"}).status_code == 302
    answer = as_assistant.post(where, data={"reason": "weer ziek"})
    assert answer.status_code == 422 and "al afgerond of geannuleerd" in answer.text


# --- Absences and closing days -------------------------------------------------------------------------------


def test_an_absence_is_the_persons_own_or_the_beheerders(assistant, adviser, admin):
    begin, end = at("2027-06-02 00:00"), at("2027-06-03 00:00")
    for user, other in ((assistant, adviser), (adviser, assistant)):
        with pytest.raises(Refused, match="Alleen een beheerder"):
            operations.add_absence(other, begin, end, "", user)
        assert operations.add_absence(user, begin, end, "", user)
        assert operations.add_absence(other, begin, end, "", admin)


def test_an_absence_takes_time_and_is_in_the_way_of_what_it_overlaps(adviser):
    with pytest.raises(Refused, match="laatste dag"):
        operations.add_absence(adviser, at(TEN), at(TEN), "", adviser)
    keep(Absence(user_id=adviser.id, starts_at=at(TEN), ends_at=at(TEN) + HOUR))
    ranges = [(-1, 0), (1, 2), (0, 1)]
    found = [bool(queries.taken(adviser, at(TEN) + a * HOUR, at(TEN) + b * HOUR)) for a, b in ranges]
    assert found == [False, False, True]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("24-12-2027", 1), ("24-12-2027 t/m 31-12-2027", 8), ("24-12-2027 t/m 24-12-2027", 1),
        ("01-01-2027 t/m 02-03-2027", 61),
        ("01-01-2027 t/m 03-03-2027", None), ("25-12-2027 t/m 24-12-2027", None),
        ("01-01-2027 t/m 02-01-2027 t/m 03-01-2027", None), ("ooit", None), ("31-02-2027", None),
    ],
)  # fmt: skip
def test_closing_days_are_days_and_stretches_of_two_months_at_most(text, days):
    if days:
        assert len(list(office.closing_days(text))) == days
    else:
        with pytest.raises(ValueError, match=text.split(maxsplit=1)[0]):
            list(office.closing_days(text))


# --- The agenda and the task list ----------------------------------------------------------------------------


def test_the_calendar_asks_for_a_stretch_of_two_months_at_most(as_assistant, adviser):
    def status(**asked):
        return as_assistant.get("/agenda/events", query_string={"adviser": adviser.id, **asked}).status_code

    start = "2027-06-01T00:00:00+02:00"
    assert status(start=start, end="2027-08-02T00:00:00+02:00") == 200
    assert status(start=start, end="2027-08-02T00:00:01+02:00") == 400
    assert status(start=start, end=start) == status(start=start) == status(end=start) == 400


@pytest.mark.parametrize("page", ["/agenda", "/agenda/events", "/tasks", "/agenda/absences", "/tasks/export.csv"])
def test_nobody_looks_without_a_session(client, app, page):
    assert client.get(page).status_code in (302, 401)


def test_the_list_shows_fifty_and_then_a_next_page(as_assistant, assistant, branch):
    for number in range(50):
        make_task(assistant, f"Taak {number}", branch=branch)
    assert len(queries.task_list(assistant, queries.TaskFilters())) == 50
    assert "page=2" not in as_assistant.get("/tasks").text
    make_task(assistant, "Nog een", branch=branch)
    assert "page=2" in as_assistant.get("/tasks").text
    assert (
        "Nog een" in as_assistant.get("/tasks?page=2").text and "Taak 3<" not in as_assistant.get("/tasks?page=2").text
    )


def test_the_file_holds_what_the_list_shows(client, adviser, admin, branch):
    make_task(admin, "Bel de notaris", branch=branch)
    make_task(adviser, "Werk van Peter", branch=branch)
    log_in(client, admin)
    text = client.get("/tasks/export.csv").get_data(as_text=True)
    assert "Bel de notaris" in text and "Werk van Peter" not in text


def test_a_task_has_a_title_and_a_vestiging(assistant, branch, other_branch, app):
    for title in ("", "  "):
        with pytest.raises(Refused, match="wat er moet gebeuren"):
            operations.create_task({"title": title, "branch": branch}, assistant)
    with pytest.raises(Refused, match="Kies een vestiging"):
        operations.create_task({"title": "Bel"}, None)
    far = make_user(app, "Ver Weg", "adviser", other_branch)
    assert operations.create_task({"title": "Bel"}, assistant).branch_id == branch.id
    assert operations.create_task({"title": "Bel", "assigned_to": far}, assistant).branch_id == other_branch.id
