"""Keys of the portal: one of the installation, from which others follow, and one of each vault, which that one locks.

Who has the database alone reads no content: a vault whose key row is gone can be opened by nobody.
"""

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.furniture import config, envelope, once_per_app

NONCE = 12


def derived(purpose: str) -> bytes:
    """The key for one purpose (32 bytes), from the installation's KLUIS_KEY."""

    def derive() -> bytes:
        master = bytes.fromhex(config("KLUIS_KEY"))
        return HKDF(hashes.SHA256(), 32, salt=None, info=f"sleutel portal {purpose}".encode()).derive(master)

    return once_per_app(f"portal.key.{purpose}", derive)


def digest(purpose: str, *parts: str) -> str:
    """A keyed fingerprint in hexadecimals: what is looked up, or compared, without being kept."""
    return hmac.new(derived(purpose), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def new_locked(about: str) -> bytes:
    """A new key, locked, for the vault or file named `about`."""
    return envelope.wrap(envelope.new_key(), derived("vaults"), about.encode())


def opened(locked: bytes, about: str) -> bytes:
    """The key within. Raises envelope.Broken when it was locked for something else, or with another KLUIS_KEY."""
    return envelope.unwrap(locked, derived("vaults"), about.encode())


def seal(content: Any, key: bytes, about: str) -> bytes:
    """Content (what JSON can say), sealed for one place."""
    nonce = os.urandom(NONCE)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(sealed: bytes, key: bytes, about: str) -> Any:
    """The content. Raises envelope.Broken when it was changed, or sealed for another place."""
    try:
        return json.loads(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], about.encode()))
    except (InvalidTag, ValueError) as error:
        raise envelope.Broken("content that does not open") from error
