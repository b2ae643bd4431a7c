"""Statements that are built once and kept: to build one often takes longer than to ask it."""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Date, bindparam
from sqlalchemy.orm import joinedload

from crm import formats

KEPT = 256
Build = TypeVar("Build", bound=Callable[..., Any])


def prepared(*looks_at: str) -> Callable[[Build], Build]:
    """Keep the statements (or parts of one) that `build(user, *rest)` makes, per process.

    Of the user it is given only what it `looks_at` ("branch_ids", "id", "role"), so that all for whom that is the same
    share them and nothing else can slip in; the rest must be hashable. What changes by itself, or with each question,
    is a parameter: `this_day()`, `bindparam("id")`.
    """
    sight = namedtuple("Sight", looks_at)  # type: ignore[misc]

    def keep(build: Build) -> Build:
        known = lru_cache(KEPT)(build)

        @wraps(build)
        def find(user: Any, *rest: Any) -> Any:
            return known(sight(*(plain(getattr(user, name)) for name in looks_at)), *rest)

        return find  # type: ignore[return-value]

    return keep


def plain(value: Any) -> Any:
    """The same, hashable."""
    return tuple(value) if isinstance(value, list) else value


def this_day() -> BindParameter[Any]:
    """The date in Amsterdam when the statement is asked, not when it was built."""
    return bindparam(None, callable_=lambda: formats.today(), type_=Date())


def names_of(*relationships: Any) -> list[Any]:
    """Options: of the vestigingen, colleagues and the like that come along with a record only what they are called."""
    return [joinedload(one).load_only(one.property.entity.class_.name) for one in relationships]
