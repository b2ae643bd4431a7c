"""Statements that are built once and kept: to build one often takes longer than to ask it."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import BindParameter, Date, bindparam
from sqlalchemy.orm import joinedload

from crm import formats

KEPT = 512
Build = TypeVar("Build", bound=Callable[..., Any])


class Sight(NamedTuple):
    """What of a user decides which records he sees."""

    id: int
    role: str
    branch_ids: tuple[int, ...]


def prepared(build: Build) -> Build:
    """Keep the statements (or parts of one) that `build(user, *rest)` makes, per process.

    It is given the user's `Sight` in place of the user, so that nothing else can slip into what is kept; the rest must
    be hashable. What changes by itself, or with each question, is a parameter: `this_day()`, `bindparam("id")`.
    """
    known = lru_cache(KEPT)(build)

    @wraps(build)
    def find(user: Any, *rest: Any) -> Any:
        return known(Sight(user.id, user.role, tuple(user.branch_ids)), *rest)

    return find  # type: ignore[return-value]


def this_day() -> BindParameter[Any]:
    """The date in Amsterdam when the statement is asked, not when it was built."""
    return bindparam(None, callable_=lambda: formats.today(), type_=Date())


def names_of(*relationships: Any) -> list[Any]:
    """Options: of the vestigingen, colleagues and the like that come along with a record only what they are called."""
    return [joinedload(one).load_only(one.property.entity.class_.name) for one in relationships]
