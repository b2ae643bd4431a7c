"""Rules of accounts with an edge: what holds on the one side of it, and on the other."""

import datetime as dt

import pytest

from crm import records
from crm.accounts import attempts, operations
from crm.accounts.attempts import Place
from crm.db import utcnow

HERE = Place("192.0.2.1", "browser")
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(("late", "is_known"), [(-2, True), (2, False)])
def test_a_link_for_a_password_lasts_so_long(app, assistant, monkeypatch, late, is_known):
    word = operations.password_word(assistant)
    later = utcnow().timestamp() + operations.LINK_LASTS.total_seconds() + late
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert (operations.user_of_word(word) == assistant) is is_known


def test_a_link_is_for_who_is_not_switched_off(app, assistant, adviser):
    words = {one: operations.password_word(one) for one in (assistant, adviser)}
    assistant.is_enabled = False
    records.save(assistant, None)
    assert operations.user_of_word(words[assistant]) is None and operations.user_of_word(words[adviser]) == adviser
    assert operations.user_of_word(words[adviser] + "x") is None


@pytest.mark.parametrize(("late", "is_known"), [(-SECOND, True), (SECOND, False)])
def test_a_place_is_known_for_ninety_days(app, monkeypatch, late, is_known):
    attempts.remember("a@b.nl", HERE)
    later = utcnow() + attempts.KNOWN_LASTS + late
    monkeypatch.setattr(attempts, "utcnow", lambda: later)
    for where in (HERE.network, HERE.device):
        assert attempts.is_known("a@b.nl", where) is is_known
    assert not attempts.is_known("c@d.nl", HERE.network) and not attempts.is_known("a@b.nl", "")


def test_answers_come_slower_when_many_guess_at_one_account(app):
    """From everywhere; not to who logged in from there before."""
    places = [Place(f"192.0.2.{number}") for number in range(attempts.SLOW_PER_ACCOUNT + 2)]
    attempts.remember("a@b.nl", places[-1])
    slow = [attempts.take_login("a@b.nl", place) for place in places]
    assert slow == [False] * attempts.SLOW_PER_ACCOUNT + [True, False]


def test_a_success_counts_for_nobody(app):
    for _ in range(attempts.FREE_ATTEMPTS * 3):
        assert not attempts.take_login("a@b.nl", HERE)
        attempts.succeeded("a@b.nl", HERE)
    for _ in range(attempts.FREE_ATTEMPTS):
        attempts.take_login("a@b.nl", HERE)
    with pytest.raises(records.Refused, match="Te veel pogingen"):
        attempts.take_login("a@b.nl", HERE)
