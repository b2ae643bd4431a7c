"""What an office starts with, from config/content: types, reasons, checklists, and what can be true of a client."""

import hashlib
import json
import tomllib
from functools import lru_cache
from typing import Any

from crm.plugin import content_folder
from plugins.document_types import terms

# What a row holds besides its key, with what it is when a file does not say; fingerprints are made of these.
REASON = {"name": "", "text": "", "is_general": False}
TYPE = {
    "name": "",
    "group": "",
    "explanation": "",
    "delivered_by": terms.CLIENT,
    "scope": terms.HOUSEHOLD,
    "item_name": "",
    "item_count": 1,
    "validity": "none",
    "validity_count": None,
    "condition": "",
    "formats": list(terms.USUAL_FORMATS),
    "hdn_codes": [],
    "retention_years": None,
    "is_invoice": False,
    "signable": False,
    "reasons": [],
}
TEMPLATE = {
    "name": "",
    "description": "",
    "phase": "advice",
    "dossier_types": [],
    "profiles": [],
    "situations": [],
    "items": [],
}
ITEM = {"type": "", "situation": "", "choice": "", "option": 1, "replaces": ""}
FILES = {"reasons": "rejection_reasons", "types": "document_types", "templates": "checklist_templates"}
SHAPES: dict[str, dict[str, Any]] = {"reasons": REASON, "types": TYPE, "templates": TEMPLATE}
Row = dict[str, Any]


@lru_cache
def read(name: str) -> dict[str, Row]:
    """What the office starts with, {key: row with all that it can hold}: "reasons", "types" or "templates".

    Raises LookupError for a name that a row cannot have, or a key that is there twice.
    """
    found: dict[str, Row] = {}
    for row in tomllib.loads((content_folder() / f"{FILES[name]}.toml").read_text("utf-8"))[name]:
        key = row["key"]
        if key in found:
            raise LookupError(f"{FILES[name]}.toml has {key} twice")
        found[key] = whole(row, SHAPES[name], key)
        if name == "templates":
            found[key]["items"] = [whole(item, ITEM, key) for item in found[key]["items"]]
        if name == "types":
            found[key]["reasons"] = sorted(found[key]["reasons"])
    return found


def whole(row: Row, shape: Row, key: str) -> Row:
    """A row with what its file does not say. Raises LookupError."""
    if unknown := set(row) - set(shape) - {"key"}:
        raise LookupError(f"{key}: no such thing as {', '.join(sorted(unknown))}")
    return {name: row.get(name, default) for name, default in shape.items()}


@lru_cache
def situations() -> dict[str, str]:
    """{key: title} of what can be true of a client beside the onderwerp of his dossier."""
    rows = tomllib.loads((content_folder() / "situations.toml").read_text("utf-8"))["situations"]
    return {row["key"]: row["title"] for row in rows}


def digest(row: Row) -> str:
    """Fingerprint of what a row holds."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]
