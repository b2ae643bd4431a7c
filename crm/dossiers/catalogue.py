"""What a dossier, a dienst and a product can be: keys and titles, read from config/content/dossiers.toml."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crm import paths

OTHER = "other"


@dataclass(frozen=True)
class Entry:
    """One thing to choose. `types` are the dossier types it fits, `topic` how an appointment says it (O-051)."""

    key: str
    title: str
    topic: str = ""
    types: tuple[str, ...] = ()


@lru_cache
def catalogue() -> dict[str, dict[str, Entry]]:
    """Every list by its name, each {key: entry} in the order of the file. Raises LookupError when a profile fits
    a type that does not exist."""
    file = paths.content() / "dossiers.toml"
    lists = {name: read(rows) for name, rows in tomllib.loads(file.read_text("utf-8")).items()}
    for profile in lists["profiles"].values():
        if unknown := set(profile.types) - set(lists["dossier_types"]):
            raise LookupError(f"{file.name}: profile {profile.key} fits unknown type {', '.join(sorted(unknown))}")
    return lists


def read(rows: list[dict[str, Any]]) -> dict[str, Entry]:
    """The entries of one list."""
    entries = [Entry(row["key"], row["title"], row.get("topic", ""), tuple(row.get("types", ()))) for row in rows]
    return {entry.key: entry for entry in entries}


def entries(name: str) -> list[Entry]:
    """The entries of a list: dossier_types, profiles, service_kinds, product_kinds or repayments."""
    return list(catalogue()[name].values())


def title(name: str, key: str) -> str:
    """What an entry is called; a key that was taken out of the file is shown as it is."""
    entry = catalogue()[name].get(key)
    return entry.title if entry else key


def fits(dossier_type: str, profile: str) -> bool:
    """May a dossier of this type be about this profile (O-039, O-040)?"""
    entry = catalogue()["profiles"].get(profile)
    return entry is not None and dossier_type in entry.types
