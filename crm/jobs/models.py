"""What a job is, and who does them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base

BACK_OFF = (10, 60, 300, 1800, 7200)


@dataclass(frozen=True)
class Job:
    """Work that is done later by a worker, or `every` so often.

    `run(*arguments)` is called in a fresh app context and one transaction, which is committed when it returns; it may
    be called again for the same work after a crash, so doing it twice must do no harm. A job that calls the network
    ends its transaction first (records.commit()). One that raises is tried again after each of `back_off` (seconds);
    Refused is final. `gave_up(*arguments)` is called, in a transaction of its own, when no try is left.

    A job that goes out (sends something, calls another system) says with `in_doubt(*arguments)` what becomes of it
    when the office is restored from a backup: there it still waits, and it may have been done since. It is called in
    place of `run`, which is never called for that work again, and leaves it to a person.

    `every` must divide a minute, an hour or a day, or be one of these; each tick runs once, however many workers.
    """

    name: str
    run: Callable[..., object]
    every: dt.timedelta | None = None
    gave_up: Callable[..., object] | None = None
    in_doubt: Callable[..., object] | None = None
    back_off: tuple[int, ...] = BACK_OFF


class WorkerSign(Base):
    """When the worker in a slot last said that it is at work."""

    __tablename__ = "worker_signs"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[dt.datetime]


@dataclass(frozen=True)
class Watch:
    """Something to look at `every` so many seconds, by exactly one worker: `look()` asks, and lets a job do what there
    is to do. It ends its own transactions, and none is open while it waits for an answer."""

    name: str
    look: Callable[[], object]
    every: float = 0.5
