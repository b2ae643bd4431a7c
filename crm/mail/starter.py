"""The texts an office starts with: config/content/email_templates, one file per purpose."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crm import paths
from crm.mail.placeholders import digest


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


@lru_cache(maxsize=1)
def originals() -> dict[str, Original]:
    """Every text by key. Raises ValueError when two have one key."""
    found: dict[str, Original] = {}
    for file in sorted(folder().glob("*.toml")):
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
def examples() -> dict[str, str]:
    """What each word stands for in the example of the template page."""
    return tomllib.loads((folder() / "examples.toml").read_text("utf-8"))
