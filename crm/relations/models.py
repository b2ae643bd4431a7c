"""Persons, households with their members through time, and access to another vestiging's relation."""

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Branch, User
from crm.db import Base, Record, utcnow
from crm.relations.person import COUNTRIES

# Folded text sorts by its bytes on every database, so that a prefix is a stretch of the index on PostgreSQL too.
BYTEWISE = String().with_variant(String(collation="C"), "postgresql")


class Relation(Record, Base):
    """A person known to the office. No BSN, ever (domain.md §7.2).

    Phones are E.164, `postal_code` is "1234AB" for Dutch addresses, `birth_date` a plain date. `title` is "mr", "ms",
    "none" (neither, by choice) or empty (not known); `address_form` is "u" or "je". `sort_name` and `match_name` are
    worked out at every save (operations.fill_names): what lists sort by and duplicates are compared by.
    """

    __tablename__ = "relations"
    __table_args__ = (
        Index("ix_relations_list", "branch_id", "sort_name", "id"),
        Index("ix_relations_town", "branch_id", "city", "sort_name", "id"),
        Index("ix_relations_match", "birth_date", "match_name"),
        Index("ix_relations_updated", "updated_at", "id"),
        Index("ix_relations_address", "postal_code", "house_number"),
    )
    kind: ClassVar[str] = "relation"

    record_type: Mapped[str] = mapped_column(default="client")
    title: Mapped[str] = mapped_column(default="")
    initials: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    surname_prefix: Mapped[str] = mapped_column(default="")
    surname: Mapped[str]
    birth_date: Mapped[dt.date | None] = mapped_column(default=None)
    phone: Mapped[str] = mapped_column(default="", index=True)
    other_phone: Mapped[str] = mapped_column(default="", index=True)
    email: Mapped[str] = mapped_column(default="", index=True)
    street: Mapped[str] = mapped_column(default="")
    house_number: Mapped[str] = mapped_column(default="")
    house_number_suffix: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="NL")
    address_form: Mapped[str] = mapped_column(default="u")
    checked_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    import_id: Mapped[int | None] = mapped_column(default=None, index=True)
    sort_name: Mapped[str] = mapped_column(BYTEWISE, default="")
    match_name: Mapped[str] = mapped_column(BYTEWISE, default="")
    branch: Mapped[Branch] = relationship(lazy="joined")
    checked_by: Mapped[User | None] = relationship()

    @property
    def surname_full(self) -> str:
        """Prefix and surname: "van de Koster - Visser"."""
        return f"{self.surname_prefix} {self.surname}".strip()

    @property
    def name(self) -> str:
        """First name (or initials), prefix and surname."""
        return f"{self.first_name or self.initials} {self.surname_full}".strip()

    @property
    def address(self) -> str:
        """The address on one line, abroad with its country; empty when unknown."""
        number = f"{self.house_number} {self.house_number_suffix}".strip()
        code = self.postal_code
        shown = f"{code[:4]} {code[4:]}" if self.country == "NL" and len(code) == 6 else code
        parts = (f"{self.street} {number}".strip(), f"{shown} {self.city}".strip())
        found = [part for part in parts if part]
        abroad = COUNTRIES.get(self.country) if found and self.country not in ("NL", "ZZ") else None
        return ", ".join([*found, abroad] if abroad else found)


class Household(Record, Base):
    """People who live together; a record of its own, so that a divorce or a new partner loses nothing."""

    __tablename__ = "households"
    kind: ClassVar[str] = "household"

    name: Mapped[str] = mapped_column(default="")
    members: Mapped[list["HouseholdMember"]] = relationship(
        back_populates="household", order_by="HouseholdMember.id", cascade="all, delete-orphan"
    )


class HouseholdMember(Record, Base):
    """Someone in a household for a period; `until_on` None means still. `role`: applicant, partner, child, other."""

    __tablename__ = "household_members"
    kind: ClassVar[str] = "household_member"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), index=True)
    relation_id: Mapped[int] = mapped_column(ForeignKey("relations.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(default="applicant")
    from_on: Mapped[dt.date | None] = mapped_column(default=None)
    until_on: Mapped[dt.date | None] = mapped_column(default=None)
    household: Mapped[Household] = relationship(back_populates="members")
    relation: Mapped[Relation] = relationship(lazy="joined")


class RelationAccess(Base):
    """Another vestiging that may see a relation too."""

    __tablename__ = "relation_access"
    __table_args__ = (UniqueConstraint("relation_id", "branch_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    relation_id: Mapped[int] = mapped_column(ForeignKey("relations.id", ondelete="CASCADE"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"), index=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class AccessRequest(Record, Base):
    """Somebody of another vestiging asks to see a relation. `status`: open, granted, refused."""

    __tablename__ = "access_requests"
    kind: ClassVar[str] = "access_request"

    relation_id: Mapped[int] = mapped_column(ForeignKey("relations.id", ondelete="CASCADE"), index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open", index=True)
    relation: Mapped[Relation] = relationship()
    branch: Mapped[Branch] = relationship()
    asked_by: Mapped[User | None] = relationship()
