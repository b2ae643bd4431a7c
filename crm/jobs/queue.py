"""The only file that knows DBOS: jobs are written in the caller's transaction and run by a worker."""

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dbos import (
    DBOS,
    ClientScheduleInput,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    WorkflowStatus,
    run_dbos_database_migrations,
)
from flask import Flask, current_app

from crm import records
from crm.db import db, utcnow
from crm.host import PluginError, by_name, hook, once_per_app
from crm.jobs.models import Job

log = logging.getLogger(__name__)

NAME = "sleutel"
QUEUE = "jobs"
TICK = ".tick"
# Raised only when what is kept of a job changes shape: a worker leaves jobs of another version alone.
VERSION = "1"
JSON = DBOSPortableJSONSerializer()
Again = Callable[[Job, Sequence[Any], int, str], None]


class GaveUp(Exception):
    """A job that ended badly; names the job and the kind of failure, nothing a client said."""


def create_tables(database_url: str) -> None:
    """Make DBOS' own tables in our database."""
    run_dbos_database_migrations(system_database_url=database_url)


def database_url() -> str:
    """The database's address as DBOS wants it: a URL, never our engine."""
    return db.engine.url.render_as_string(hide_password=False)


def load_jobs() -> dict[str, Job]:
    """Every job by name. Raises PluginError when two have one name or a schedule can't be kept."""
    found: dict[str, Job] = by_name(hook.jobs, "job", lambda job: job.name)
    for job in found.values():
        try:
            cron_of(job.every) if job.every else None
        except ValueError as error:
            raise PluginError(f"the job {job.name!r}: {error}") from error
    return found


def jobs() -> dict[str, Job]:
    """Every job by name; asked once, at the start."""
    return once_per_app("crm.jobs", load_jobs)


def client() -> DBOSClient:
    """This process's way to the queue, made at its first use, so that no connection crosses a fork."""
    return once_per_app(
        "crm.jobs.client",
        lambda: DBOSClient(system_database_url=database_url(), serializer=JSON, application_name=NAME, lazy=True),
    )


def disconnect() -> None:
    """Let go of this process's way to the queue."""
    if (known := current_app.extensions.pop("crm.jobs.client", None)) is not None:
        known.destroy()


def enqueue(name: str, *arguments: Any, key: str | None = None, delay: float = 0.0) -> None:
    """Let a worker do the job `name` once this transaction is committed, `delay` seconds later.

    `arguments` are JSON, ids only: they are kept for days. `key` makes the work unique ("mail.send:12"): a second one
    with the same key is quiet, also when the first has run (for two weeks). Raises KeyError for an unknown job.
    """
    client().enqueue_in_transaction(db.session(), options(jobs()[name], key, delay), list(arguments), 1)


def options(job: Job, key: str | None, delay: float) -> EnqueueOptions:
    """What DBOS must know about one piece of work."""
    found = EnqueueOptions(workflow_name=job.name, queue_name=QUEUE, app_version=VERSION)
    if key:
        found["workflow_id"] = key
    if delay > 0:
        found["delay_seconds"] = delay
    return found


def perform(job: Job, arguments: Sequence[Any], attempt: int, key: str, again: Again) -> None:
    """Do one job in the caller's app context: commit it, or hand it to `again` for a next try.

    Raises GaveUp when it was refused (Refused is final) or no try is left.
    """
    try:
        job.run(*arguments)
        records.commit()
    except records.Refused as refusal:
        records.rollback()
        log.warning("job %s (%s) was refused", job.name, key)
        raise GaveUp(f"{job.name}: Refused") from refusal
    except Exception as error:
        records.rollback()
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("job %s (%s) failed at try %d: %s\n%s", job.name, key, attempt, type(error).__name__, where)
        if attempt <= len(job.back_off):
            return again(job, arguments, attempt + 1, key)
        if job.gave_up:
            job.gave_up(*arguments)
            records.commit()
        raise GaveUp(f"{job.name}: {type(error).__name__}") from error


def try_again(job: Job, arguments: Sequence[Any], attempt: int, key: str) -> None:
    """Put a failed job back for its next try, under a key of its own; waits for a database that is away."""
    delay = job.back_off[attempt - 2]
    client().enqueue(options(job, f"{key.partition('~')[0]}~{attempt}", delay), list(arguments), attempt)


def register(app: Flask) -> None:
    """Tell DBOS what each job does, once per process; a schedule is a workflow of its own, called with its tick."""
    with app.app_context():
        known = jobs()
    for job in known.values():
        DBOS.workflow(name=job.name, max_recovery_attempts=None)(workflow(app, job))
        if job.every:
            DBOS.workflow(name=job.name + TICK, max_recovery_attempts=None)(tick(app, job))


def workflow(app: Flask, job: Job) -> Callable[[list[Any], int], None]:
    """The job as DBOS calls it."""

    def run(arguments: list[Any], attempt: int) -> None:
        with app.app_context():
            perform(job, arguments, attempt, str(DBOS.workflow_id), try_again)

    return run


def tick(app: Flask, job: Job) -> Callable[[str, None], None]:
    """A scheduled job as DBOS calls it; its key holds the moment, so that each tick runs once."""

    def run(_moment: str, _context: None) -> None:
        with app.app_context():
            perform(job, [], 1, str(DBOS.workflow_id), try_again)

    return run


def launch(app: Flask, slot: str) -> None:
    """Run jobs in this process under the name of its slot; what this slot held before goes on at once."""
    register(app)
    with app.app_context():
        DBOS(
            config=DBOSConfig(
                name=NAME,
                system_database_url=database_url(),
                serializer=JSON,
                application_version=VERSION,
                executor_id=slot,
                run_migrations=False,
                log_level="WARNING",
            )
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=app.config["WORKER_CONCURRENCY"],
            polling_interval_sec=app.config["WORKER_POLL"],
            on_conflict="always_update",
        )
        apply_schedules(jobs().values())


def stop(seconds: int) -> None:
    """Take no more jobs, and give running ones `seconds` to end; those that do not go on in another worker."""
    DBOS.destroy(workflow_completion_timeout_sec=seconds)


def apply_schedules(known: Iterable[Job]) -> None:
    """Make the kept schedules those of these jobs, no more and no less."""
    wanted = [
        ClientScheduleInput(
            schedule_name=job.name,
            workflow_name=job.name + TICK,
            schedule=cron_of(job.every),
            cron_timezone="Europe/Amsterdam",
            queue_name=QUEUE,
        )
        for job in known
        if job.every
    ]
    client().apply_schedules(wanted)
    names = {schedule["schedule_name"] for schedule in wanted}
    for kept in client().list_schedules(application_name=NAME):
        if kept["schedule_name"] not in names:
            client().delete_schedule(kept["schedule_name"])


def cron_of(every: dt.timedelta) -> str:
    """The cron line, with seconds, of a job that runs so often; once a day is at night.

    Raises ValueError for what does not divide a minute, an hour or a day.
    """
    seconds = int(every.total_seconds())
    if 0 < seconds < 60 and 60 % seconds == 0:
        return f"*/{seconds} * * * * *"
    if 0 < seconds < 3600 and 3600 % seconds == 0 and seconds % 60 == 0:
        return f"0 */{seconds // 60} * * * *"
    if 0 < seconds < 86400 and 86400 % seconds == 0 and seconds % 3600 == 0:
        return f"0 0 */{seconds // 3600} * * *"
    if seconds == 86400:
        return "0 10 3 * * *"
    raise ValueError(f"{every} does not divide a minute, an hour or a day")


def holders() -> set[str]:
    """Slots that hold unfinished work."""
    held = client().list_workflows(status="PENDING", load_input=False, load_output=False)
    return {str(work.executor_id) for work in held if work.executor_id}


def take_over(slot: str) -> int:
    """Put back in the queue what this slot held; gives how many. The caller holds the slot's lock all the while."""
    held = client().list_workflows(status="PENDING", executor_id=slot, load_input=False, load_output=False)
    if held:
        client().resume_workflows([work.workflow_id for work in held], queue_name=QUEUE)
    return len(held)


def leave_to_people(batch: int = 500) -> int:
    """Of jobs that go out, what waits or was begun is cancelled, once the job has said what becomes of it (`in_doubt`);
    gives how many. For a restored office, before its first worker. Ends the transaction it is called in."""
    outgoing = {name: job for job in jobs().values() if job.in_doubt for name in (job.name, job.name + TICK)}
    count = 0
    while outgoing and (waiting := unfinished(list(outgoing), batch)):
        for work in waiting:
            job = outgoing[work.name]
            if job.in_doubt:
                job.in_doubt(*(work.input["args"][0] if work.input and work.name == job.name else ()))
        records.commit()
        client().cancel_workflows([work.workflow_id for work in waiting])
        count += len(waiting)
    return count


def unfinished(names: list[str], limit: int) -> list[WorkflowStatus]:
    """A stretch of the work under these names that waits or was begun."""
    states = ["ENQUEUED", "DELAYED", "PENDING"]
    return client().list_workflows(status=states, name=names, limit=limit, load_output=False)


def forget(before: dt.timedelta, batch: int = 1000) -> int:
    """Delete jobs that ended longer ago than this; gives how many. Uses a transaction of its own."""
    moment, count = (utcnow() - before).isoformat(), 0
    while old := client().list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=moment,
        limit=batch,
        load_input=False,
        load_output=False,
    ):
        client().delete_workflows([work.workflow_id for work in old])
        count += len(old)
    return count
