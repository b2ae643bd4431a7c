"""What the API says to the house."""

import datetime as dt

from crm.api import operations, views
from crm.hookspecs import impl
from crm.jobs import Job


@impl
def blueprints():
    return [views.pages]


@impl
def jobs():
    return [Job("api.clean_up", operations.clean_up, every=dt.timedelta(days=1))]
