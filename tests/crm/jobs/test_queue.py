"""Writing jobs in the caller's transaction, and what the end of a job means."""

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm import records
from crm.db import db
from crm.jobs import Job, enqueue, queue
from crm.records import Refused


@pytest.fixture
def ran(app, monkeypatch):
    """Jobs "note", "chain" and "fail", and the arguments with which they ran."""
    seen = []

    def fail(kind):
        seen.append(("try", kind))
        raise Refused("Dit mag niet.") if kind == "refused" else OSError("@".join(("jan", "voorbeeld.example unknown")))

    known = {
        "note": Job("note", lambda *arguments: seen.append(arguments)),
        "chain": Job("chain", lambda number: enqueue("note", number, key="chained")),
        "fail": Job("fail", fail, back_off=(1, 1), gave_up=lambda kind: seen.append(("gave up", kind))),
    }
    monkeypatch.setitem(app.extensions, "crm.jobs", known)
    return seen


def test_jobs_run_in_order_with_their_arguments(ran, run_jobs):
    enqueue("note", 2, delay=30)
    enqueue("note", 1)
    enqueue("note")
    assert run_jobs() == 3
    assert ran == [(1,), (), (2,)]
    assert run_jobs() == 0


def test_a_repeated_key_is_quiet_also_after_the_job_ran(ran, run_jobs):
    enqueue("note", 1, key="note:1")
    enqueue("note", 1, key="note:1")
    assert run_jobs() == 1
    enqueue("note", 1, key="note:1")
    assert run_jobs() == 0


def test_a_rolled_back_transaction_leaves_no_job(ran, run_jobs):
    records.commit()
    enqueue("note", 1)
    records.rollback()
    assert run_jobs() == 0 and ran == []


def test_a_job_may_enqueue_another(ran, run_jobs):
    enqueue("chain", 7)
    assert run_jobs() == 2
    assert ran == [(7,)]


def test_an_unknown_job_is_a_mistake_in_the_code(ran):
    with pytest.raises(KeyError):
        enqueue("no.such.job")


def test_arguments_must_be_json(ran):
    with pytest.raises(TypeError):
        enqueue("note", object())


def test_a_failing_job_is_tried_again_and_then_given_up(ran, run_jobs, caplog):
    enqueue("fail", "network")
    with pytest.raises(OSError, match="unknown"):
        run_jobs()
    assert ran == [("try", "network")] * 3 + [("gave up", "network")]
    assert "OSError" in caplog.text and "jan@" not in caplog.text


def test_refused_is_final(ran, run_jobs):
    enqueue("fail", "refused")
    assert run_jobs() == 1
    assert ran == [("try", "refused")]


def test_what_a_job_writes_is_committed_and_what_a_failed_one_wrote_is_not(app, branch, run_jobs, monkeypatch):
    def rename(name, fails):
        branch_now = db.session.get(type(branch), branch.id)
        branch_now.city = name
        records.save(branch_now, None)
        if fails:
            raise Refused("Nee.")

    monkeypatch.setitem(app.extensions, "crm.jobs", {"rename": Job("rename", rename)})
    enqueue("rename", "Zeist", False)
    enqueue("rename", "Baarn", True)
    run_jobs()
    assert branch.city == "Zeist"


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        (dt.timedelta(seconds=15), "*/15 * * * * *"),
        (dt.timedelta(minutes=1), "0 */1 * * * *"),
        (dt.timedelta(minutes=20), "0 */20 * * * *"),
        (dt.timedelta(hours=1), "0 0 */1 * * *"),
        (dt.timedelta(hours=12), "0 0 */12 * * *"),
        (dt.timedelta(days=1), "0 10 3 * * *"),
    ],
)
def test_schedules(every, cron):
    assert queue.cron_of(every) == cron


@pytest.mark.parametrize("seconds", [0, -60, 7, 45 * 60, 90, 5 * 3600, 2 * 86400])
def test_a_schedule_that_does_not_divide_is_refused(seconds):
    with pytest.raises(ValueError, match="does not divide"):
        queue.cron_of(dt.timedelta(seconds=seconds))


def test_only_json_is_kept(ran):
    enqueue("note", 12, key="note:12")
    schema = "dbos." if db.engine.dialect.name == "postgresql" else ""
    row = db.session.execute(
        text(
            f"SELECT w.serialization, i.inputs FROM {schema}workflow_status w JOIN {schema}workflow_input i "
            "ON i.workflow_uuid = w.workflow_uuid WHERE w.workflow_uuid = 'note:12'"
        )
    ).one()
    assert tuple(row) == ("portable_json", '{"namedArgs":{},"positionalArgs":[[12],1]}')


def test_values_of_a_failed_statement_are_not_told(app):
    with pytest.raises(DBAPIError) as failed:
        db.session.execute(text("SELECT 1 FROM no_such_table WHERE name = :name"), {"name": "Jan Voorbeeld"})
    assert "Jan" not in str(failed.value)
    db.session.rollback()
