"""What the office decided: categories of talks, working days and hours, how a talk is called."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from crm import formats, paths
from crm.db import utcnow
from crm.settings import setting
from crm.workdays import Calendar

DEADLINE_TIME = dt.time(9)  # domain.md §9.2, decision 11
CALL_BACK_AFTER = dt.timedelta(days=7)  # O-068
LONGEST_CLOSURE = 60  # days


@dataclass(frozen=True)
class Category:
    """What a talk can be; `word` stands in the generated title, `minutes` is what is reserved for it (O-052).

    `prepared`: the client's data must be in one working day before (O-011).
    """

    key: str
    name: str
    word: str
    minutes: int
    prepared: bool = False


@dataclass(frozen=True)
class Hours:
    """When the office works on a working day, on the clock in Amsterdam."""

    opens: dt.time
    closes: dt.time
    lunch_from: dt.time
    lunch_until: dt.time


@lru_cache(maxsize=1)
def categories() -> dict[str, Category]:
    """The categories of talks by key, in the order of config/content/appointment_categories.toml."""
    text = (paths.content() / "appointment_categories.toml").read_text("utf-8")
    return {entry["key"]: Category(**entry) for entry in tomllib.loads(text)["category"]}


def calendar() -> Calendar:
    """The working days of this office."""
    good_friday, liberation_day = setting("activities.good_friday"), setting("activities.liberation_day")
    return Calendar(good_friday, liberation_day, frozenset(closing_days(setting("activities.closed"))))


def deadline(starts_at: dt.datetime) -> dt.datetime:
    """When everything must be in for a talk: at nine on the working day before (O-011)."""
    return formats.at(calendar().before(formats.local(starts_at).date()), DEADLINE_TIME)


@dataclass(frozen=True)
class Due:
    """When everything must be in before a talk: whether that moment has come, or does today."""

    at: dt.datetime
    is_late: bool
    is_today: bool


def due(starts_at: dt.datetime) -> Due:
    """How the deadline of a talk stands now."""
    at, now = deadline(starts_at), utcnow()
    return Due(at, at <= now, formats.local(at).date() == formats.local(now).date())


def is_too_soon(starts_at: dt.datetime, now: dt.datetime | None = None) -> bool:
    """True when the client cannot prepare for this talk any more: the day on which all must be in has come."""
    return formats.local(deadline(starts_at)).date() <= formats.local(now or utcnow()).date()


def first_day() -> dt.date:
    """The first day of a talk that is not too soon: it leaves the client a working day to prepare."""
    return calendar().add(formats.today(), 2)


def is_prepared(category: str) -> bool:
    """True when the client's data must be in before a talk of this category (O-010)."""
    known = categories().get(category)
    return known is not None and known.prepared


def closing_days(text: str) -> Iterator[dt.date]:
    """The days named one to a line, "24-12-2027" or "24-12-2027 t/m 31-12-2027". Raises ValueError with the line."""
    for line in filter(None, map(str.strip, text.splitlines())):
        ends = [part.strip() for part in line.split("t/m")]
        try:
            first, last = (dt.date(*map(int, reversed(part.split("-")))) for part in (ends[0], ends[-1]))
        except (TypeError, ValueError) as error:
            raise ValueError(line) from error
        if len(ends) > 2 or not 0 <= (last - first).days <= LONGEST_CLOSURE:
            raise ValueError(line)
        yield from (first + dt.timedelta(days=offset) for offset in range((last - first).days + 1))


def hours() -> Hours:
    """The working hours of this office."""
    return Hours(*(setting(f"activities.{name}") for name in ("opens", "closes", "lunch_from", "lunch_until")))


def make_title(category: str, by_video: bool, place: str, topic: str) -> str:
    """ "Teams oriëntatie starter", "Utrecht oriëntatie doorstromer" (O-050, O-051); `place` is the vestiging."""
    return " ".join(part for part in ("Teams" if by_video else place, categories()[category].word, topic) if part)
