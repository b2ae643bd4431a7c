"""The bytes of a mail, sealed within the database: there exactly when the mail is (docs/decisions/0014)."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import undefer

from crm.accounts.models import User
from crm.db import db
from crm.documents import storage
from crm.documents.models import FileKey
from crm.mail.models import Message, MessageContent
from crm.records import keep, save


def save_with(message: Message, mime: bytes, user: User | None) -> None:
    """Save a message with these bytes in the place of those it had."""
    message.mime_digest = hashlib.sha256(mime).hexdigest()
    save(message, user)
    content = db.session.get(MessageContent, message.id) or MessageContent(message=message)
    content.size, content.sealed = len(mime), storage.seal_row(content, mime)
    keep(content)


def mime_of(message: Message) -> bytes:
    """The bytes of a message as previewed or sent. Raises envelope.Broken when they are not those it was saved with."""
    both = select(MessageContent, FileKey).join(FileKey, FileKey.id == MessageContent.file_key_id)
    query = both.where(MessageContent.message_id == message.id).options(undefer(MessageContent.sealed))
    content, _key = db.session.execute(query).one()
    return storage.open_row(content, content.sealed, content.size)
