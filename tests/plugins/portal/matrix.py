"""The portal adds no page to the CRM: its own are tried in test_routes.py."""

from collections.abc import Callable
from typing import Any

ROLES: dict[str, tuple[str, ...]] = {}
PAGES = ""
WHOLE_OFFICE: set[str] = set()
ARGUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {}
