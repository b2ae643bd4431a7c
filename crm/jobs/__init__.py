"""Work for later: thin words over DBOS."""

from crm.jobs.models import Job
from crm.jobs.queue import enqueue

__all__ = ["Job", "enqueue"]
