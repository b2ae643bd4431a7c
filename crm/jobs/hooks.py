"""What jobs says to the house."""

import datetime as dt

from crm.hookspecs import impl
from crm.jobs import Job, operations


@impl
def jobs():
    return [Job("jobs.clean_up", operations.clean_up, every=dt.timedelta(days=1))]
