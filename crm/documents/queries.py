"""Questions about documents."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.db import db
from crm.documents.models import CHECKING, Document, DocumentVersion, DroppedFile, Locked, StoredFile
from crm.host import ask, hook
from crm.records import Ref, kinds
from crm.ui import DocumentNote

PAGE = 50
AT_ONCE = 500


def visible_documents(user: User) -> Select[Document]:
    """Documents of the records this user may see."""
    about = [
        and_(
            Document.subject_kind == kind.name,
            Document.subject_id.in_(kind.visible(user).with_only_columns(kind.model.id)),
        )
        for kind in kinds().values()
        if kind.has_feed
    ]
    return select(Document).where(or_(false(), *about)).options(selectinload(Document.versions))


def documents_of(subject: Ref, before: int | None = None) -> Sequence[Document]:
    """A page of the documents of a record that the caller was allowed to load, newest first, and one more when there
    is more; `before` pages on (a document's id)."""
    query = select(Document).where(Document.subject_kind == subject[0], Document.subject_id == subject[1])
    if before:
        query = query.where(Document.id < before)
    newest = query.order_by(Document.id.desc()).limit(PAGE + 1)
    return db.session.scalars(newest.options(joinedload(Document.versions))).unique().all()


def type_names() -> dict[str, str]:
    """{key: name} of what a document may be, in the order in which it is offered; empty when nobody has types."""
    return dict(ask(hook.document_types))


def notes_of(documents: Sequence[Document], user: User) -> dict[int, list[DocumentNote]]:
    """What is to be said beside these documents of one record, by their id."""
    found: dict[int, list[DocumentNote]] = {}
    for identity, note in ask(hook.document_notes, documents=documents, user=user) if documents else ():
        found.setdefault(identity, []).append(note)
    return found


def some_of(subject: Ref, ids: Collection[int] = ()) -> list[Document]:
    """The newest documents of a record that the caller was allowed to load, and those of `ids` that are its own."""
    found = list(documents_of(subject)[:PAGE])
    older = set(ids) - {document.id for document in found}
    about = [document for document in by_ids(older) if document.subject_ref == subject]
    return [*found, *sorted(about, key=lambda document: -document.id)]


def by_ids(ids: Collection[int]) -> Sequence[Document]:
    """Documents with their versions; for who may see what they are about."""
    if not ids:
        return []
    query = select(Document).where(Document.id.in_(ids)).options(joinedload(Document.versions))
    return db.session.scalars(query).unique().all()


def version_of(document: Document, number: int) -> DocumentVersion | None:
    """One version of a document."""
    return next((version for version in document.versions if version.number == number), None)


def held_versions(document: Document) -> list[DocumentVersion]:
    """The versions of a document as they are now, held: a check that is about to end well ends first."""
    mine = DocumentVersion.document_id == document.id
    db.session.scalars(select(DocumentVersion.id).where(mine).order_by(DocumentVersion.id).with_for_update()).all()
    # Read only now: what waited above saw no file that the check kept meanwhile.
    query = select(DocumentVersion).where(mine).execution_options(populate_existing=True)
    return list(db.session.scalars(query).unique())


def sent_as(tokens: Collection[str]) -> dict[str, DocumentVersion]:
    """{token: version} of what earlier requests made of the same."""
    query = select(DocumentVersion).where(DocumentVersion.token.in_(tokens))
    found = db.session.scalars(query.options(joinedload(DocumentVersion.document))).unique() if tokens else ()
    return {str(version.token): version for version in found}


def versions_of(ids: Sequence[int]) -> list[DocumentVersion]:
    """Versions by their ids, in that order; those that are gone are left out."""
    found = db.session.scalars(select(DocumentVersion).where(DocumentVersion.id.in_(ids))).unique()
    by_id = {version.id: version for version in found}
    return [by_id[id] for id in ids if id in by_id]


def same_file(version: DocumentVersion) -> int | None:
    """The id of the oldest other document of the same record that holds the very same file; one statement."""
    mine, file = version.document, version.original
    if file is None or mine.subject_ref is None:
        return None
    query = (
        select(Document.id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(StoredFile, StoredFile.id == DocumentVersion.original_id)
        .where(Document.subject_kind == mine.subject_kind, Document.subject_id == mine.subject_id)
        .where(StoredFile.fingerprint == file.fingerprint, Document.id != mine.id)
    )
    return db.session.scalar(query.order_by(Document.id).limit(1))


def names_of(ids: Collection[int]) -> dict[int, str]:
    """{id: name} of documents; for who may see what they are about."""
    if not ids:
        return {}
    return {
        row[0]: row[1] for row in db.session.execute(select(Document.id, Document.name).where(Document.id.in_(ids)))
    }


def left_checking(before: dt.datetime, limit: int = 500) -> Sequence[DocumentVersion]:
    """Versions that came in before that moment and are not checked yet."""
    query = select(DocumentVersion).where(DocumentVersion.state == CHECKING, DocumentVersion.created_at < before)
    return db.session.scalars(query.order_by(DocumentVersion.id).limit(limit)).unique().all()


def unknown_keys(keys: Iterable[str]) -> set[str]:
    """Those of these names of files that no row knows, not even as dropped."""
    wanted = set(keys)
    known = db.session.scalars(select(StoredFile.key).where(StoredFile.key.in_(wanted)))
    return wanted - set(known) - dropped_keys(wanted)


def dropped_keys(keys: Collection[str]) -> set[str]:
    """Those of these names whose files were dropped: their documents were taken away."""
    return set(db.session.scalars(select(DroppedFile.key).where(DroppedFile.key.in_(keys)))) if keys else set()


def documents_with(keys: Collection[str]) -> dict[str, int]:
    """{name of a file: id of the document it is of}; files of e-mails that were brought in have none."""
    is_of = or_(DocumentVersion.original_id == StoredFile.id, DocumentVersion.safe_id == StoredFile.id)
    query = select(StoredFile.key, DocumentVersion.document_id).join(DocumentVersion, is_of)
    return {row.key: row.document_id for row in db.session.execute(query.where(StoredFile.key.in_(keys)))}


def dropped(before: dt.datetime) -> Sequence[DroppedFile]:
    """A stretch of the files that were dropped before that moment."""
    query = select(DroppedFile).where(DroppedFile.at < before).order_by(DroppedFile.at).limit(AT_ONCE)
    return db.session.scalars(query).all()


def locked_with_others(table: type[Locked], file_key_id: int) -> Sequence[Any]:
    """A stretch of the rows whose key is locked with another key of the office than this one."""
    query = select(table).where(table.file_key_id != file_key_id).limit(table.at_once)
    return db.session.scalars(query).all()


def files_of(versions: Iterable[DocumentVersion]) -> list[StoredFile]:
    """All files that these versions keep."""
    both: list[Any] = [file for version in versions for file in (version.original, version.safe)]
    return list({file.id: file for file in both if file is not None}.values())
