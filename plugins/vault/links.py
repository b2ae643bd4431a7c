"""The link of an invitation: never a row, so that a preview that may not write can hold it."""

import base64
import hashlib
import hmac

from crm.plugin import base_url, config, plugin_settings
from plugins.vault.models import VaultAccount


def token(account: VaultAccount, generation: int) -> str:
    """What is in the link of this invitation: it follows from account and generation, and dies with the next one."""
    said = f"vault invitation {account.name} {generation}".encode()
    return base64.urlsafe_b64encode(hmac.digest(config("SECRET_KEY").encode(), said, "sha256")).decode().rstrip("=")


def fingerprint(account: VaultAccount, generation: int) -> str:
    """What the portal knows of it."""
    return hashlib.sha256(token(account, generation).encode()).hexdigest()


def address(account: VaultAccount, generation: int) -> str:
    """The whole link."""
    return f"{portal_url()}/activeren/{token(account, generation)}"


def portal_url() -> str:
    """Where clients find the portal."""
    url = plugin_settings("vault").get("url")
    return str(url).rstrip("/") if url else f"{base_url()}/kluis"
