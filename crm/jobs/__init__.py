"""Work for later: thin words over DBOS."""

from crm.jobs.models import Job, Watch
from crm.jobs.queue import enqueue

__all__ = ["Job", "Watch", "enqueue"]
