"""Verbs of jobs: say that a worker is there, keep the tables small."""

import datetime as dt
from typing import Any

from sqlalchemy import Select, select

from crm.accounts import queries as accounts
from crm.accounts.models import Attempts
from crm.db import db, utcnow
from crm.jobs import queue
from crm.jobs.models import WorkerSign
from crm.records import commit, discard, keep
from crm.web import Submission

FINISHED_FOR = dt.timedelta(days=14)
SENT_FOR = dt.timedelta(days=2)
BATCH = 500


def sign(slot: int) -> None:
    """The worker in this slot is at work."""
    found = db.session.get(WorkerSign, slot) or WorkerSign(slot=slot)
    found.seen_at = utcnow()
    keep(found)


def clean_up() -> None:
    """Forget jobs that ended two weeks ago, forms sent two days ago, attempts whose window is over and sessions that
    nobody can go on with."""
    queue.forget(FINISHED_FOR)
    drop(select(Submission).where(Submission.at < utcnow() - SENT_FOR))
    drop(select(Attempts).where(Attempts.until < utcnow()))
    drop(accounts.sessions_over())


def drop(rows: Select[Any]) -> None:
    """Take these rows away, a batch and a transaction at a time."""
    while batch := db.session.scalars(rows.limit(BATCH)).all():
        discard(*batch)
        commit()
