"""Worker slots: whoever holds the lock of a slot is the only one to run its jobs.

A worker that died can't tell; but its lock is free then, so a live worker that gets it may put the dead one's jobs
back in the queue. DBOS ties unfinished jobs to the slot's name.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

COUNT = 32
# First half of the advisory lock's key; the second is the slot's number.
FAMILY = 7_214_001


class Locks(Protocol):
    """Takes, holds and frees the locks of slots."""

    def take(self, number: int) -> bool:
        """Get this slot's lock, when it is free."""

    def free(self, number: int) -> None:
        """Let go of this slot's lock."""

    def held(self) -> bool:
        """False when what was taken may be lost."""

    def close(self) -> None:
        """Let go of everything."""


class FileLocks:
    """Locks of one machine: a file per slot in the data folder, for SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, IO[str]] = {}

    def take(self, number: int) -> bool:
        file = (self.folder / f"worker-{number}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self.files[number] = file
        return True

    def free(self, number: int) -> None:
        self.files.pop(number).close()

    def held(self) -> bool:
        return True

    def close(self) -> None:
        for number in list(self.files):
            self.free(number)


class AdvisoryLocks:
    """Locks of one PostgreSQL database, on a connection of their own: they are free once it breaks."""

    def __init__(self, url: str) -> None:
        # The server finds out soon that a machine is gone, and frees its locks.
        keepalive = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        arguments = {"options": keepalive} if make_url(url).host not in (None, "") else {}
        self.engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
        self.connection: Connection = self.engine.connect()

    def take(self, number: int) -> bool:
        return bool(self.ask("SELECT pg_try_advisory_lock(:family, :number)", number))

    def free(self, number: int) -> None:
        self.ask("SELECT pg_advisory_unlock(:family, :number)", number)

    def ask(self, question: str, number: int) -> object:
        return self.connection.execute(text(question), {"family": FAMILY, "number": number}).scalar()

    def held(self) -> bool:
        try:
            self.connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def close(self) -> None:
        with suppress(SQLAlchemyError):  # broken: then they are free already
            self.connection.execute(text("SELECT pg_advisory_unlock_all()"))
        self.connection.close()


def locks_of(url: str, folder: Path) -> Locks:
    """The kind of locks this database has."""
    return AdvisoryLocks(url) if url.startswith("postgresql") else FileLocks(folder)


def name_of(number: int) -> str:
    """What DBOS calls the worker in this slot."""
    return f"worker-{number}"


def number_of(name: str) -> int | None:
    """The slot's number, or None for a name that is no slot's."""
    number = name.removeprefix("worker-")
    return int(number) if name.startswith("worker-") and number.isdigit() else None


def first_free(locks: Locks) -> int:
    """Take the first free slot. Raises RuntimeError when none is."""
    for number in range(1, COUNT + 1):
        if locks.take(number):
            return number
    raise RuntimeError(f"all {COUNT} worker slots are taken")


@contextmanager
def borrowed(locks: Locks, number: int) -> Iterator[bool]:
    """Hold another slot's lock for a while; False when its worker lives."""
    if not locks.take(number):
        yield False
        return
    try:
        yield True
    finally:
        locks.free(number)
