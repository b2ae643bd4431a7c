"""Who does something while no user does: a client, by name. What is written down of it names him."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_acting: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting(name: str) -> Iterator[None]:
    """Within it, what no user does is done by who is called so; by the house itself for an empty name."""
    before = _acting.set(name)
    try:
        yield
    finally:
        _acting.reset(before)


def name_of(user: Any) -> str:
    """The name of who does something now: the user, else who is acting; empty for the house itself."""
    return str(user.name) if user else _acting.get()
