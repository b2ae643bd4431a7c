"""Verbs of documents: take a file in, name it, share it, take it away."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.accounts.models import User
from crm.actors import acting, name_of
from crm.db import db, utcnow
from crm.documents import queries, storage
from crm.documents.blobs import blob_store
from crm.documents.models import CHECKING, READY, REFUSED, Document, DocumentVersion, DroppedFile, Locked, StoredFile
from crm.documents.names import tidy, title_of
from crm.documents.storage import Sealer
from crm.feed.models import Post
from crm.feed.operations import post, unsaved
from crm.feed.queries import feed
from crm.host import config, hook, tell
from crm.jobs import enqueue
from crm.records import Change, Ref, Refused, check_version, delete, discard, hold, keep, lock, save, save_many
from crm.texts import N_

UNFINISHED_FOR = dt.timedelta(days=1)
STUCK_AFTER = dt.timedelta(minutes=15)
ADDED = "document.added"
TOGETHER = dt.timedelta(minutes=10)
AT_MOST_NAMED = 10


Sent = tuple[str, StoredFile]  # what somebody called a file, and the file


@dataclass(frozen=True)
class Checked:
    """What the check found: what the file is, as what it is shown, its pages, and what was taken out of it."""

    mimetype: str
    shown_as: str
    pages: int
    removed: tuple[str, ...] = ()


def receive(
    subject: Ref, filename: str, file: StoredFile, user: User | None, *, source: str = "upload", sender: str = "",
    token: str | None = None,
) -> Document:  # fmt: skip
    """A new document about a record, of a file that `Sealer.keep` wrote; nobody sees it before it was checked.

    `sender` is who sent it when that was no user; `token` names this sending (`queries.sent_as`).
    """
    return receive_all(subject, [(filename, file)], user, source=source, sender=sender, token=token)[0]


def receive_all(
    subject: Ref, sent: Sequence[Sent], user: User | None, *, source: str = "upload", sender: str = "",
    token: str | None = None,
) -> list[Document]:  # fmt: skip
    """As `receive`, of several files in as few statements as of one."""
    documents = [Document(name=title_of(tidy(name)), source=source, author=user, sender=sender) for name, _ in sent]
    for document in documents:
        document.subject_kind, document.subject_id = subject
    save_many(documents, user)
    versions = [version_of(document, 1, one, user) for document, one in zip(documents, sent, strict=True)]
    if token:
        versions[0].token = token
    keep_versions(versions)
    return documents


def sent_before(token: str) -> bool:
    """Was the file of this sending received already?"""
    return bool(queries.sent_as([token]))


def tell_added(document: Document, user: User | None) -> None:
    """Say in the feed what was added; what one person adds within ten minutes is one post."""
    subject, name = document.subject_ref, document.name
    if subject is None:
        return
    latest = next(iter(feed(subject)), None)
    same = latest and latest.post_kind == ADDED and (latest.author, latest.by) == (user, name_of(user))
    if latest and same and latest.created_at > utcnow() - TOGETHER:
        held: Post = lock(Post, latest.id)
        names = [*held.data["names"], name]
        more = held.data["more"] + (len(names) > AT_MOST_NAMED)
        held.data = {**held.data, "names": names[:AT_MOST_NAMED], "more": more}
        save(held, user)
        return
    post(subject, ADDED, user, N_("Documenten toegevoegd"), names=[name], more=0)


def take_made(
    about: Ref | Document, name: str, file: StoredFile, found: Checked, user: User | None, *, made_from: str,
    token: str | None, document_type: str = "",
) -> DocumentVersion:  # fmt: skip
    """A file that the house made itself, of the safe kind that `found` says: ready at once, as nobody brought it in.

    `about` is the record it is about, or the document that it is a newer version of. `token` names this making: done
    again, it gives the first one's version.
    """
    if token and (earlier := queries.sent_as([token]).get(token)):
        return earlier
    held = hold_or_make(about, name, "template", document_type, user)
    keep(file)
    version = DocumentVersion(
        document_id=held.id, number=next_number(held), filename=tidy(f"{name}.pdf"), original=file, author=user,
        token=token, made_from=made_from,
    )  # fmt: skip
    accept(version, found, None)
    db.session.expire(held, ["versions"])
    return version


def hold_or_make(about: Ref | Document, name: str, source: str, document_type: str, user: User | None) -> Document:
    """The document that gets a newer version, held; or a new one about a record."""
    if isinstance(about, Document):
        return hold_document(about)
    made = Document(name=name, source=source, document_type=document_type, author=user)
    made.subject_kind, made.subject_id = about
    saved: Document = save(made, user)
    return saved


def hold_document(document: Document) -> Document:
    """A document as it is now, held after the record that it is about."""
    hold(document.subject_ref)
    held: Document = lock(Document, document.id)
    return held


def next_number(document: Document) -> int:
    """The number of a document's next version; the caller holds the document."""
    db.session.refresh(document, ["versions"])
    return max((version.number for version in document.versions), default=0) + 1


def add_version(document: Document, filename: str, file: StoredFile, user: User | None) -> DocumentVersion:
    """A newer file of the same document; the one before stays what is shown until this one was checked."""
    held = hold_document(document)
    version = version_of(held, next_number(held), (filename, file), user)
    keep_versions([version])
    db.session.expire(held, ["versions"])
    return version


def version_of(document: Document, number: int, sent: Sent, user: User | None) -> DocumentVersion:
    """A file as a version of a document, yet to be kept."""
    filename, file = sent
    return DocumentVersion(
        document_id=document.id, number=number, filename=tidy(filename), original=file, author=user, token=file.key
    )


def keep_versions(versions: Sequence[DocumentVersion]) -> None:
    """Write down new versions, and their checks to come."""
    files = [version.original for version in versions if version.original]
    keep(*files, *versions)
    ask_check(versions) if len(versions) == 1 else enqueue("documents.check_all", [version.id for version in versions])


def ask_check(versions: Sequence[DocumentVersion]) -> None:
    """Let each be checked by a job of its own."""
    for version in versions:
        # Named after the file: SQLite gives the number of a version that was taken away to the next one.
        key = f"documents.check:{version.original.key}" if version.original else None
        enqueue("documents.check", version.id, key=key)


def check_all(ids: Sequence[int]) -> None:
    """Job: let many be checked. Writing a job takes as long as writing a document: who uploads need not wait for it."""
    ask_check([version for version in queries.versions_of(ids) if version.state == CHECKING])


def join(documents: Sequence[Document], name: str, user: User) -> Document:
    """One PDF of photos and PDFs about the same record, in this order, made by a job; what it is made of stays.

    Raises Refused for fewer than two, and for what has no pages.
    """
    parts = [document.current for document in documents]
    if len(parts) < 2:
        raise Refused("Vink ten minste twee bestanden aan.")
    if not all(part and part.is_joinable for part in parts) or len({one.subject_ref for one in documents}) > 1:
        raise Refused("Alleen foto's en pdf's die gecontroleerd zijn kunnen één pdf worden.")
    about = documents[0].subject_ref
    if about is None:
        raise Refused("Deze documenten horen nergens bij.")
    return join_versions(about, [part for part in parts if part], name, user, documents[0].document_type)


def join_versions(
    about: Ref | Document, parts: Sequence[DocumentVersion], name: str, user: User | None, document_type: str = ""
) -> Document:
    """One PDF of versions that may be seen, in this order, made by a job: a document about a record, or the newer
    version of one."""
    held, ids = hold_or_make(about, name, "photos", document_type, user), [part.id for part in parts]
    number, filename = next_number(held), tidy(f"{name}.pdf")
    version = DocumentVersion(document_id=held.id, number=number, filename=filename, author=user, parts=ids)
    keep(version)
    enqueue("documents.check", version.id)
    db.session.expire(held, ["versions"])
    return held


def accept(version: DocumentVersion, found: Checked, safe: StoredFile | None, fingerprint: str | None = None) -> None:
    """The file was checked and may be seen. `safe` is what is shown of it, None: the file itself; `fingerprint` that of
    what came in."""
    if safe is not None:
        keep(safe)
    if version.original is not None and fingerprint is not None:
        version.original.fingerprint = fingerprint
        keep(version.original)
        version.same_as_id = queries.same_file(version)
    version.state, version.pages, version.removed = READY, found.pages, list(found.removed)
    version.mimetype, version.shown_as = found.mimetype, found.shown_as
    version.safe = safe or version.original
    keep(version)
    with acting(version.by):
        if version.number == 1 and version.document.subject_ref:
            tell_added(version.document, version.author)
        db.session.expire(version.document, ["versions"])
        tell(hook.document_saved, document=version.document, user=version.author)


def refuse(version: DocumentVersion, reason: str) -> None:
    """The file may not be seen and is not kept; `reason` is a key of crm.documents.reasons.REASONS."""
    files = queries.files_of([version])
    version.state, version.reason = REFUSED, reason
    version.original = version.safe = None
    keep(version)
    drop_files(files)
    with acting(version.by):
        tell(hook.document_refused, document=version.document, user=version.author)


def edit(document: Document, values: Mapping[str, Any], user: User, version: int | None) -> Document:
    """Change name, type and date. Raises Refused and Conflict."""
    check_version(document, version)
    for name in ("name", "document_type", "dated_on"):
        if name in values:
            setattr(document, name, values[name])
    saved: Document = save(document, user)
    return saved


def set_public(document: Document, is_public: bool, user: User) -> Document:
    """Turn Publiek orange or grey (U-047, U-048). Raises Refused when a rule of a plugin says no."""
    if document.is_public == is_public:
        return document
    if is_public and document.current is None:
        raise Refused("Dit document is nog niet gecontroleerd. Wacht tot dat klaar is.")
    document.is_public = is_public
    saved: Document = save(document, user)
    return saved


def hide(documents: Sequence[Document], user: User | None) -> None:
    """Turn Publiek of many documents grey at once."""
    for document in documents:
        document.is_public = False
    save_many(documents, user)


def tell_shared(changes: Iterable[Change], user: User | None) -> None:
    """Ask who wants to know of these changes of documents that made some Publiek, or no longer so."""
    for is_public in (True, False):
        if documents := [change.record for change in changes if makes_public(change) is is_public]:
            tell(hook.document_shared, documents=documents, is_public=is_public, user=user)


def makes_public(change: Change) -> bool | None:
    """Does this change make its document Publiek? None when that stays as it is."""
    was, now = change.fields.get("is_public", (False, False))
    return None if bool(was) == bool(now) else bool(now)


def post_shared(documents: Iterable[Document], is_public: bool, user: User | None) -> None:
    """Say in the feed of each record which of its documents became Publiek, or are no longer so."""
    text = N_("Document Publiek gemaakt: %(name)s") if is_public else N_("Document niet meer Publiek: %(name)s")
    posts = [
        unsaved(one.subject_ref, "document", user, text, {"name": one.name}, document_id=one.id)
        for one in documents
        if one.subject_ref is not None
    ]
    if posts:
        save_many(posts, user)


def remove(document: Document, user: User | None, *, told: bool = True) -> None:
    """Take a document away with all its versions: their keys go at once, so that nobody can open the files any more;
    these go later. `told` in the feed of its record, unless the caller does that."""
    hold(document.subject_ref)
    versions, subject, name = queries.held_versions(document), document.subject_ref, document.name
    files = queries.files_of(versions)
    for version in versions:
        version.original = version.safe = None
    keep(*versions)
    delete(document, user)
    drop_files(files)
    if told and subject is not None:
        post(subject, "document", user, N_("Document verwijderd: %(name)s"), {"name": name})


def drop_files(files: Sequence[StoredFile]) -> None:
    """Forget the keys of files now: what is left is noise. It outlives them (DELETED_FILES_HOURS), so that a backup
    whose copy of the database names these files still finds them."""
    dropped = [DroppedFile(key=file.key) for file in files]
    discard(*files)
    keep(*dropped)


def sweep() -> None:
    """Job: take away files of uploads that came to nothing and those that were dropped long enough ago, and check again
    what was left unchecked."""
    sweep_files()
    moment = utcnow()
    stuck = queries.left_checking(moment - STUCK_AFTER)
    for version in stuck:
        enqueue("documents.check", version.id, key=f"documents.check:{version.id}:{moment:%Y%m%d%H%M}")
    if stuck:
        enqueue("documents.alarm", key=f"documents.alarm:{moment:%Y%m%d%H}")


def sweep_files() -> None:
    """Take away from the blob store what no row knows, a day after it was written, and what was dropped, so long after
    that as the installation says. Killed between taking away and forgetting, it does both again: that does no harm."""
    store, moment = blob_store(), utcnow()
    store.drop_unfinished(moment - UNFINISHED_FOR)
    for keys in store.keys(moment - UNFINISHED_FOR):
        for key in queries.unknown_keys(keys) if keys else ():
            store.delete(key)
    before = moment - dt.timedelta(hours=config("DELETED_FILES_HOURS"))
    while gone := queries.dropped(before):
        for file in gone:
            store.delete(file.key)
        discard(*gone)


def rotate_key() -> Sealer:
    """Begin a new key of the office; `lock_files_again` brings what there is under it."""
    storage.new_office_key()
    return storage.sealer()


def lock_files_again(sealer: Sealer) -> int:
    """Lock the keys of a stretch of files, and of what is sealed in the database, with the newest key of the office;
    gives how many were done."""
    rows = [row for table in Locked.__subclasses__() for row in queries.locked_with_others(table, sealer.file_key_id)]
    for row in rows:
        storage.lock_again(row, sealer)
    return len(rows)
