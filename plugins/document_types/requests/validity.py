"""Until when a document is good (domain.md §4.1, column Geldig)."""

import calendar
import datetime as dt

from plugins.document_types import terms
from plugins.document_types.models import DocumentType

WEEK = dt.timedelta(weeks=1)


def asks_date(document_type: DocumentType) -> bool:
    """Does one need the date on the document to know how long it is good?"""
    return document_type.validity in (terms.MONTHS, terms.WEEKS, "current_year")


def asks_end(document_type: DocumentType) -> bool:
    """Does the document itself say until when it is good?"""
    return document_type.validity in ("transfer_date", "stated_date", "in_force")


def last_day(document_type: DocumentType, dated_on: dt.date | None) -> dt.date | None:
    """The last day on which a document of this date is good; None when its date does not say."""
    if dated_on is None:
        return None
    count = document_type.validity_count or 0
    if document_type.validity == terms.MONTHS:
        return months_later(dated_on, count)
    if document_type.validity == terms.WEEKS:
        return dated_on + count * WEEK
    return dt.date(dated_on.year, 12, 31) if document_type.validity == "current_year" else None


def months_later(day: dt.date, count: int) -> dt.date:
    """The same day so many months later, the month's last when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
