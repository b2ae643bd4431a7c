"""Keeping files: sealed with a key of their own, which is locked with the office's, which is locked with FILES_KEY."""

import hashlib
import hmac
import io
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm import envelope
from crm.db import db
from crm.documents.blobs import blob_store
from crm.documents.models import FileKey, Locked, StoredFile
from crm.host import config
from crm.records import keep
from crm.settings import kept, touch

OFFICE = b"office key"
OFFICE_KEY = "documents.office_key"


@dataclass(frozen=True)
class Sealer:
    """Seals new files with the office's newest key; knows no database, so that none is held while bytes come in."""

    file_key_id: int
    secret: bytes

    def keep(self, content: Iterable[bytes]) -> StoredFile:
        """Write a file to the blob store and give its row, which is yet to be saved (`records.keep`).

        Until that row is committed the file is nobody's, and swept away after a day. Raises what `content` raises,
        OSError and the store's errors; then nothing is left.
        """
        key, own, counted = secrets.token_hex(16), envelope.new_key(), Counted()
        about = key.encode()
        blob_store().put(key, envelope.seal_stream(counted.through(content), own, about))
        wrapped = envelope.wrap(own, self.secret, about)
        return StoredFile(key=key, wrapped=wrapped, size=counted.size, file_key_id=self.file_key_id)


class Counted:
    """Measures bytes on their way."""

    def __init__(self) -> None:
        self.size = 0

    def through(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in content:
            self.size += len(chunk)
            yield chunk


class Fingerprint:
    """The keyed hash of what passes."""

    def __init__(self, sealer: Sealer) -> None:
        self.hash = hmac.new(hmac.digest(sealer.secret, b"fingerprint", "sha256"), digestmod=hashlib.sha256)

    def through(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in content:
            self.hash.update(chunk)
            yield chunk

    def digest(self) -> str:
        """64 hexadecimal digits."""
        return self.hash.hexdigest()


def sealer() -> Sealer:
    """What seals new files. A process keeps it: every upload needs it."""
    return kept(OFFICE_KEY, read_sealer)


def read_sealer() -> Sealer:
    key = db.session.scalars(select(FileKey).order_by(FileKey.id.desc()).limit(1)).one()
    return Sealer(key.id, office_secret(key))


def first_office_key() -> None:
    """Make the key of an office that has none."""
    if db.session.scalar(select(FileKey.id).limit(1)) is None:
        new_office_key()


def new_office_key() -> FileKey:
    """A new key of the office, used from now on."""
    key = FileKey(wrapped=envelope.wrap(envelope.new_key(), master_key(), OFFICE))
    keep(key)
    touch(OFFICE_KEY)
    return key


def office_secret(key: FileKey) -> bytes:
    """The key itself. Raises envelope.Broken when FILES_KEY is not the one it was locked with."""
    return envelope.unwrap(key.wrapped, master_key(), OFFICE)


def master_key() -> bytes:
    """FILES_KEY: 64 hexadecimal digits."""
    return bytes.fromhex(config("FILES_KEY"))


@dataclass(frozen=True)
class Sealed:
    """A file as its row tells of it: what it takes to open it once no transaction is open."""

    key: str
    size: int
    own: bytes
    about: bytes

    def content(self) -> Iterator[bytes]:
        """What is in it, piece by piece. Raises FileNotFoundError, and with a piece envelope.Broken."""
        return envelope.unseal(blob_store().open(self.key), self.size, self.own, self.about)


def sealed(file: StoredFile) -> Sealed:
    """A file, to be opened later. Raises envelope.Broken."""
    return Sealed(file.key, file.size, own_key(file), file.about)


def content_of(file: StoredFile) -> Iterator[bytes]:
    """What is in a file, piece by piece; nothing is asked of the database by then.

    Raises FileNotFoundError and envelope.Broken.
    """
    return sealed(file).content()


def seal_row(row: Locked, content: bytes) -> bytes:
    """The sealed form of what is kept within the database itself, under a new key of `row`; for what is small and must
    be there exactly when the transaction is. Raises envelope.Broken."""
    office, own = sealer(), envelope.new_key()
    row.wrapped, row.file_key_id = envelope.wrap(own, office.secret, row.about), office.file_key_id
    return envelope.seal([content], own, row.about)


def open_row(row: Locked, sealed: bytes, size: int) -> bytes:
    """What `seal_row` sealed; `size` is that of the content. Raises envelope.Broken."""
    return b"".join(envelope.unseal(io.BytesIO(sealed), size, own_key(row), row.about))


def own_key(row: Locked) -> bytes:
    """The key of one file or row. Raises envelope.Broken."""
    return envelope.unwrap(row.wrapped, office_secret(db.session.get_one(FileKey, row.file_key_id)), row.about)


def lock_again(row: Any, sealer: Sealer) -> None:
    """Lock a row's own key with the office's newest one; what it seals stays as it is."""
    row.wrapped, row.file_key_id = envelope.wrap(own_key(row), sealer.secret, row.about), sealer.file_key_id
    keep(row)
