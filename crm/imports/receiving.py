"""Taking in a file: its copy, how its letters are meant, what its columns mean."""

import datetime as dt
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from crm import host
from crm.accounts.models import Branch, User
from crm.db import db, utcnow
from crm.imports import columns, file, letters
from crm.imports.models import Import
from crm.imports.survey import survey
from crm.records import Refused, save
from crm.texts import N_

MOST_ROWS = 200_000
UNUSED_FOR = dt.timedelta(days=1)  # longer than taking one in
KEPT_FOR = dt.timedelta(days=30)
TO_DO = ("uploaded", "checking", "checked", "running", "failed")
GONE = N_("Het bestand is er niet meer. Upload het opnieuw.")


def folder() -> Path:
    """Where the copies of uploaded files lie."""
    found: Path = host.config("DATA") / "imports"
    found.mkdir(parents=True, exist_ok=True)
    return found


def receive(source: BinaryIO, file_name: str, branch: Branch, user: User | None, encoding: str = "") -> Import:
    """Take in a file: copy it as UTF-8, look what it holds, guess what its columns mean. Raises Refused.

    When letters may be meant otherwise the file itself is kept too, until `choose_letters`.
    """
    name = f"{secrets.token_hex(8)}.csv"
    work = Import(file=name, file_name=Path(file_name).name[:100] or "relaties.csv", branch_id=branch.id)
    work.user_id = user.id if user else None
    with unlinked(folder() / name):
        take_in(work, source, encoding)
    if work.letters:
        source.seek(0)
        with original(work).open("wb") as kept:
            shutil.copyfileobj(source, kept)
    saved: Import = save(work, user)
    return saved


def original(work: Import) -> Path:
    """Where the file as it came lies, while somebody must say which letters are meant."""
    return folder() / f"{work.file}.original"


@contextmanager
def unlinked(path: Path) -> Iterator[None]:
    """Leaves no copy of a file that cannot be used. Raises Refused with what is wrong with it."""
    try:
        yield
    except (file.Unreadable, Refused) as error:
        path.unlink(missing_ok=True)
        raise Refused(str(error))


def take_in(work: Import, source: BinaryIO, encoding: str) -> None:
    """Copy a file as UTF-8 and note what it holds. Raises Refused, Unreadable."""
    path = folder() / work.file
    work.letters = file.copy_as_utf8(source, path, encoding)
    work.encoding = encoding or file.encoding_of(source)[0]
    work.delimiter = file.delimiter_of(path)
    work.headers, work.offset = file.header_of(path, work.delimiter)
    found = survey(work.headers, file.rows(path, work.delimiter, work.offset, 2, len(work.headers)))
    if not found.rows:
        raise Refused("Onder de kolomnamen staan geen rijen. Zet er een rij per relatie onder.")
    if found.rows > MOST_ROWS:
        raise Refused(
            "Dit bestand heeft %(rows)s rijen; ten hoogste %(most)s per keer. Knip het in stukken.",
            rows=found.rows,
            most=MOST_ROWS,
        )
    work.rows, work.empty, work.months = found.rows, found.empty, found.months
    work.mapping = columns.guess(work.headers, found.empty)


def choose_letters(work: Import, encoding: str, user: User | None) -> Import:
    """Read the file anew from this encoding. Raises Refused."""
    if not work.letters:
        raise Refused("Hoe de letters van dit bestand bedoeld zijn, is al gekozen.")
    if encoding not in letters.CANDIDATES:
        raise Refused("Kies welke woorden kloppen.")
    if not original(work).exists():
        raise Refused(GONE)
    with original(work).open("rb") as source:
        take_in(work, source, encoding)
    original(work).unlink()
    saved: Import = save(work, user)
    return saved


def choose_columns(
    work: Import,
    mapping: Mapping[str, str],
    skip_doubles: bool,
    user: User | None,
    *,
    lenient: bool = True,
    month_first: bool | None = None,
) -> Import:
    """What each column is: {field: header}, whether a row comes in without a value that is wrong, and whether dates
    that can begin with their month do. Raises Refused when the surname or a header is missing."""
    if work.is_busy or work.status in ("done", "undone"):
        raise Refused("Deze import loopt al of is klaar. Upload het bestand opnieuw om het anders te doen.")
    headers, _offset = header(work)
    known = {field: name for field, name in mapping.items() if name and field in columns.FIELDS}
    if unknown := [name for name in known.values() if name not in headers]:
        raise Refused("Het bestand heeft geen kolom %(name)s. Kies een kolom uit de lijst.", name=unknown[0])
    if "surname" not in known:
        raise Refused("Kies in welke kolom de achternaam staat: zonder achternaam is er geen relatie.")
    if twice := [name for name in known.values() if list(known.values()).count(name) > 1]:
        raise Refused("De kolom %(name)s is twee keer gekozen. Kies hem voor één gegeven.", name=twice[0])
    work.mapping, work.skip_doubles, work.lenient, work.month_first = known, skip_doubles, lenient, month_first
    saved: Import = save(work, user)
    return saved


def header(work: Import) -> tuple[list[str], int]:
    """(column names, byte where the rows begin). Raises Refused when the file is gone."""
    path = folder() / work.file
    if not path.exists():
        raise Refused(GONE)
    return file.header_of(path, work.delimiter)


def sweep() -> None:
    """Job: a copy goes when its import is done, or nobody went on with it for KEPT_FOR; so does one that no import has,
    as of a server that was stopped. None goes within UNUSED_FOR."""
    before = (utcnow() - UNUSED_FOR).timestamp()
    copies = [path for path in folder().iterdir() if path.stat().st_mtime < before]
    names = {import_of(path) for path in copies}
    waiting = Import.file.in_(names), Import.status.in_(TO_DO), Import.updated_at >= utcnow() - KEPT_FOR
    needed = set(db.session.scalars(select(Import.file).where(*waiting)))
    for path in copies:
        if import_of(path) not in needed:
            path.unlink(missing_ok=True)


def import_of(path: Path) -> str:
    """What an import calls the copy that lies here."""
    return path.name.removesuffix(".original")
