"""The portal's tables: brought up to date in the portal's own database."""

from pathlib import Path

from crm.furniture import commit, tables_are_behind, upgrade_tables
from plugins.portal.database import Base
from plugins.portal.doors import models as doors  # noqa: F401  (each room's tables hang on Base)
from plugins.portal.events import models as events
from plugins.portal.office import models as office  # noqa: F401
from plugins.portal.uploads import models as uploads  # noqa: F401
from plugins.portal.vaults import models as vaults  # noqa: F401

FOLDER = Path(__file__).parent / "tables"
OWNER = "portal"


def upgrade() -> None:
    """Bring every table of the portal up to date. Needs the portal's app context."""
    upgrade_tables(OWNER, FOLDER, Base.metadata)
    commit()


def is_behind() -> bool:
    """True when the portal's database lacks a migration."""
    return tables_are_behind(OWNER, FOLDER)


__all__ = ["events", "is_behind", "upgrade"]
