"""Real workers, each on a database of its own."""

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from crm import migrate, paths, records
from crm.accounts.models import Attempts
from crm.app import create_app
from crm.db import db, utcnow
from crm.jobs import Job, enqueue, operations, queries, queue, slots, worker
from crm.records import Refused
from crm.web import Submission

HOLDER = Path(__file__).parent / "holder.py"
SOON = 300.0  # seconds


def until(happened):
    """Wait until this is true."""
    deadline = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)


@pytest.fixture
def office(new_database):
    """An app on a database of its own whose jobs a test sets."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        yield app
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


@pytest.fixture
def working(office):
    """Starts a worker in this process and stops it after the test."""
    stop, errors = threading.Event(), []

    def run():
        try:
            worker.work(office, stop, look_round=0.05)
        except Exception as error:
            errors.append(error)
            queue.stop(0)

    thread = threading.Thread(target=run)
    yield lambda: thread.start() or errors
    stop.set()
    if thread.ident:
        thread.join(SOON)
    assert not thread.is_alive()


def statuses():
    schema = "dbos." if db.engine.dialect.name == "postgresql" else ""
    db.session.rollback()
    rows = db.session.execute(text(f"SELECT workflow_uuid, status FROM {schema}workflow_status")).all()
    db.session.rollback()
    return {row[0]: row[1] for row in rows}


def test_a_worker_says_every_so_often_that_it_is_there(office, working, monkeypatch):
    monkeypatch.setattr(worker, "SIGN_EVERY", 0.0)
    working()

    def seen():
        db.session.rollback()
        return queries.last_seen()

    until(seen)
    first = seen()
    until(lambda: seen() > first)
    assert utcnow() - seen() < dt.timedelta(seconds=SOON)


def test_committed_jobs_run_once_and_rolled_back_ones_never(office, working):
    seen = []
    office.extensions["crm.jobs"] = {"note": Job("note", seen.append)}
    for number in range(12):
        enqueue("note", number, key=f"note:{number}")
        records.rollback() if number % 3 == 0 else records.commit()
    enqueue("note", 100, delay=0.2)
    records.commit()
    working()
    until(lambda: 100 in seen and set(statuses().values()) == {"SUCCESS"})
    assert Counter(seen) == Counter([number for number in range(12) if number % 3] + [100])


def test_a_failing_job_is_tried_again_refused_is_final_and_a_hopeless_one_is_given_up(office, working):
    seen = []

    def shaky(number):
        seen.append(("shaky", number))
        if seen.count(("shaky", number)) < 3:
            raise OSError("not yet")

    def hopeless():
        seen.append("hopeless")
        raise ValueError("never")

    def refused():
        seen.append("refused")
        raise Refused("Nee.")

    jobs = [
        Job("shaky", shaky, back_off=(0, 0, 0)),
        Job("hopeless", hopeless, back_off=(0,), gave_up=lambda: seen.append("gave up")),
        Job("refused", refused),
    ]
    office.extensions["crm.jobs"] = {job.name: job for job in jobs}
    enqueue("shaky", 1, key="shaky:1")
    enqueue("hopeless", key="hopeless")
    enqueue("refused", key="refused")
    records.commit()
    working()
    wanted = {
        "shaky:1": "SUCCESS", "shaky:1~2": "SUCCESS", "shaky:1~3": "SUCCESS",
        "hopeless": "SUCCESS", "hopeless~2": "ERROR", "refused": "ERROR",
    }  # fmt: skip
    until(lambda: statuses() == wanted)
    assert Counter(seen) == Counter([("shaky", 1)] * 3 + ["hopeless"] * 2 + ["gave up", "refused"])


def test_a_schedule_ticks_and_goes_when_its_job_goes(office, working):
    ticks = []
    office.extensions["crm.jobs"] = {"tick": Job("tick", lambda: ticks.append(1), every=dt.timedelta(seconds=1))}
    queue.apply_schedules([Job("gone", print, every=dt.timedelta(days=1))])
    working()
    until(lambda: len(ticks) >= 2)
    assert [kept["schedule_name"] for kept in queue.client().list_schedules()] == ["tick"]
    keys = list(statuses())
    assert len(keys) == len(set(keys)) and all(key.startswith("sched-tick-") for key in keys)


def test_clean_up_forgets_what_is_old(office):
    office.extensions["crm.jobs"] = {"note": Job("note", print)}
    enqueue("note", key="waiting")
    enqueue("note", key="ended long ago")
    enqueue("note", key="ended just now")
    old = utcnow() - dt.timedelta(days=20)
    records.keep(Submission(token="old", at=old), Submission(token="new"))
    records.keep(Attempts(scope="old", until=old), Attempts(scope="new", until=utcnow() + dt.timedelta(minutes=5)))
    schema = "dbos." if db.engine.dialect.name == "postgresql" else ""
    for key, moment in (("ended long ago", old), ("ended just now", utcnow())):
        db.session.execute(
            text(
                f"UPDATE {schema}workflow_status SET status = 'SUCCESS', completed_at = :at, created_at = :at "
                "WHERE workflow_uuid = :key"
            ),
            {"key": key, "at": int(moment.timestamp() * 1000)},
        )
    records.commit()
    operations.clean_up()
    assert set(statuses()) == {"waiting", "ended just now"}
    assert [row.token for row in db.session.query(Submission)] == ["new"]
    assert [row.scope for row in db.session.query(Attempts)] == ["new"]


def test_a_worker_that_lost_its_slot_stops(office, working):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("a file's lock can't be lost")
    office.extensions["crm.jobs"] = {}
    errors = working()
    held = (
        "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database WHERE locktype = 'advisory'"
        " AND datname = current_database() AND classid = :family AND objid = 1 AND granted"
    )

    def holder():
        db.session.rollback()
        return db.session.scalar(text(held), {"family": slots.FAMILY})

    until(holder)
    db.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": holder()})
    until(lambda: errors)
    assert isinstance(errors[0], worker.SlotLost)


def test_slots_are_taken_once(office):
    url, folder = queue.database_url(), office.config["DATA"]
    one, other = slots.locks_of(url, folder), slots.locks_of(url, folder)
    assert (slots.first_free(one), slots.first_free(other)) == (1, 2)
    with slots.borrowed(other, 1) as is_dead:
        assert not is_dead
    one.close()
    with slots.borrowed(other, 1) as is_dead:
        assert is_dead
    third = slots.locks_of(url, folder)
    assert slots.first_free(third) == 1
    for locks in (other, third):
        locks.close()


def test_what_a_killed_worker_held_is_taken_over_once(office, new_database):
    """kill -9 of a worker that holds several jobs: two others take over, and each job ends once."""
    log = Path(new_database["DATA"]) / "log"
    office.extensions["crm.jobs"] = {"hold": Job("hold", print)}
    for number in range(6):
        enqueue("hold", number, key=f"hold:{number}")
        records.commit()
        enqueue("hold", 100 + number, key=f"never:{number}")
        records.rollback()

    def start(seconds):
        arguments = [sys.executable, str(HOLDER), new_database["DATA"], new_database["DATABASE"], str(seconds)]
        return subprocess.Popen(arguments, cwd=Path(paths.PACKAGE).parent)

    def lines(word):
        return [line for line in log.read_text().splitlines() if line.startswith(word)] if log.exists() else []

    killed, others = start(600), []
    try:
        until(lambda: len(lines("began")) == 4)
        others = [start(0.2), start(0.2)]
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        until(lambda: len(lines("ended")) == 6 and set(statuses().values()) == {"SUCCESS"})
    finally:
        for process in (killed, *others):
            process.kill()
            process.wait()
    assert Counter(lines("ended")) == Counter(f"ended {number}" for number in range(6))
    assert Counter(Counter(lines("began")).values()) == Counter({2: 4, 1: 2})
