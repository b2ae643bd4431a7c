"""Accounts of clients in the vault, and what was put there."""

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.plugin import N_, Base, Record, Relation, utcnow

NONE, INVITED, EXPIRED, LOCKED, ACTIVE = "none", "invited", "expired", "locked", "active"
STATES = {
    NONE: N_("Niet uitgenodigd"),
    INVITED: N_("Uitgenodigd"),
    EXPIRED: N_("Uitnodiging verlopen"),
    LOCKED: N_("Geblokkeerd"),
    ACTIVE: N_("Actief"),
}


# How each is shown on the tab: icon and colour.
LOOKS = {
    NONE: ("lock", "secondary"),
    INVITED: ("mail", "azure"),
    EXPIRED: ("clock-exclamation", "orange"),
    LOCKED: ("alert-circle", "red"),
    ACTIVE: ("circle-check", "green"),
}

UNREACHABLE, REFUSED = "unreachable", "refused"
TROUBLES = {
    UNREACHABLE: N_("De kluis antwoordt niet, sinds %(moment)s."),
    REFUSED: N_("De kluis laat het kantoor niet binnen, sinds %(moment)s. Laat de beheerder de sleutel nakijken."),
}


class VaultAccount(Record, Base):
    """One person's way into the vault (domain.md §5.4). `name` is what the portal knows him by.

    `generation` counts invitations.
    """

    __tablename__ = "vault_accounts"
    kind: ClassVar[str] = "vault_account"

    relation_id: Mapped[int] = mapped_column(ForeignKey("relations.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=NONE)
    generation: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    valid_until: Mapped[dt.datetime | None] = mapped_column(default=None)
    activated_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    asked_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    relation: Mapped[Relation] = relationship()

    @property
    def state_title(self) -> str:
        return STATES[self.state_now]

    @property
    def look(self) -> tuple[str, str]:
        """Icon and colour of where it stands."""
        return LOOKS[self.state_now]

    @property
    def state_now(self) -> str:
        """The state as of now: an invitation runs out by itself."""
        is_over = self.state == INVITED and self.valid_until is not None and self.valid_until < utcnow()
        return EXPIRED if is_over else self.state


class VaultItem(Base):
    """One thing in a vault: the version it has there, the digest of what it should say and of what was last put."""

    __tablename__ = "vault_items"

    account_id: Mapped[int] = mapped_column(ForeignKey("vault_accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    put_version: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(default="")


class VaultCursor(Base):
    """The one row with the number of the last event that was handled: an event is handled in the transaction that
    moves it, so each is handled once. It also says since when the portal does not answer as it should."""

    __tablename__ = "vault_cursors"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(default="")
    trouble_since: Mapped[dt.datetime | None] = mapped_column(default=None)

    @property
    def trouble_title(self) -> str:
        return TROUBLES[self.trouble]
