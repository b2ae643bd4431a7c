"""Two people at the same moment, each in a transaction of their own."""

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from crm import migrate, paths, records
from crm.accounts.models import User
from crm.activities import operations
from crm.activities.models import Appointment, Task
from crm.app import create_app
from crm.db import db
from crm.jobs import queue
from crm.records import Conflict
from tests.conftest import make_branch, make_user
from tests.crm.activities.conftest import at

TEN, NOON = at("2027-06-01 10:00"), at("2027-06-01 12:00")


@pytest.fixture
def office(new_database):
    """An office on a database of its own, where transactions really end."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        adviser = make_user(app, "Peter van Dijk", "adviser", branch)
        yield SimpleNamespace(app=app, branch_id=branch.id, adviser_id=adviser.id)
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def at_once(office, act: Callable[[int], None], count: int = 4) -> list[str]:
    """Let `count` people do this at the same moment; gives what each met: "done" or the name of the error."""
    met: list[str] = []
    start = threading.Barrier(count)
    records.rollback()  # on SQLite an open transaction of our own would hold everybody up

    def one(number: int) -> None:
        with office.app.app_context():
            start.wait()
            try:
                act(number)
                records.commit()
                met.append("done")
            except (operations.Warned, Conflict, StaleDataError) as error:
                records.rollback()
                met.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(met)


def plan(office) -> Appointment:
    adviser = db.session.get(User, office.adviser_id)
    branch = adviser.branches[0]
    subject = SimpleNamespace(
        kind="dossier", id=1, branch=branch, branch_id=branch.id, adviser_id=adviser.id, appointment_topic="starter"
    )
    return operations.plan({"starts_at": TEN}, subject, adviser)


def test_of_planners_at_once_one_plans_and_the_others_are_warned(office):
    assert at_once(office, lambda _number: plan(office)) == ["Warned", "Warned", "Warned", "done"]
    assert db.session.scalar(select(func.count(Appointment.id))) == 1


def test_of_those_who_move_at_once_one_wins_and_the_others_see_it(office):
    made = plan(office)
    records.commit()
    number, version = made.id, made.version

    def move(by: int) -> None:
        appointment = db.session.get(Appointment, number)
        begin, end = at(f"2027-06-0{2 + by} 10:00"), at(f"2027-06-0{2 + by} 12:00")
        operations.move(appointment, begin, end, appointment.assigned_to, version)

    assert at_once(office, move, 3).count("done") == 1
    db.session.expire_all()
    assert db.session.get(Appointment, number).sequence == 1


def test_klant_nabellen_comes_once_however_many_make_it(office):
    made = plan(office)
    records.commit()
    number = made.id

    def call_back(_by: int) -> None:
        appointment = db.session.get(Appointment, number)
        operations.create_call_back(appointment, appointment.assigned_to)

    assert at_once(office, call_back) == ["done"] * 4
    assert db.session.scalar(select(func.count(Task.id))) == 1


def test_an_absence_entered_while_planning_is_seen_by_one_of_the_two(office):
    def act(number: int) -> None:
        adviser = db.session.get(User, office.adviser_id)
        if number:
            plan(office)
        else:
            _absence, overlapping = operations.add_absence(adviser, TEN, NOON, "", adviser)
            told.append(bool(overlapping))

    told: list[bool] = []
    met = at_once(office, act, 2)
    assert ("Warned" in met) != told[0]
