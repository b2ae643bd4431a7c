"""Statements that are built once for everyone for whom they are the same."""

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


def counting(*looks_at):
    """(a builder that is prepared, what it was asked for)."""
    built = []

    @prepared(*looks_at)
    def build(user, *rest):
        built.append((user, *rest))
        return select(literal(len(built)))

    return build, built


def test_it_is_built_once_for_all_who_see_the_same():
    build, built = counting("branch_ids")
    assert build(someone(1)) is build(someone(2, "adviser"))
    assert len(built) == 1


@pytest.mark.parametrize("other", [{"id": 2}, {"branch_ids": (1, 2)}, {"branch_ids": ()}])
def test_who_sees_something_else_gets_another(other):
    build, built = counting("id", "branch_ids")
    assert build(someone()) is not build(someone(**other))
    assert len(built) == 2


def test_the_rest_of_what_it_is_asked_with_counts():
    build, built = counting("branch_ids")
    build(someone(), True), build(someone(), False), build(someone(), True)
    assert [rest for _user, *rest in built] == [[True], [False]]


@pytest.mark.parametrize("part", ["id", "role", "name"])
def test_it_can_look_at_nothing_else_of_the_user(part):
    build = prepared("branch_ids")(lambda user: select(literal(getattr(user, part))))
    with pytest.raises(AttributeError):
        build(someone())


def test_the_day_is_that_of_the_question(app, assistant, monkeypatch):
    first, second = dt.date(2001, 1, 1), dt.date(2001, 1, 2)
    build = prepared("id")(lambda user: select(User.id).where(User.id == user.id, this_day() == second))
    for day, found in ((first, None), (second, assistant.id)):
        monkeypatch.setattr(formats, "today", lambda day=day: day)
        assert db.session.scalar(build(assistant)) == found
