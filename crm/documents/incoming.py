"""E-mails that were brought in for what is attached to them: taken apart, chosen from, and gone again."""

import logging
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm import records
from crm.accounts.models import User
from crm.db import db, utcnow
from crm.documents import operations, sandbox, storage
from crm.documents.checking import largest, pieces, write
from crm.documents.models import CHECKING, READY, REFUSED, Document, IncomingMail, MailPart, StoredFile
from crm.documents.names import tidy
from crm.host import config
from crm.jobs import enqueue
from crm.records import Ref, Refused, commit, discard, keep, lock

log = logging.getLogger(__name__)

LARGER = 2  # an e-mail with attachments of the largest size, written in letters
MEGABYTE = 1_000_000  # bytes
SHOWN = 20


def receive_mail(subject: Ref, filename: str, file: StoredFile, user: User | None) -> IncomingMail:
    """An e-mail to take apart; nothing of it is a document before somebody chose it."""
    keep(file)
    mail = IncomingMail(filename=tidy(filename), file=file, author_id=user.id if user else None)
    mail.subject_kind, mail.subject_id = subject
    keep(mail)
    enqueue("documents.unpack", mail.id, key=f"documents.unpack:{file.key}")
    return mail


def most() -> int:
    """The most bytes that an e-mail may have: with its form it must be a request that is read. In whole megabytes, one
    less than that, as people are told it and more than the form takes."""
    read = (int(config("MAX_CONTENT_LENGTH")) // MEGABYTE - 1) * MEGABYTE
    return min(LARGER * largest(), read)


def find(mail_id: int, user: User) -> tuple[IncomingMail, Any] | None:
    """(e-mail, record it was brought in at), for who may see that."""
    mail = db.session.get(IncomingMail, mail_id)
    subject = records.find(mail.subject_ref, user) if mail else None
    return (mail, subject) if mail and subject else None


def waiting(subject: Ref) -> Sequence[IncomingMail]:
    """E-mails that were brought in at a record and of which nobody has chosen yet, the newest first."""
    about = IncomingMail.subject_kind == subject[0], IncomingMail.subject_id == subject[1]
    query = (
        select(IncomingMail).where(*about, IncomingMail.state == READY).order_by(IncomingMail.id.desc()).limit(SHOWN)
    )
    return db.session.scalars(query).unique().all()


def unpack(mail_id: int) -> None:
    """Job: take an e-mail apart, in a process that can do no harm. Done twice it changes nothing."""
    mail = db.session.get(IncomingMail, mail_id)
    if mail is None or mail.state != CHECKING or mail.file is None:
        return
    file, sealer, limits = storage.sealed(mail.file), storage.sealer(), sandbox.Limits(size=most())
    commit()
    with tempfile.TemporaryDirectory(prefix="sleutel-mail-") as folder:
        source, made = Path(folder) / "source", Path(folder) / "made"
        made.mkdir()
        write(source, file.content())
        found = sandbox.unpack(source, made, limits)
        files = [sealer.keep(pieces(part.file)) for part in found.parts]
    held: IncomingMail | None = lock(IncomingMail, mail_id)
    if held is None or held.state != CHECKING:
        return  # taken away, or done by another worker; what was kept is swept away
    if found.why:
        log.warning("an e-mail could not be read: %s", found.why)
    settle(held, found, files)


def settle(mail: IncomingMail, found: sandbox.Unpacked, files: list[StoredFile]) -> None:
    """Keep what was in an e-mail; the e-mail itself goes."""
    keep(*files)
    gone = [mail.file] if mail.file else []
    mail.file, mail.reason = None, found.refused
    mail.state = REFUSED if found.refused else READY
    mail.title, mail.sender = tidy_line(found.title), tidy_line(found.sender)
    mail.left_out = [tidy_line(name) for name in found.left_out]
    parts = [
        MailPart(mail=mail, name=tidy(part.name), within=tidy_line(part.within), in_text=part.in_text, file=file)
        for part, file in zip(found.parts, files, strict=True)
    ]
    keep(mail, *parts)
    operations.drop_files(gone)


def tidy_line(text: str) -> str:
    """A header of a stranger on one line, without signs that hide what it is."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]


def take(mail: IncomingMail, chosen: Collection[int], user: User) -> list[Document]:
    """Make documents of the chosen parts, which are then checked as every file; the rest of the e-mail goes.

    Raises Refused when none is chosen.
    """
    held: IncomingMail | None = lock(IncomingMail, mail.id)
    if held is None:
        raise Refused("Deze e-mail is intussen weg. Breng hem opnieuw in als dat nodig is.")
    parts = [part for part in held.parts if part.id in set(chosen)]
    if not parts:
        raise Refused("Kies wat u wilt overnemen.")
    about = held.subject_ref
    if about is None:
        raise Refused("Deze e-mail hoort nergens bij.")
    taken = [operations.receive(about, part.name, part.file, user, source="mail") for part in parts]
    drop(held, {part.file.id for part in parts})
    return taken


def drop(mail: IncomingMail, taken: Collection[int] = ()) -> None:
    """Forget an e-mail and what was in it, but for the files that were `taken`."""
    files = [part.file for part in mail.parts if part.file.id not in taken]
    if mail.file:
        files.append(mail.file)
    discard(*mail.parts)
    discard(mail)
    operations.drop_files(files)


def sweep() -> None:
    """Job: e-mails of which nothing could be read go after a day; others wait until somebody says what to do."""
    before = utcnow() - operations.UNFINISHED_FOR
    left = (
        select(IncomingMail)
        .where(IncomingMail.created_at < before, IncomingMail.state != READY)
        .order_by(IncomingMail.id)
        .limit(100)
    )
    for mail in db.session.scalars(left).unique().all():
        drop(mail)
