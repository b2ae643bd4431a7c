"""Verbs of the search index: note what changed, note again what depends on it, make all of it anew.

Rows are written in sets, past the session: an import brings thousands at a time, and nobody is asked about an index.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, literal_column, select, text, update
from sqlalchemy.dialects import sqlite

from crm.db import db
from crm.records import Change, Ref, kinds
from crm.search import Source, words
from crm.search.models import SearchBranch, SearchDocument, SearchName, Word
from crm.search.queries import FTS, is_sqlite, sources

BATCH = 2000
DOCUMENTS: Any = SearchDocument.__table__
BRANCHES: Any = SearchBranch.__table__
NAMES: Any = SearchName.__table__
WORDS: Any = Word.__table__


def note(changes: Sequence[Change]) -> None:
    """Bring the index up to date with changes that were just written."""
    known = sources()
    for name in {change.kind for change in changes if change.kind in known}:
        mine = [change for change in changes if change.kind == name]
        gone = [change.record.id for change in mine if change.action == "delete"]
        kept = [change.record for change in mine if change.action != "delete"]
        forget(name, gone)
        index(known[name], kept, all_new=all(change.action == "create" for change in mine))


def reindex(references: Iterable[Ref]) -> None:
    """Note again records whose words come from another record that changed: a partner, a household, a client.

    Kinds without a source are passed over, and a record that is gone is taken out of the index.
    """
    wanted: dict[str, set[int]] = {}
    for name, record_id in references:
        wanted.setdefault(name, set()).add(record_id)
    for name, ids in wanted.items():
        if source := sources().get(name):
            model = kinds()[name].model
            found = db.session.scalars(select(model).where(model.id.in_(ids))).unique().all()
            forget(name, ids - {record.id for record in found})
            index(source, found)


def index(source: Source, records: Sequence[Any], all_new: bool = False) -> None:
    """Write the documents of records of one kind; `all_new` promises that none of them has one yet."""
    for start in range(0, len(records), BATCH):
        write(source, records[start : start + BATCH], all_new)


def write(source: Source, records: Sequence[Any], all_new: bool) -> None:
    """Write one batch: only documents that are new or differ from what is there."""
    rows, branches = rows_of(source, records)
    old = {} if all_new else existing(source.kind, rows)
    seen_by = {} if all_new else further_branches([row.id for row in old.values()])
    new = [row for record_id, row in rows.items() if record_id not in old]
    changed = {
        there.id: rows[record_id]
        for record_id, there in old.items()
        if differs(there, rows[record_id]) or seen_by.get(there.id) != branches.get(record_id)
    }
    before = set[str]().union(*(words.vocabulary(row.hay) for row in old.values() if row.id in changed))
    after = set[str]().union(*(words.vocabulary(row["hay"]) for row in (*new, *changed.values())))
    if changed:
        replace(changed)
        write_branches({number: branches.get(row["record_id"], set()) for number, row in changed.items()})
        sorted_before = {row.id: row.sort for row in old.values()}
        renamed = {number: row["sort"] for number, row in changed.items() if row["sort"] != sorted_before[number]}
        if renamed:
            db.session.execute(delete(NAMES).where(NAMES.c.document_id.in_(list(renamed))))
            write_names(renamed)
    if new:
        db.session.execute(insert(DOCUMENTS), new)
        mine = (DOCUMENTS.c.record_kind == source.kind) & DOCUMENTS.c.record_id.in_([row["record_id"] for row in new])
        add_trigrams(mine)
        if branches or any(words.later_parts(row["sort"]) for row in new):
            columns = DOCUMENTS.c.id, DOCUMENTS.c.record_id, DOCUMENTS.c.sort
            numbered = db.session.execute(select(*columns).where(mine)).all()
            write_branches({number: branches[of] for number, of, _sort in numbered if of in branches})
            write_names({number: sort for number, _of, sort in numbered})
    learn(after - before)
    unlearn(before - after)


def rows_of(source: Source, records: Sequence[Any]) -> tuple[dict[int, dict[str, Any]], dict[int, set[int]]]:
    """({record id: its document's columns}, {record id: vestigingen beyond the first, if any})."""
    texts, branches = source.words(records), source.branches(records)
    rows, further = {}, {}
    for record in records:
        title = source.title(record)
        seen_by = sorted(branches.get(record.id, ()))
        rows[record.id] = {
            "record_kind": source.kind,
            "record_id": record.id,
            "hay": words.hay(texts.get(record.id, "")),
            "sort": source.sort(record) if source.sort else words.sort_key(title),
            "title": title,
            "detail": source.detail(record),
            "rank": source.rank,
            "branch_id": seen_by[0] if seen_by else None,
        }
        if len(seen_by) > 1:
            further[record.id] = set(seen_by[1:])
    return rows, further


def existing(kind: str, ids: Iterable[int]) -> dict[int, Any]:
    """The documents there are for these records, by the record's id."""
    query = select(DOCUMENTS).where(DOCUMENTS.c.record_kind == kind, DOCUMENTS.c.record_id.in_(list(ids)))
    return {row.record_id: row for row in db.session.execute(query)}


def further_branches(numbers: Sequence[int]) -> dict[int, set[int]]:
    """Vestigingen beyond the first, by the document's number."""
    found: dict[int, set[int]] = {}
    if numbers:
        query = select(BRANCHES.c.document_id, BRANCHES.c.branch_id).where(BRANCHES.c.document_id.in_(numbers))
        for number, branch_id in db.session.execute(query):
            found.setdefault(number, set()).add(branch_id)
    return found


def differs(old: Any, new: dict[str, Any]) -> bool:
    return any(getattr(old, name) != value for name, value in new.items())


def replace(changed: dict[int, dict[str, Any]]) -> None:
    """Write other text into documents that are there, by number."""
    mine = DOCUMENTS.c.id.in_(list(changed))
    drop_trigrams(mine)
    for number, row in changed.items():
        db.session.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == number).values(row))
    add_trigrams(mine)


def write_branches(seen_by: dict[int, set[int]]) -> None:
    """Make these the vestigingen beyond the first, by the document's number."""
    if seen_by:
        db.session.execute(delete(BRANCHES).where(BRANCHES.c.document_id.in_(list(seen_by))))
    rows = [{"document_id": number, "branch_id": one} for number, ids in seen_by.items() for one in sorted(ids)]
    if rows:
        db.session.execute(insert(BRANCHES), rows)


def write_names(sorts: dict[int, str]) -> None:
    """Note the later parts of surnames, by the document's number; none of these has any there yet."""
    rows = [{"document_id": number, "name": name} for number, sort in sorts.items() for name in words.later_parts(sort)]
    if rows:
        db.session.execute(insert(NAMES), rows)


def forget(kind: str, ids: Iterable[int]) -> None:
    """Take records out of the index, and their words out of the vocabulary when no one else has them."""
    for batch in batches(sorted(ids)):
        old = existing(kind, batch)
        mine = DOCUMENTS.c.id.in_([row.id for row in old.values()])
        drop_trigrams(mine)
        db.session.execute(delete(DOCUMENTS).where(mine))
        unlearn(set[str]().union(*(words.vocabulary(row.hay) for row in old.values())))


def add_trigrams(which: ColumnElement[bool]) -> None:
    """Tell SQLite's trigram table of documents that were written; PostgreSQL's index does it itself."""
    if is_sqlite():
        db.session.execute(insert(FTS).from_select(["rowid", "hay"], fts_rows(which)))


def drop_trigrams(which: ColumnElement[bool]) -> None:
    """Tell SQLite's trigram table of documents that are about to be overwritten or deleted."""
    if is_sqlite():
        delete_them: ColumnElement[str] = literal_column("'delete'")
        query = fts_rows(which).add_columns(delete_them)
        db.session.execute(insert(FTS).from_select(["rowid", "hay", "search_fts"], query))


def fts_rows(which: ColumnElement[bool]) -> Select[Any]:
    return select(DOCUMENTS.c.id, DOCUMENTS.c.hay).where(which)


def learn(new: set[str]) -> None:
    """Add words to the vocabulary, in one order for everybody, so that no two writers wait for each other."""
    rows = [{"word": word, "backwards": word[::-1]} for word in sorted(new)]
    if not rows:
        return
    if is_sqlite():
        db.session.execute(sqlite.insert(WORDS).on_conflict_do_nothing(), rows)
    else:
        many = "INSERT INTO search_words (word, backwards) SELECT * FROM unnest(CAST(:w AS text[]), CAST(:b AS text[]))"
        columns = {"w": [row["word"] for row in rows], "b": [row["backwards"] for row in rows]}
        db.session.execute(text(f"{many} ON CONFLICT DO NOTHING"), columns)


def unlearn(old: set[str]) -> None:
    """Take those of these words out of the vocabulary that no document has any more."""
    hay = FTS.c.hay if is_sqlite() else DOCUMENTS.c.hay
    for word in sorted(old):
        if not db.session.scalar(select(hay).where(hay.like(f"% {word} %")).limit(1)):
            db.session.execute(delete(WORDS).where(WORDS.c.word == word))


def rebuild() -> Iterator[tuple[str, int]]:
    """Bring everything up to date from the sources, in batches: (kind, records done). The caller commits after each.

    Searching goes on meanwhile; only what differs is written, and documents of records that are gone are taken out.
    """
    for source in sources().values():
        last = done = 0
        none = db.session.scalar(select(DOCUMENTS.c.id).where(DOCUMENTS.c.record_kind == source.kind).limit(1)) is None
        while found := following(source.kind, last):
            index(source, found, all_new=none)
            last, done = found[-1].id, done + len(found)
            yield source.kind, done
    for name in db.session.scalars(select(DOCUMENTS.c.record_kind).distinct()).all():
        forget(name, strays(name))


def following(kind: str, last: int) -> Sequence[Any]:
    """The next batch of records of a kind after this id."""
    model = kinds()[kind].model
    return db.session.scalars(select(model).where(model.id > last).order_by(model.id).limit(BATCH)).unique().all()


def strays(kind: str) -> Sequence[int]:
    """Ids in the index of records that are no more, or of a kind that is no longer searched."""
    query = select(DOCUMENTS.c.record_id).where(DOCUMENTS.c.record_kind == kind)
    if kind in sources():
        query = query.where(DOCUMENTS.c.record_id.not_in(select(kinds()[kind].model.id)))
    return db.session.scalars(query).all()


def batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
