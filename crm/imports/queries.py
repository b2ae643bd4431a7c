"""Questions about imports."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Select, select

from crm.accounts.models import User
from crm.db import db
from crm.imports import columns, file, letters
from crm.imports.models import Finding, Import
from crm.lists.sheet import csv_lines, harmless

PAGE = 20
PREVIEW = 5
OUTCOMES = {
    "refused": "geweigerd", "double": "dubbel", "marked": "zonder een gegeven", "kept": "niet teruggedraaid"
}  # fmt: skip


def visible_imports(user: User) -> Select[Import]:
    """Imports into the user's own vestigingen."""
    return select(Import).where(Import.branch_id.in_(user.branch_ids))


def recent(user: User) -> Sequence[Import]:
    """The newest imports."""
    return db.session.scalars(visible_imports(user).order_by(Import.id.desc()).limit(PAGE)).all()


def preview(folder: Path, work: Import) -> tuple[list[str], list[list[str]]]:
    """(headers, the first rows) of the file; no rows when it was cleared away."""
    path = folder / work.file
    if not path.exists():
        return list(work.mapping.values()), []
    headers, offset = file.header_of(path, work.delimiter)
    rows = islice(file.rows(path, work.delimiter, offset, 2, len(headers)), PREVIEW)
    return headers, [row.cells or [row.problem] for row in rows]


def findings(work: Import, at_most: int) -> Sequence[Finding]:
    """What was refused, double, marked or kept, in the order of the file."""
    query = select(Finding).where(Finding.import_id == work.id).order_by(Finding.row, Finding.id)
    return db.session.scalars(query.limit(at_most)).all()


def report(import_id: int) -> Iterator[str]:
    """All findings as CSV, a thousand at a time; asked when the request is over, and the record with it."""
    yield "\ufeff" + csv_lines([["Rij", "Uitkomst", "Toelichting", "Relatienummer"]])
    query = (
        select(Finding.row, Finding.outcome, Finding.message, Finding.relation_id)
        .where(Finding.import_id == import_id)
        .order_by(Finding.row, Finding.id)
        .execution_options(yield_per=1000)
    )
    for rows in db.session.execute(query).partitions():
        yield csv_lines(
            [[str(row), OUTCOMES[outcome], harmless(message), str(id or "")] for row, outcome, message, id in rows]
        )


def encodings() -> dict[str, str]:
    """What a file can come in when it does not say so: {encoding: what makes such files}."""
    return letters.CANDIDATES


def fields() -> dict[str, str]:
    """What a column can be: {field: its Dutch name}."""
    return columns.FIELDS
