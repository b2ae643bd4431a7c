"""Documents that go along with a mail: only those that were checked, and of these the copy that people may see."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crm.documents import queries as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.documents.names import tidy
from crm.documents.sniff import SUFFIXES
from crm.formats import file_size
from crm.mail.letter import File
from crm.mail.models import Message
from crm.records import Ref, Refused
from crm.settings import setting
from crm.texts import N_, said


@dataclass(frozen=True)
class Attachment:
    """A version of a document as it goes along; `size` is in bytes, `name` is what the file is called."""

    document: int
    number: int
    name: str
    size: int

    def plain(self) -> dict[str, Any]:
        """As a message keeps it."""
        return asdict(self)


def of(document: Document) -> Attachment | None:
    """What may be sent of a document now; None until it was checked, and when its pages are not what it is about."""
    current = document.current
    if current is None or current.safe is None or current.elsewhere:
        return None
    name = tidy(document.name + SUFFIXES.get(current.shown_as, ""))
    return Attachment(document.id, current.number, name, current.safe.size)


def offered(subject: Ref, chosen: Collection[int] = ()) -> list[Attachment]:
    """What may go along with a mail about a record: its newest documents, and those of `chosen` that are older."""
    return [one for document in documents.some_of(subject, chosen) if (one := of(document))]


def of_message(message: Message) -> list[Attachment]:
    """What goes along with a message, as it was put in."""
    return [Attachment(**row) for row in message.attachments]


def check_total(attachments: Iterable[Attachment]) -> None:
    """Raises Refused when these are larger together than the office lets a mail be."""
    total, most = sum(one.size for one in attachments), int(setting("mail.most_attached")) * 1_000_000
    if total > most:
        raise Refused(
            "De bijlagen zijn samen %(total)s; het mag %(most)s zijn. Haal er een weg, of deel het document op "
            "een andere manier.",
            total=file_size(total),
            most=file_size(most),
        )


def files(attachments: Sequence[Attachment]) -> list[File]:
    """Their bytes. Raises Refused when one was taken away meanwhile."""
    check_total(attachments)
    found = {document.id: document for document in documents.by_ids({one.document for one in attachments})}
    return [read(found.get(one.document), one) for one in attachments]


def read(document: Document | None, attachment: Attachment) -> File:
    """The safe copy of one version."""
    version = documents.version_of(document, attachment.number) if document else None
    if version is None or version.safe is None:
        raise Refused("%(name)s is er niet meer. Kies de bijlagen opnieuw.", name=attachment.name)
    return File(attachment.name, version.shown_as, b"".join(storage.content_of(version.safe)))


def changed(message: Message) -> list[str]:
    """Names of attachments that were replaced or taken away since they were put in."""
    attachments = of_message(message)
    found = {document.id: document for document in documents.by_ids({one.document for one in attachments})}
    now = {one: of(document) for one, document in found.items()}
    return [
        said(N_("bijlage %(name)s"), name=one.name)
        for one in attachments
        if (then := now.get(one.document)) is None or then.number != one.number
    ]
