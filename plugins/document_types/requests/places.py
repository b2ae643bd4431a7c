"""Where stukken hang, for windows: the dienst, product or dossier that an address names."""

from typing import Any

from werkzeug.exceptions import NotFound

from crm.plugin import Dossier, get_or_404

KINDS = ("service", "product", "dossier")


def part_or_404(kind: str, identity: int) -> Any:
    """The dienst, product or dossier, if this user may see it; else 404."""
    if kind not in KINDS:
        raise NotFound
    return get_or_404(kind, identity)


def dossier_of(part: Any) -> Dossier:
    """The dossier that a part belongs to; a dossier is its own."""
    found: Dossier = part if part.kind == "dossier" else part.dossier
    return found


def holder(part: Any) -> Any:
    """What stukken are hung under: nothing when it is the dossier itself."""
    return None if part.kind == "dossier" else part
