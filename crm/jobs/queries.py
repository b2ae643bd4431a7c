"""Questions of jobs."""

import datetime as dt

from sqlalchemy import func, select

from crm.db import db
from crm.jobs.models import WorkerSign


def last_seen() -> dt.datetime | None:
    """When a worker, whichever, was last at work; None for never."""
    return db.session.scalar(select(func.max(WorkerSign.seen_at)))
