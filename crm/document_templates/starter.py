"""The documents an office starts with: config/content/document_templates, one file each."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from crm import paths
from crm.mail.placeholders import digest


@dataclass(frozen=True)
class Original:
    """A template as it came with the house."""

    key: str
    name: str
    purpose: str
    document_type: str
    body: str

    @property
    def digest(self) -> str:
        """Fingerprint of the text."""
        return digest(f"{self.name}\n{self.body}")


@lru_cache(maxsize=1)
def originals() -> dict[str, Original]:
    """Every text by key. Raises ValueError when two have one key."""
    found: dict[str, Original] = {}
    for file in sorted((paths.content() / "document_templates").glob("*.toml")):
        row = tomllib.loads(file.read_text("utf-8"))
        original = Original(**{**row, "body": row["body"].strip() + "\n"})
        if original.key in found:
            raise ValueError(f"two document templates are called {original.key!r}")
        found[original.key] = original
    return found
