"""Verbs of imports: try a file that was taken in, bring its relations in chunk by chunk, undo that."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from crm import records
from crm.accounts.models import Branch, User
from crm.db import Base, db
from crm.imports import columns, file
from crm.imports.models import Finding, Import
from crm.imports.receiving import GONE, choose_columns, choose_letters, folder, header, original, receive
from crm.jobs import enqueue
from crm.notifications import notify
from crm.records import Refused, keep, save
from crm.relations.duplicates import Finder, candidate_of
from crm.relations.models import Relation
from crm.relations.operations import fill_names
from crm.texts import N_, said

__all__ = ["choose_columns", "choose_letters", "receive"]

CHUNK = 1_000
KEPT = "Deze relatie is sinds de import gewijzigd of in gebruik genomen en is daarom gebleven."
STOPPED = N_("Afgebroken. Wat binnen is, staat er; begin opnieuw om de rest te doen.")
# How each end is told.
ENDS = {
    "done": (
        N_("Import van %(file)s is klaar: %(created)s gemaakt, %(doubles)s dubbel, %(refused)s geweigerd."),
        "circle-check",
    ),
    "done, marked": (
        N_(
            "Import van %(file)s is klaar: %(created)s gemaakt (%(marked)s zonder een gegeven), %(doubles)s dubbel, "
            "%(refused)s geweigerd."
        ),
        "circle-check",
    ),
    "checked": (
        N_("Proefdraaien van %(file)s is klaar: %(created)s goed, %(doubles)s dubbel, %(refused)s geweigerd."),
        "checklist",
    ),
    "checked, marked": (
        N_(
            "Proefdraaien van %(file)s is klaar: %(created)s goed (%(marked)s zonder een gegeven), %(doubles)s dubbel, "
            "%(refused)s geweigerd."
        ),
        "checklist",
    ),
    "undone": (N_("Import van %(file)s is teruggedraaid: %(undone)s relaties verwijderd."), "arrow-back-up"),
    "failed": (N_("Import van %(file)s is gestopt. %(reason)s"), "alert-triangle"),
}


def start(work: Import, user: User | None, dry_run: bool = False) -> Import:
    """Begin from row 2; a dry run only reports. Raises Refused when it runs already."""
    records.lock(Import, work.id)
    if work.is_busy or work.status in ("done", "undone"):
        raise Refused("Deze import loopt al of is klaar.")
    if "surname" not in work.mapping:
        raise Refused("Kies in welke kolom de achternaam staat: zonder achternaam is er geen relatie.")
    if work.letters:
        raise Refused("Kies eerst welke woorden kloppen: de letters in dit bestand zijn op meer manieren te lezen.")
    if work.is_month_asked:
        raise Refused(
            "Kies of de dag of de maand voorop staat: in de kolom %(name)s staan data als 06/25/1985.",
            name=work.mapping["birth_date"],
        )
    reset(work)
    work.status, work.error, work.started_by = ("checking" if dry_run else "running"), "", user
    saved: Import = save(work, user)
    return saved


def enqueue_run(work: Import) -> None:
    """Let a worker do what `start` or `undo` began."""
    enqueue("imports.run", work.id, key=f"imports.run:{work.id}:{work.version}")


def quiet(_work: Import) -> None:
    """Nobody waits for it."""


def run(import_id: int, tell: Callable[[Import], None] = quiet) -> None:
    """Do an import, a dry run or its undoing to the end, a transaction for each chunk; safe to call again.

    `tell` is called after each chunk with how far it is.
    """
    work = db.session.get(Import, import_id)
    if work is None or not work.is_busy:
        return
    if work.status == "undoing":
        while undo_chunk(import_id):
            records.commit()
        return
    finder = Finder()
    try:
        begin_again_when_dry(import_id)
        while run_chunk(import_id, finder):
            records.commit()
            tell(work)
    except (Refused, file.Unreadable, FileNotFoundError) as error:
        records.rollback()
        fail(import_id, str(error) if isinstance(error, Refused | file.Unreadable) else GONE)


def begin_again_when_dry(import_id: int) -> None:
    """A dry run that was cut off starts over: it saved nothing that later rows could be compared with."""
    work: Import = records.lock(Import, import_id)
    if work.status == "checking":
        reset(work)
        keep(work)


def reset(work: Import) -> None:
    """Back to row 2, with nothing found yet."""
    db.session.execute(delete(Finding).where(Finding.import_id == work.id))
    work.offset = header(work)[1]
    work.position = work.created = work.doubles = work.refused = work.marked = 0


def fail(import_id: int, reason: str) -> None:
    """Say that an import can't go on; what came in before stays."""
    work: Import = records.lock(Import, import_id)
    work.status, work.error = "failed", reason
    end(work)


def give_up(import_id: int) -> None:
    """A worker tried in vain: say so on the page."""
    fail(import_id, "Er ging iets mis. Wat binnen is, staat er; begin opnieuw om de rest te doen.")


def run_chunk(import_id: int, finder: Finder) -> bool:
    """The next rows of an import, with where it is now, in the caller's transaction; True while there is more.

    A dry run keeps what it saw in `finder`, since nothing is saved that a later row could be compared with.
    """
    work: Import = records.lock(Import, import_id)
    dry_run = work.status == "checking"
    if work.status not in ("checking", "running"):
        return False
    headers, _offset = header(work)
    places = {field: headers.index(name) for field, name in work.mapping.items()}
    path = folder() / work.file
    chunk = list(islice(file.rows(path, work.delimiter, work.offset, work.position + 2, len(headers)), CHUNK))
    if not dry_run:
        finder.known.clear()
    fresh, found = judge(work, chunk, places, finder)
    if not dry_run:
        records.save_many([relation for relation, _mark in fresh], work.user)
    for relation, mark in fresh:
        if mark is not None:
            mark.relation_id = relation.id
            found.append(mark)
    keep(*found)
    outcomes = Counter(finding.outcome for finding in found)
    work.created += len(fresh)
    work.refused += outcomes["refused"]
    work.doubles += outcomes["double"]
    work.marked += outcomes["marked"]
    if chunk:
        work.offset, work.position = chunk[-1].end, chunk[-1].number - 1
        keep(work)
        return True
    work.position, work.status = work.rows, "checked" if dry_run else "done"
    end(work)
    return False


def end(work: Import) -> None:
    """Keep an import that ended, well or not, and tell who set it going."""
    save(work, work.user)
    numbers = {name: getattr(work, name) for name in ("created", "marked", "doubles", "refused", "undone")}
    marked = f"{work.status}, marked" if work.marked else ""
    text, icon = ENDS.get(marked) or ENDS[work.status]
    notify(work.started_by, text, f"/imports/{work.id}", icon, file=work.file_name, reason=work.error, **numbers)


def judge(
    work: Import, chunk: Sequence[file.Row], places: Mapping[str, int], finder: Finder
) -> tuple[list[tuple[Relation, Finding | None]], list[Finding]]:
    """(new relations, each with what it came in without; findings about the others) of some rows."""
    found: list[Finding] = []
    good: list[tuple[int, dict[str, Any], dict[str, str]]] = []
    months = work.months.get(work.mapping.get("birth_date", ""), "") if work.month_first else ""
    for row in chunk:
        values, problems = columns.read(row.cells, places, months) if not row.problem else ({}, {})
        if row.problem or (problems and (not work.lenient or "surname" in problems)):
            message = f" {row.problem}" if row.problem else f": {columns.describe(problems)}"
            found.append(finding(work, row.number, "refused", f"Rij {row.number}{message}"))
        else:
            values = {name: value for name, value in values.items() if name not in problems}
            good.append((row.number, values, problems))
    finder.load([values for _number, values, _problems in good])
    fresh: list[tuple[Relation, Finding | None]] = []
    for number, values, problems in good:
        double = finder.find(values)
        if double is not None:
            where = f"rij {double.row} van dit bestand" if double.row else f"relatie {double.id}"
            done = "overgeslagen" if work.skip_doubles else "toch gemaakt"
            message = f"Rij {number} is waarschijnlijk dezelfde persoon als {where}: {done}."
            found.append(finding(work, number, "double", message, double.id))
        if double is None or not work.skip_doubles:
            finder.add(candidate_of(values, number))
            message = f"Rij {number} zonder {columns.describe(problems)}"
            fresh.append((relation_from(values, work), finding(work, number, "marked", message) if problems else None))
    return fresh, found


def finding(work: Import, row: int, outcome: str, message: str, relation_id: int | None = None) -> Finding:
    return Finding(import_id=work.id, row=row, outcome=outcome, message=message, relation_id=relation_id)


def relation_from(values: Mapping[str, Any], work: Import) -> Relation:
    """A relation that is not saved yet."""
    relation = Relation(branch_id=work.branch_id, import_id=work.id, **values)
    fill_names(relation)
    return relation


@dataclass(frozen=True)
class Choices:
    """What whoever starts an import from the command line may say; as `receive` and `choose_columns` take it."""

    mapping: Mapping[str, str] | None = None
    lenient: bool = True
    encoding: str = ""
    month_first: bool | None = None


def import_file(
    path: Path | str,
    branch: Branch,
    user: User | None,
    dry_run: bool = False,
    choices: Choices = Choices(),
    before: Callable[[Import], None] = quiet,
    tell: Callable[[Import], None] = quiet,
) -> Import:
    """A file from the command line, to the end; commits after each chunk. Raises Refused, OSError.

    `before` is called with what it found before the first row, and may raise; `tell` after each chunk. When it is
    interrupted, the chunk under way is undone, the import says so and KeyboardInterrupt goes on.
    """
    with Path(path).open("rb") as source:
        work = receive(source, Path(path).name, branch, user, choices.encoding)
    try:
        mapping = choices.mapping or work.mapping
        choose_columns(work, mapping, True, user, lenient=choices.lenient, month_first=choices.month_first)
        before(work)
        start(work, user, dry_run)
    except Exception:
        for left in (folder() / work.file, original(work)):
            left.unlink(missing_ok=True)
        raise
    records.commit()
    try:
        run(work.id, tell)
    except KeyboardInterrupt:
        records.rollback()
        fail(work.id, said(STOPPED))
        records.commit()
        raise
    records.commit()
    done = db.session.get(Import, work.id)
    if done is None:
        raise LookupError(work.id)
    return done


def undo(work: Import, user: User | None) -> Import:
    """Take back what an import brought in; rows that were touched since stay and are reported. Raises Refused."""
    records.lock(Import, work.id)
    if work.status not in ("done", "failed"):
        raise Refused("Alleen een import die klaar is, kan worden teruggedraaid.")
    db.session.execute(delete(Finding).where(Finding.import_id == work.id, Finding.outcome == "kept"))
    work.status, work.undone, work.position, work.started_by = "undoing", 0, 0, user
    saved: Import = save(work, user)
    return saved


def undo_chunk(import_id: int) -> bool:
    """Take back the next relations, newest first; True while there is more. `offset` is the last id looked at."""
    work: Import = records.lock(Import, import_id)
    if work.status != "undoing":
        return False
    query = select(Relation).where(Relation.import_id == work.id).order_by(Relation.id.desc()).limit(CHUNK)
    if work.position:
        query = query.where(Relation.id < work.offset)
    chunk = db.session.scalars(query).all()
    if not chunk:
        work.status, work.position = "undone", work.rows
        end(work)
        return False
    used = in_use([relation.id for relation in chunk])
    touched = [relation for relation in chunk if relation.version > 1 or relation.id in used]
    untouched = [relation for relation in chunk if relation not in touched]
    work.position, work.offset = min(work.rows, work.position + len(chunk)), chunk[-1].id
    work.undone += len(untouched)
    keep(work, *(finding(work, 0, "kept", KEPT, one.id) for one in touched))
    records.delete_many(untouched, work.user)
    return True


def in_use(ids: Sequence[int]) -> set[int]:
    """Relations that anything points at, in the core or a plugin: foreign keys, and rows about them."""
    used: set[int] = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == Relation.__tablename__ for key in column.foreign_keys):
                used |= set(db.session.scalars(select(column).where(column.in_(ids))))
        if {"subject_kind", "subject_id"} <= set(table.columns.keys()):
            about = (table.c.subject_kind == Relation.kind, table.c.subject_id.in_(ids))
            used |= set(db.session.scalars(select(table.c.subject_id).where(*about)))
    return used
