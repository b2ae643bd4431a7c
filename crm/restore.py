"""Restoring: what `crm backup` wrote becomes an office again, in an empty place, where nothing goes out twice.

A mark stands in DATA, and in a database of PostgreSQL, from before the first byte until the last word: no web and no
worker starts beside it. Killed in between, the restore is begun again, and takes away first what it had made.
"""

import gzip
import json
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import click
from flask import Config
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from crm import app as house
from crm import migrate, paths
from crm.audit import operations as audit
from crm.backup import ARCHIVES, POSTGRESQL, SQLITE, ClientFailed, run_client
from crm.db import db
from crm.documents import blobs, proof
from crm.envelope import Broken
from crm.jobs import queue, slots
from crm.records import rollback

CHUNK = 1 << 20
MOST_TOLD = 20
STAYS = ("lost+found", "*.lock", "restore.*")

DAMAGED = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)

Say = Callable[[str], None]
Member = tuple[PurePosixPath, IO[bytes]]


class CannotRestore(click.ClickException):
    """The message says why, and what to do."""


@dataclass(frozen=True)
class Place:
    """Where the office will be, as the settings say."""

    settings: Config
    data: Path
    database: URL

    @property
    def mark(self) -> Path:
        """The file that says how far a restore is."""
        return self.data / house.HALF_RESTORED

    @property
    def is_sqlite(self) -> bool:
        return self.database.get_backend_name() == "sqlite"

    @property
    def marked(self) -> dict[str, str]:
        """What an earlier restore wrote in the mark; empty without one."""
        try:
            found: dict[str, str] = json.loads(self.mark.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def write_mark(self, state: str) -> None:
        """Say how far it is, and for which database and bucket."""
        said = {"state": state, "database": str(self.database), "bucket": self.settings["FILES_BUCKET"]}
        unfinished = self.mark.with_suffix(".part")
        unfinished.write_text(json.dumps(said), "utf-8")
        unfinished.replace(self.mark)
        blobs.keep_name(self.data)


def restore(source: Path, say: Say) -> int:
    """Make an office of a backup: an archive, the folder it was unpacked in, or the newest archive of a folder.

    Says what is not as it should be, and gives how much that is: files that do not open, a broken audit chain; the
    office is there all the same. Raises CannotRestore when the place is not empty, the backup is not whole or not for
    this kind of database, or the keys are not the office's; then `crm restore` can be run again.
    """
    backup, place = find_backup(source), read_place()
    paths.data_folder(place.data)
    if place.marked.get("state") == "done":
        finish(place)
        say("An earlier restore was complete but for its last word; the office is ready.")
        return 0
    check_place(place)
    say(f"Restoring {backup} …")
    place.write_mark("unfinished")
    with alone(place):
        empty(place)
        unpack(backup, place)
        problems = make_ready(say)
        place.write_mark("done")
    finish(place)
    for problem in problems:
        say(f"NOT RIGHT: {problem}")
    say("Restored: web and worker can be started.")
    return len(problems)


def read_place() -> Place:
    settings = Config(str(Path.cwd()))
    house.layer(settings)
    house.check_settings(settings)
    data = Path(settings["DATA"]).resolve()
    return Place(settings, data, make_url(settings["DATABASE"] or f"sqlite:///{data / SQLITE}"))


# --- The backup ----------------------------------------------------------------------------------------------------


def find_backup(source: Path) -> Path:
    """The archive, or the folder of an unpacked one. Raises CannotRestore."""
    if source.is_file() or any((source / name).is_file() for name in (SQLITE, POSTGRESQL)):
        return source
    if not source.is_dir():
        raise CannotRestore(f"there is no {source}")
    archives = sorted(source.glob(ARCHIVES))
    if not archives:
        raise CannotRestore(f"{source} holds no backup: no {ARCHIVES}, and neither {SQLITE} nor {POSTGRESQL}")
    return archives[-1]


def members(backup: Path) -> Iterator[Member]:
    """(name, content) of all files of a backup, the copy of the database first. Raises what DAMAGED holds."""
    if backup.is_dir():
        yield from members_of_folder(backup)
        return
    with gzip.open(backup) as plain:
        with tarfile.open(fileobj=plain, mode="r|") as archive:
            for info in archive:
                if info.isfile() and (content := archive.extractfile(info)):
                    yield PurePosixPath(info.name), content
        while plain.read(CHUNK):  # to the end, where the sum of it all stands
            pass


def members_of_folder(backup: Path) -> Iterator[Member]:
    data = backup / "data"
    copies = [file for name in (SQLITE, POSTGRESQL) if (file := backup / name).is_file()]
    for file in [*copies, *(file for file in sorted(data.rglob("*")) if file.is_file())]:
        with file.open("rb") as content:
            yield PurePosixPath(file.relative_to(backup).as_posix()), content


# --- The place -----------------------------------------------------------------------------------------------------


def check_place(place: Place) -> None:
    """Raises CannotRestore when there is something that an earlier restore did not make."""
    marked = place.marked
    if not marked and (there := next((file for file in place.data.iterdir() if not stays(file)), None)):
        raise CannotRestore(f"{place.data} is not empty (it holds {there.name}); restore into a new DATA")
    if place.is_sqlite:
        file = Path(str(place.database.database))
        if file.exists() and not (marked and (in_data(place, file) or marked["database"] == str(place.database))):
            raise CannotRestore(f"there is a database already: {file}; restore into a new one")
    else:
        with closing_engine(place) as engine:
            if not is_marked(engine) and (tables := tables_of(engine)):
                raise CannotRestore(
                    f"the database {place.database.database} is not empty (it holds {tables[0]}); make a new one"
                )
    bucket = place.settings["FILES_BUCKET"]
    if bucket and marked.get("bucket") != bucket and not blobs.make_store(place.settings.get).is_empty():
        raise CannotRestore(
            f"the bucket {bucket} is not empty; make a new one: two offices take each other's files out of one bucket"
        )


def stays(file: Path) -> bool:
    """Is it none of an office's?"""
    return any(file.match(pattern) for pattern in STAYS)


def in_data(place: Place, file: Path) -> bool:
    return file.resolve().is_relative_to(place.data)


@contextmanager
def closing_engine(place: Place) -> Iterator[Engine]:
    """A way to a database of PostgreSQL that is not ours yet."""
    engine = create_engine(place.database, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def is_marked(engine: Engine) -> bool:
    return inspect(engine).has_table(migrate.HALF_RESTORED)


def tables_of(engine: Engine) -> list[str]:
    """All tables but the mark, as they are named in SQL."""
    quote = engine.dialect.identifier_preparer.quote
    looked = inspect(engine)
    return [
        f"{quote(schema)}.{quote(table)}"
        for schema in looked.get_schema_names()
        if schema != "information_schema"
        for table in looked.get_table_names(schema)
        if table != migrate.HALF_RESTORED
    ]


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Hold the slots of all workers meanwhile: none is at work, none begins. Raises CannotRestore."""
    with closing(slots.locks_of(place.database.render_as_string(hide_password=False), place.data)) as locks:
        if not all(locks.take(number) for number in range(1, slots.COUNT + 1)):
            raise CannotRestore("a worker, or another restore, is at work here; stop it first")
        yield


def empty(place: Place) -> None:
    """Take away what an earlier restore made, and mark the database."""
    for file in place.data.iterdir():
        if not stays(file):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    if place.is_sqlite:
        file = Path(str(place.database.database))
        for end in ("", "-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        return
    with closing_engine(place) as engine, engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {migrate.HALF_RESTORED} (at timestamptz DEFAULT now())"))
        for table in tables_of(engine):
            connection.execute(text(f"DROP TABLE {table} CASCADE"))
        connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))


def finish(place: Place) -> None:
    """Take the marks away: of the database first, for the other says that all was done."""
    if not place.is_sqlite:
        with closing_engine(place) as engine, engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {migrate.HALF_RESTORED}"))
    place.mark.unlink()


# --- Into its place ------------------------------------------------------------------------------------------------


def unpack(backup: Path, place: Place) -> None:
    """Put the database and all files where they belong, and see that the keys are among them. Raises CannotRestore."""
    try:
        bring_all(backup, place)
    except DAMAGED as error:
        raise CannotRestore(f"{backup} is not whole ({error}); take another backup") from error
    for setting, file in (("FILES_KEY", "files.key"), ("SECRET_KEY", "secret.key")):
        if not place.settings[setting] and not (place.data / file).exists():
            raise CannotRestore(f"the backup holds no {file}: set {setting} to what it was, and restore again")


def bring_all(backup: Path, place: Place) -> None:
    """Each member of a backup to its place. Raises CannotRestore, and what DAMAGED holds."""
    store = blobs.make_store(place.settings.get)
    wanted = SQLITE if place.is_sqlite else POSTGRESQL
    found = False
    for name, content in members(backup):
        if not found and str(name) != wanted:
            other = "SQLite" if str(name) == SQLITE else "PostgreSQL" if str(name) == POSTGRESQL else "nothing of ours"
            raise CannotRestore(f"{backup} is a backup of {other}; set DATABASE so that it begins with {wanted}")
        if not found:
            bring_database(content, place)
            found = True
        elif name.parts[:2] == ("data", blobs.FOLDER):
            store.put(name.name, chunks(content))
        elif name.parts[0] == "data" and ".." not in name.parts:
            write(place, place.data.joinpath(*name.parts[1:]), content)
    if not found:
        raise CannotRestore(f"{backup} is empty")


def bring_database(content: IO[bytes], place: Place) -> None:
    """The copy of the database becomes the database. Raises CannotRestore."""
    if place.is_sqlite:
        write(place, Path(str(place.database.database)), content)
        return
    dump = place.data / POSTGRESQL
    write(place, dump, content)
    try:
        run_client("pg_restore", place.database, "--single-transaction", "--no-owner", "--no-privileges",
                   "--no-comments", str(dump))  # fmt: skip
    except ClientFailed as error:
        raise CannotRestore(str(error)) from error
    dump.unlink()


def write(place: Place, target: Path, content: IO[bytes]) -> None:
    """Write a file that is not there yet; what lies in the way of the database stays out."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists():
        return
    blobs.put_in_folder(target, chunks(content))


def chunks(content: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: content.read(CHUNK), b"")


# --- Making ready --------------------------------------------------------------------------------------------------


def make_ready(say: Say) -> list[str]:
    """Bring the office up to date, prove it, and leave to people what may have gone out since; gives what is not right.

    Raises CannotRestore when FILES_KEY is not the office's.
    """
    app = house.create_app(RESTORING=True)
    with app.app_context():
        try:
            migrate.upgrade()
            problems = prove(say)
            left = queue.leave_to_people()
        finally:
            queue.disconnect()
            db.disconnect()
    if left:
        say(f"{left} jobs that go out (mails) were under way: who wrote them is asked whether they arrived.")
    return problems


def prove(say: Say) -> list[str]:
    """Open every key and file, verify the audit chain; gives what is not right. Raises CannotRestore."""
    try:
        proof.open_office_keys()
    except Broken as error:
        raise CannotRestore("FILES_KEY is not the one of this office; set it, and restore again") from error
    say("Opening all files …")
    shut = list(proof.broken())
    rollback()
    problems = [f"does not open: {name}" for name in shut[:MOST_TOLD]]
    if len(shut) > MOST_TOLD:
        problems.append(f"and {len(shut) - MOST_TOLD} more do not open")
    entry: Any = audit.check_chain()
    if entry is not None:
        problems.append(f"the audit chain is broken at entry {entry}, or SECRET_KEY is not the one of this office")
    return problems
