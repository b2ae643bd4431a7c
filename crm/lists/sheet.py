"""Rows as a file for a spreadsheet: semicolons and a byte order mark in front, as Excel wants it in Dutch."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crm import formats
from crm.lists import Column

MARK = "\ufeff"


def head_of(columns: Sequence[Column]) -> str:
    """The first line: what the columns are called."""
    return MARK + csv_lines([[str(column.title) for column in columns]])


def lines_of(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """These columns of these rows, a line at a time."""
    for row in rows:
        yield csv_lines([[harmless(column.text(row)) for column in columns]])


def csv_lines(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; telephone numbers, which may start with +, stay what they are."""
    if isinstance(value, dt.date):
        return formats.short_date(value)
    text = "" if value is None else str(value)
    is_phone = text[:1] == "+" and text[1:].replace(" ", "").isdigit()
    return f"'{text}" if text[:1] in "=+-@\t\r" and text[:1] and not is_phone else text
