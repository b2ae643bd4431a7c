"""The Dutch calendar: the examples of domain.md §7.8 and the days people get wrong."""

import datetime as dt

import pytest

from crm.workdays import Calendar

DAY = dt.date


def test_working_day_before_tuesday_after_easter_is_thursday():
    assert Calendar().before(DAY(2026, 4, 7)) == DAY(2026, 4, 2)


def test_an_office_that_works_on_good_friday():
    assert Calendar(good_friday=False).before(DAY(2026, 4, 7)) == DAY(2026, 4, 3)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (DAY(2026, 1, 1), "Nieuwjaarsdag"),
        (DAY(2026, 4, 3), "Goede vrijdag"),
        (DAY(2026, 4, 6), "Tweede paasdag"),
        (DAY(2026, 4, 27), "Koningsdag"),
        (DAY(2026, 5, 14), "Hemelvaartsdag"),
        (DAY(2026, 5, 25), "Tweede pinksterdag"),
        (DAY(2026, 12, 25), "Eerste kerstdag"),
        (DAY(2025, 5, 5), "Bevrijdingsdag"),
    ],
)
def test_holidays_by_their_dutch_names(day, name):
    assert Calendar().holiday(day) == name
    assert not Calendar().is_working_day(day)


def test_kings_day_moves_to_saturday_when_the_27th_is_a_sunday():
    assert Calendar().holiday(DAY(2025, 4, 26)) == "Koningsdag"
    assert Calendar().holiday(DAY(2025, 4, 27)) == ""


def test_fifth_of_may_is_off_in_lustrum_years_or_every_year_when_the_office_says_so():
    assert Calendar().is_working_day(DAY(2026, 5, 5))
    assert not Calendar().is_working_day(DAY(2030, 5, 6 - 1))
    assert Calendar(liberation_day=True).holiday(DAY(2026, 5, 5)) == "Bevrijdingsdag"


def test_own_closing_days_count():
    calendar = Calendar(closed=frozenset({DAY(2026, 12, 24)}))
    assert calendar.closing_reason(DAY(2026, 12, 24)) == "een sluitingsdag van het kantoor"
    assert calendar.before(DAY(2026, 12, 28)) == DAY(2026, 12, 23)


def test_next_keeps_a_working_day_and_shifts_hemelvaart_to_friday():
    assert Calendar().next(DAY(2026, 5, 13)) == DAY(2026, 5, 13)
    assert Calendar().next(DAY(2026, 5, 14)) == DAY(2026, 5, 15)


def test_weekends_are_named():
    assert Calendar().closing_reason(DAY(2026, 6, 6)) == "zaterdag"
    assert Calendar().closing_reason(DAY(2026, 6, 7)) == "zondag"
    assert Calendar().closing_reason(DAY(2026, 6, 8)) == ""


def test_adding_counts_working_days_only():
    calendar = Calendar()
    assert calendar.add(DAY(2026, 5, 13), 1) == DAY(2026, 5, 15)
    assert calendar.add(DAY(2026, 5, 13), 2) == DAY(2026, 5, 18)
    assert calendar.add(DAY(2026, 4, 7), -1) == DAY(2026, 4, 2)
    assert calendar.add(DAY(2026, 6, 6), 0) == DAY(2026, 6, 8)
