"""Verbs of the office."""

from typing import Any

from crm.furniture import keep, lock
from plugins.portal.office.models import Office


def put(says: dict[str, Any]) -> None:
    """Write down what the CRM says of the office."""
    row = lock(Office, 1) or Office(id=1)
    for name, value in says.items():
        setattr(row, name, value)
    keep(row)
