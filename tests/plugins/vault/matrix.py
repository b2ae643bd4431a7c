"""What the connector adds to the authorization matrix; see tests/matrix_data.py."""

from collections.abc import Callable
from typing import Any

ROLES: dict[str, tuple[str, ...]] = {"vault.use": ("assistant", "adviser", "admin")}
PAGES = """
vault.ask                            vault.use
"""
WHOLE_OFFICE: set[str] = set()
ARGUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {"vault.ask": lambda office: {"id": office.relation.id}}
