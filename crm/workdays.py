"""Working days of the Dutch calendar. Pure: knows neither database nor screen."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from holidays import country_holidays

DAY = dt.timedelta(days=1)
GOOD_FRIDAY = "Goede vrijdag"
LIBERATION_DAY = "Bevrijdingsdag"


@lru_cache(maxsize=64)
def public_holidays(year: int) -> dict[dt.date, str]:
    """The public holidays of a year by their Dutch names; 5 May only in lustrum years (domain.md §7.8)."""
    return dict(country_holidays("NL", years=year, language="nl"))


@dataclass(frozen=True)
class Calendar:
    """Which days an office works.

    `good_friday` and `liberation_day` say whether those days are off (5 May is off in lustrum years whatever the
    office chose, the Algemene termijnenwet and the library both name it); `closed` are the office's own closing days.
    """

    good_friday: bool = True
    liberation_day: bool = False
    closed: frozenset[dt.date] = frozenset()

    def closing_reason(self, day: dt.date) -> str:
        """Why the office is closed on this day ("Hemelvaartsdag", "zaterdag" …); empty on a working day."""
        if day in self.closed:
            return "een sluitingsdag van het kantoor"
        if holiday := self.holiday(day):
            return holiday
        return {5: "zaterdag", 6: "zondag"}.get(day.weekday(), "")

    def holiday(self, day: dt.date) -> str:
        """The name of the holiday the office keeps on this day; empty when there is none."""
        if (day.month, day.day) == (5, 5) and self.liberation_day:
            return LIBERATION_DAY
        name = public_holidays(day.year).get(day, "")
        return "" if name == GOOD_FRIDAY and not self.good_friday else name

    def is_working_day(self, day: dt.date) -> bool:
        """False at weekends, on holidays and on the office's own closing days."""
        return not self.closing_reason(day)

    def next(self, day: dt.date) -> dt.date:
        """The first working day from this day on: the day itself when it is one."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def before(self, day: dt.date) -> dt.date:
        """The last working day before this day (O-011)."""
        day -= DAY
        while not self.is_working_day(day):
            day -= DAY
        return day

    def add(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th working day after this day; a negative count goes back; 0 is `next(day)`."""
        if count == 0:
            return self.next(day)
        for _ in range(abs(count)):
            day = self.next(day + DAY) if count > 0 else self.before(day)
        return day
