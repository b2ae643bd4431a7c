"""Verbs of uploads: begun, added to, whole, wiped."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm.furniture import Refused, config, db, discard, envelope, keep, lock, utcnow
from plugins.portal import keys
from plugins.portal.events.operations import tell
from plugins.portal.uploads.models import Upload
from plugins.portal.vaults import queries as vaults
from plugins.portal.vaults.models import Vault

UPLOADED, WITHDRAWN = "file_uploaded", "file_withdrawn"


def begin(vault: Vault, request: str, size: int, file_name: str) -> Upload:
    """A file that will be sent for a request of this vault. Raises Refused when it is empty, too large or not asked."""
    asked = vaults.content(vault, "request", request)
    if asked is None or not asked.says.get("may_upload"):
        raise Refused("Dit document wordt nu niet gevraagd.")
    if size < 1:
        raise Refused("Dit bestand is leeg.")
    most = config("KLUIS_LARGEST_FILE")
    if size > most:
        raise Refused("Dit bestand is te groot: het mag %(most)s MB zijn.", most=most // 1_000_000)
    name, key = secrets.token_hex(16), vaults.key_of(vault)
    locked = envelope.wrap(envelope.new_key(), key, name.encode())
    told = keys.seal({"name": file_name[:200]}, key, name)
    upload = Upload(name=name, vault_id=vault.id, request=request, size=size, locked_key=locked, told=told)
    keep(upload)
    return upload


def of_vault(vault: Vault, name: str) -> Upload | None:
    """An upload of this vault by its name."""
    return db.session.scalars(select(Upload).where(Upload.vault_id == vault.id, Upload.name == name)).first()


def path(upload: Upload) -> Path:
    """Where its bytes lie."""
    folder = Path(config("KLUIS_DATA")) / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / upload.name


def key_of(upload: Upload) -> bytes:
    """What opens its bytes. Raises envelope.Broken."""
    vault = db.session.get_one(Vault, upload.vault_id)
    return envelope.unwrap(upload.locked_key, vaults.key_of(vault), upload.name.encode())


def finish(identity: int) -> Upload:
    """Every byte is here: prove them all, and tell the CRM, once. Raises envelope.Broken, and Refused when the vault
    was let go of meanwhile."""
    upload: Upload | None = lock(Upload, identity)
    if upload is None:
        raise Refused("Dit document wordt nu niet gevraagd.")
    if upload.whole_at is None:
        whole = hashlib.sha256()
        for piece in read(upload):
            whole.update(piece)
        upload.digest, upload.whole_at = whole.hexdigest(), utcnow()
        keep(upload)
        vault = db.session.get_one(Vault, upload.vault_id)
        tell(vault.name, UPLOADED, request=upload.request, upload=upload.name)
    return upload


def read(upload: Upload) -> Iterator[bytes]:
    """Its bytes, each piece only once it is proved; they may be read after the transaction. The first one raises
    envelope.Broken when it is not what was sealed, each later one too."""
    return pieces(path(upload), upload.size, key_of(upload), upload.name.encode())


def pieces(path: Path, size: int, key: bytes, about: bytes) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from envelope.unseal(file, size, key, about)


def told(upload: Upload) -> str:
    """What the client's file is called."""
    vault = db.session.get_one(Vault, upload.vault_id)
    name: str = keys.unseal(upload.told, vaults.key_of(vault), upload.name)["name"]
    return name


def wipe(names: Sequence[str]) -> None:
    """The CRM has these: their bytes go, the rows stay as what was received."""
    for upload in db.session.scalars(select(Upload).where(Upload.name.in_(names))):
        path(upload).unlink(missing_ok=True)
        upload.wiped_at = upload.wiped_at or utcnow()
        keep(upload)


def wipe_all(vault: Vault) -> list[dict[str, Any]]:
    """Let the bytes of every upload of a vault go; gives what they were, for the receipt."""
    found = db.session.scalars(select(Upload).where(Upload.vault_id == vault.id).order_by(Upload.id)).all()
    for upload in found:
        path(upload).unlink(missing_ok=True)
    return [{"upload": one.name, "size": one.size, "digest": one.digest} for one in found]


def withdraw(upload: Upload) -> None:
    """The client wants it back: what is not whole is gone at once; of a whole one the CRM is told, once, and it has the
    last word: somebody may have looked at it."""
    held: Upload = lock(Upload, upload.id)
    if held.whole_at is None:
        path(held).unlink(missing_ok=True)
        discard(held)
    elif held.withdrawn_at is None:
        held.withdrawn_at = utcnow()
        keep(held)
        vault = db.session.get_one(Vault, held.vault_id)
        tell(vault.name, WITHDRAWN, request=held.request, upload=held.name)
