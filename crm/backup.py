"""A backup: one archive with the database as it is at one moment, and all other files of the data folder."""

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path

from flask import current_app
from sqlalchemy.engine import URL

from crm.db import db

# Made anew by whoever needs them, or of this machine alone.
LEFT_OUT = ("*.lock", "*-wal", "*-shm", "*.part", ".backup-*", "sleutel-*.tar.gz", "mail")


class CannotBackUp(Exception):
    """The message says why, and what to do."""


def back_up(target: Path) -> Path:
    """Write the archive to the file `target`, or under a name of this moment in the folder `target`; gives its path.

    Readers and writers go on meanwhile. Raises CannotBackUp, OSError.
    """
    if target.is_dir():
        target = target / f"sleutel-{dt.datetime.now():%Y%m%d-%H%M%S}.tar.gz"  # noqa: DTZ005 (the name is local time)
    if target.exists():
        raise CannotBackUp(f"{target} exists already; name another file")
    if not target.parent.is_dir():
        raise CannotBackUp(f"there is no folder {target.parent}")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy = copy_database(Path(folder))
        unfinished = Path(folder) / "archive"
        with tarfile.open(unfinished, "w:gz", compresslevel=3) as archive:
            archive.add(copy, copy.name)
            for file in files_of_data():
                archive.add(file, f"data/{file.relative_to(current_app.config['DATA'])}")
        unfinished.chmod(0o600)
        unfinished.replace(target)
    return target


def copy_database(folder: Path) -> Path:
    """The database at one moment, as a file in `folder`."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        copy = folder / "sleutel.db"
        with closing(sqlite3.connect(str(url.database), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        return copy
    return dump_postgresql(url, folder / "sleutel.dump")


def dump_postgresql(url: URL, copy: Path) -> Path:
    """A dump in PostgreSQL's custom format, for pg_restore. Raises CannotBackUp when pg_dump is missing or fails."""
    program = shutil.which("pg_dump")
    if program is None:
        raise CannotBackUp("pg_dump is not installed; install the PostgreSQL client programs of the server's version")
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    made = subprocess.run(  # noqa: S603
        [program, "--format=custom", f"--file={copy}", "--no-password", f"--dbname={plain}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CannotBackUp(
            f"pg_dump failed: {made.stderr.strip().splitlines()[-1] if made.stderr else made.returncode}"
        )
    return copy


def files_of_data() -> list[Path]:
    """Everything in the data folder that a restore needs, without the database."""
    data: Path = current_app.config["DATA"]
    database = Path(db.engine.url.database or "").resolve()
    return [
        file
        for file in sorted(data.rglob("*"))
        if file.is_file()
        and file != database
        and not any(fnmatch(part, pattern) for part in file.relative_to(data).parts for pattern in LEFT_OUT)
    ]
