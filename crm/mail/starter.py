"""The texts an office starts with: config/content/email_templates, one file per purpose."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crm import paths
from crm.host import once_per_app
from crm.mail.placeholders import digest
from crm.mail.purposes import brought


@dataclass(frozen=True)
class Original:
    """A template as it came with the house."""

    key: str
    purpose: str
    name: str
    form: str
    place: str
    subject: str
    body: str

    @property
    def digest(self) -> str:
        """Fingerprint of the text."""
        return digest(f"{self.subject}\n{self.body}")


def folder() -> Path:
    """Where the texts lie."""
    return paths.content() / "email_templates"


def originals() -> dict[str, Original]:
    """Every text by key, those of plugins too; read once. Raises ValueError when two have one key."""
    return once_per_app("crm.mail_originals", read_originals)


def read_originals() -> dict[str, Original]:
    found: dict[str, Original] = {}
    for file in [*sorted(folder().glob("*.toml")), *(one.texts for one in brought() if one.texts)]:
        content = tomllib.loads(file.read_text("utf-8"))
        for row in content.get("template", []):
            body = {**row, "body": row["body"].strip() + "\n"}
            original = Original(purpose=content["purpose"], **body)
            if original.key in found:
                raise ValueError(f"two e-mail templates are called {original.key!r}")
            found[original.key] = original
    return found


@lru_cache(maxsize=1)
def blocks() -> dict[str, str]:
    """Titles, by name, of blocks that stay away when their plugin does."""
    content = tomllib.loads((folder() / "blocks.toml").read_text("utf-8"))
    return {row["name"]: row["title"] for row in content["block"]}


@lru_cache(maxsize=1)
def instead() -> dict[str, dict[str, str]]:
    """By word and form of address, what takes the place of a line whose word has nothing to say."""
    return tomllib.loads((folder() / "instead.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def examples() -> dict[str, str]:
    """What each word stands for in the example of the template page."""
    return tomllib.loads((folder() / "examples.toml").read_text("utf-8"))
