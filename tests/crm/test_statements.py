"""Statements that are built once for everyone who sees the same."""

import datetime as dt
from types import SimpleNamespace

import pytest
from sqlalchemy import literal, select

from crm import formats
from crm.accounts.models import User
from crm.db import db
from crm.statements import prepared, this_day


def someone(id=1, role="assistant", branch_ids=(1,)):
    return SimpleNamespace(id=id, role=role, branch_ids=list(branch_ids), name="Eva")


def counting():
    """(a builder that is prepared, what it was asked for)."""
    built = []

    @prepared
    def build(user, *rest):
        built.append((user, *rest))
        return select(literal(len(built)))

    return build, built


def test_it_is_built_once_for_the_same_sight():
    build, built = counting()
    assert build(someone()) is build(someone())
    assert len(built) == 1


@pytest.mark.parametrize("other", [{"id": 2}, {"role": "adviser"}, {"branch_ids": (1, 2)}, {"branch_ids": ()}])
def test_who_sees_something_else_gets_another(other):
    build, built = counting()
    assert build(someone()) is not build(someone(**other))
    assert len(built) == 2


def test_the_rest_of_what_it_is_asked_with_counts():
    build, built = counting()
    build(someone(), True), build(someone(), False), build(someone(), True)
    assert [rest for _user, *rest in built] == [[True], [False]]


def test_it_can_look_at_nothing_else_of_the_user():
    build = prepared(lambda user: select(literal(user.name)))
    with pytest.raises(AttributeError):
        build(someone())


def test_the_day_is_that_of_the_question(app, assistant, monkeypatch):
    build = prepared(lambda user: select(User.id).where(User.id == user.id, this_day() == dt.date(2027, 1, 1)))
    assert db.session.scalar(build(assistant)) is None
    monkeypatch.setattr(formats, "today", lambda: dt.date(2027, 1, 1))
    assert db.session.scalar(build(assistant)) == assistant.id
