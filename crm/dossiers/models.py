"""Dossiers, where they came from, their services and products."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from crm.accounts.models import Branch, User
from crm.activities.models import Appointment, Tick
from crm.db import Base, Record
from crm.dossiers import catalogue, status_path, statuses
from crm.relations.models import Household, Relation


class LeadSource(Record, Base):
    """Bron: how the client came to the office; `key` "generally_known" is Algemeen bekend."""

    __tablename__ = "lead_sources"
    kind: ClassVar[str] = "lead_source"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    weight: Mapped[int] = mapped_column(default=50)


class Dossier(Record, Base):
    """One advice case of a relation and, if there is one, the household.

    `status`, `dossier_type` and `profile` (onderwerp) are keys (domain.md §5.1 and §8); `number` is "D-2026-00418".
    """

    __tablename__ = "dossiers"
    __table_args__ = (
        Index("ix_dossiers_branch", "branch_id", "id"),
        Index("ix_dossiers_updated", "updated_at", "id"),
        Index("ix_dossiers_status", "status", "id"),
        Index("ix_dossiers_adviser", "adviser_id", "id"),
        Index("ix_dossiers_assistant", "assistant_id", "id"),
    )
    kind: ClassVar[str] = "dossier"

    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="orienting")
    dossier_type: Mapped[str]
    profile: Mapped[str]
    profile_other: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    closing_reason: Mapped[str] = mapped_column(default="")
    relation_id: Mapped[int] = mapped_column(ForeignKey("relations.id"), index=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("relations.id"), default=None, index=True)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), default=None, index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    lead_source_id: Mapped[int] = mapped_column(ForeignKey("lead_sources.id"))
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    assistant_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id", ondelete="SET NULL"), default=None)
    relation: Mapped[Relation] = relationship(foreign_keys=relation_id, lazy="joined", innerjoin=True)
    partner: Mapped[Relation | None] = relationship(foreign_keys=partner_id, lazy="joined")
    household: Mapped[Household | None] = relationship()
    branch: Mapped[Branch] = relationship(lazy="joined", innerjoin=True)
    lead_source: Mapped[LeadSource] = relationship(lazy="joined", innerjoin=True)
    adviser: Mapped[User | None] = relationship(foreign_keys=adviser_id, lazy="joined")
    assistant: Mapped[User | None] = relationship(foreign_keys=assistant_id, lazy="joined")
    services: Mapped[list["Service"]] = relationship(order_by="Service.id", viewonly=True)
    products: Mapped[list["Product"]] = relationship(order_by="Product.id", viewonly=True)
    appointments: Mapped[list[Appointment]] = relationship(  # whatever became of them
        primaryjoin=lambda: (foreign(Appointment.subject_id) == Dossier.id) & (Appointment.subject_kind == "dossier"),
        order_by=Appointment.starts_at,
        viewonly=True,
    )
    ticks: Mapped[list[Tick]] = relationship(
        primaryjoin=lambda: (foreign(Tick.subject_id) == Dossier.id) & (Tick.subject_kind == "dossier"), viewonly=True
    )

    @property
    def open_appointments(self) -> list[Appointment]:
        """Those still to take place, or not closed off, in order of time."""
        return [one for one in self.appointments if one.is_open]

    @property
    def talks(self) -> list[Appointment]:
        """Those to come, and those that were held."""
        return [one for one in self.appointments if one.is_open or one.status == "held"]

    @property
    def title(self) -> str:
        """ "Aankoop woning · Starter — Fam. De Vries"."""
        return f"{self.type_title} · {self.profile_title} — {self.family}"

    @property
    def family(self) -> str:
        """ "Sanne de Vries" alone, "Fam. De Vries – Jansen" with a partner, one surname when they share it."""
        if self.partner is None:
            return self.relation.name
        names = list(dict.fromkeys(person.surname_full for person in self.applicants))
        return "Fam. " + " – ".join(name[:1].upper() + name[1:] for name in names)

    @property
    def applicants(self) -> list[Relation]:
        """First applicant, then the partner when there is one."""
        return [self.relation, self.partner] if self.partner else [self.relation]

    @property
    def type_title(self) -> str:
        return catalogue.title("dossier_types", self.dossier_type)

    @property
    def profile_title(self) -> str:
        """Onderwerp as on the screen: what was typed when it is Anders."""
        return self.profile_other or catalogue.title("profiles", self.profile)

    @property
    def appointment_topic(self) -> str:
        """Onderwerp in the words of an appointment: "starter" (O-051)."""
        entry = catalogue.catalogue()["profiles"].get(self.profile)
        return (entry.topic if entry else "") or self.profile_title.lower()

    @property
    def status_title(self) -> str:
        return statuses.title(self.status)

    @property
    def meaning(self) -> str:
        """What the status means (status_path): all that code may depend on."""
        return statuses.meaning(self.status)

    @property
    def is_before_talk(self) -> bool:
        """In oriënteren or intake."""
        return self.meaning in status_path.FIXED

    @property
    def is_open(self) -> bool:
        """Neither closed nor cancelled."""
        return self.meaning not in status_path.ENDED


class Counter(Base):
    """The last number given out per series ("dossier:2026"); always read with a lock."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class Service(Record, Base):
    """A dienst: what the office does for the client, such as mortgage advice."""

    __tablename__ = "services"
    kind: ClassVar[str] = "service"

    service_kind: Mapped[str] = mapped_column(default="mortgage_advice")
    status: Mapped[str] = mapped_column(default="open")
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), index=True)
    dossier: Mapped[Dossier] = relationship()

    @property
    def title(self) -> str:
        return catalogue.title("service_kinds", self.service_kind)


class Product(Record, Base):
    """A product the client has or will have. `product_kind`: mortgage or life_insurance.

    `amount` and `premium` are euros, `rate` a percentage, `fixed_until` the end of the fixed rate.
    """

    __tablename__ = "products"
    kind: ClassVar[str] = "product"

    product_kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="intended")
    provider: Mapped[str] = mapped_column(default="")
    policy_number: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2), default=None)
    premium: Mapped[Decimal | None] = mapped_column(Numeric(10, 2), default=None)
    rate: Mapped[Decimal | None] = mapped_column(Numeric(6, 3), default=None)
    repayment: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[dt.date | None] = mapped_column(default=None)
    ends_on: Mapped[dt.date | None] = mapped_column(default=None)
    fixed_until: Mapped[dt.date | None] = mapped_column(default=None)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id", ondelete="SET NULL"), default=None)
    dossier: Mapped[Dossier] = relationship()

    @property
    def title(self) -> str:
        """Kind and provider: "Hypotheek · Voorbeeldbank"."""
        return " · ".join(part for part in (catalogue.title("product_kinds", self.product_kind), self.provider) if part)

    @property
    def status_title(self) -> str:
        return catalogue.title("product_statuses", self.status)

    @property
    def repayment_title(self) -> str:
        return catalogue.title("repayments", self.repayment)

    @property
    def rate_text(self) -> str:
        """ "3,85 %"; empty when unknown."""
        return f"{self.rate.normalize():f} %".replace(".", ",") if self.rate is not None else ""


# What hangs under a dossier and may have workflows below it.
Part = Service | Product
