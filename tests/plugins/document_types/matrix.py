"""What document types add to the authorization matrix; see tests/matrix_data.py."""

from typing import Any

EVERYONE, ADMINS = ("assistant", "adviser", "admin"), ("admin",)
ROLES: dict[str, tuple[str, ...]] = {
    "document_types.manage": ADMINS,
    "document_types.read": EVERYONE,
}
PAGES = """
"""
WHOLE_OFFICE: set[str] = set()
ARGUMENTS: dict[str, Any] = {}
