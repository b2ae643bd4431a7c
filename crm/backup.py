"""A backup: one archive with the database as it is at one moment, the files that it names, and what else DATA holds."""

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from fnmatch import fnmatch
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from crm.db import db
from crm.documents.blobs import FOLDER, blob_store, path_of
from crm.documents.models import StoredFile
from crm.documents.queries import documents_with
from crm.envelope import Readable, exactly

SQLITE, POSTGRESQL = "sleutel.db", "sleutel.dump"  # what the copy of the database is called in the archive
ARCHIVES = "sleutel-*.tar.gz"
# Made anew by whoever needs them, or of this machine alone.
LEFT_OUT = ("*.lock", "*-wal", "*-shm", "*.part", ".backup-*", ARCHIVES, "mail")


class CannotBackUp(Exception):
    """The message says why, and what to do."""


def back_up(target: Path) -> Path:
    """Write the archive to the file `target`, or under a name of this moment in the folder `target`; gives its path.

    Readers and writers go on meanwhile: what comes after the copy of the database is not in it, and the files of a
    document that goes are there for longer than this takes (DELETED_FILES_HOURS). Raises CannotBackUp, also when a file
    is gone that the copy of the database names; OSError and the blob store's errors.
    """
    if target.is_dir():
        target = target / f"sleutel-{dt.datetime.now():%Y%m%d-%H%M%S}.tar.gz"  # noqa: DTZ005 (the name is local time)
    if target.exists():
        raise CannotBackUp(f"{target} exists already; name another file")
    if not target.parent.is_dir():
        raise CannotBackUp(f"there is no folder {target.parent}")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy, keys = copy_database(Path(folder))
        unfinished = Path(folder) / "archive"
        with unfinished.open("xb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as archive:
                archive.add(copy, copy.name)
                add_data(archive, Path(folder))
                add_files(archive, keys)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(target)
    return target


# --- The database --------------------------------------------------------------------------------------------------


def copy_database(folder: Path) -> tuple[Path, Sequence[str]]:
    """The database at one moment, as a file in `folder`, and the names of the files that it knows."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        copy = folder / SQLITE
        copy_sqlite(Path(str(url.database)), copy)
        with create_engine(f"sqlite:///{copy}", poolclass=NullPool).connect() as connection:
            return copy, named_files(connection)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        return dump_postgresql(url, folder / POSTGRESQL, snapshot), named_files(connection)


def copy_sqlite(database: Path, copy: Path) -> None:
    """A database of SQLite as it is at one moment, whoever writes to it."""
    with closing(sqlite3.connect(database, timeout=30)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))


def named_files(connection: Connection) -> Sequence[str]:
    """Names of all files in the blob store that this database knows."""
    if not inspect(connection).has_table(StoredFile.__tablename__):
        return []
    return connection.scalars(select(StoredFile.key).order_by(StoredFile.id)).all()


def dump_postgresql(url: URL, copy: Path, snapshot: str) -> Path:
    """A dump of what `snapshot` sees, in PostgreSQL's custom format. Raises CannotBackUp when pg_dump is missing or
    fails."""
    try:
        run_client("pg_dump", url, "--format=custom", f"--file={copy}", f"--snapshot={snapshot}")
    except ClientFailed as error:
        raise CannotBackUp(str(error)) from error
    return copy


class ClientFailed(Exception):
    """A program of PostgreSQL's is not there or failed; the message says which and why."""


def run_client(name: str, url: URL, *arguments: str) -> None:
    """Run pg_dump or pg_restore on the database at this address. Raises ClientFailed."""
    program = shutil.which(name)
    if program is None:
        raise ClientFailed(f"{name} is not installed; install the PostgreSQL client programs of the server's version")
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    made = subprocess.run(  # noqa: S603
        [program, "--no-password", f"--dbname={plain}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        said = made.stderr.strip().splitlines()
        raise ClientFailed(f"{name} failed: {said[-1] if said else made.returncode}")


# --- Files ---------------------------------------------------------------------------------------------------------


class Steady:
    """A file of the blob store as tarfile reads: never fewer bytes than asked for but at its end."""

    def __init__(self, source: Readable) -> None:
        self.source = source

    def read(self, size: int = 1 << 20, /) -> bytes:
        return exactly(self.source, size)


def add_files(archive: tarfile.TarFile, keys: Iterable[str]) -> None:
    """Put these sealed files in the archive, out of whichever blob store. Raises CannotBackUp, naming those that are
    gone."""
    store, gone = blob_store(), []
    for key in keys:
        try:
            size, source = store.size(key), store.open(key)
        except FileNotFoundError:
            gone.append(key)
            continue
        member = tarfile.TarInfo(f"data/{FOLDER}/{path_of(key)}")
        member.size, member.mode = size, 0o600
        archive.addfile(member, Steady(source))
    if gone:
        raise CannotBackUp(f"files are gone that the database names: {told(gone)}; look at what is shown of them")


def told(keys: Sequence[str]) -> str:
    """Names of files, and which documents they are of."""
    known = documents_with(keys)
    return ", ".join(f"{key} (document {known[key]})" if key in known else key for key in keys)


def add_data(archive: tarfile.TarFile, folder: Path) -> None:
    """Put in the archive what else a restore needs, a plugin's own database as at one moment (copied in `folder`); what
    goes meanwhile was of no more use."""
    for number, file in enumerate(other_files()):
        name, copy = f"data/{file.relative_to(current_app.config['DATA'])}", folder / f"{number}.copy"
        with suppress(FileNotFoundError):
            if is_sqlite(file):
                copy_sqlite(file, copy)
                archive.add(copy, name)
                copy.unlink()
            else:
                archive.add(file, name)


def is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def other_files() -> list[Path]:
    """Everything in the data folder that a restore needs, without the database and the sealed files."""
    data: Path = current_app.config["DATA"]
    database = Path(db.engine.url.database or "").resolve()
    return [
        file
        for file in sorted(data.rglob("*"))
        if file.is_file()
        and file != database
        and not file.is_relative_to(data / FOLDER)
        and not any(fnmatch(part, pattern) for part in file.relative_to(data).parts for pattern in LEFT_OUT)
    ]
