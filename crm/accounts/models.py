"""Users, branches (vestigingen), tokens, and the counters that slow down guessing."""

import datetime as dt
from typing import ClassVar

from sqlalchemy import JSON, Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.access import ADMIN, ASSISTANT
from crm.db import Base, Record, utcnow

# What an API token may be good for.
SCOPES = (
    "relations:read",
    "relations:write",
    "dossiers:read",
    "service_requests:read",
    "service_requests:write",
    "appointments:read",
    "tasks:read",
    "feed:read",
    "search",
)

user_branches = Table(
    "user_branches",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("branch_id", ForeignKey("branches.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Branch(Record, Base):
    """A vestiging of the office."""

    __tablename__ = "branches"
    kind: ClassVar[str] = "branch"

    name: Mapped[str] = mapped_column(unique=True)
    street: Mapped[str] = mapped_column(default="")
    house_number: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def address(self) -> str:
        """Street, number, postcode and town on one line; empty when unknown."""
        street = f"{self.street} {self.house_number}".strip()
        town = f"{self.postal_code} {self.city}".strip()
        return ", ".join(part for part in (street, town) if part)


class User(Record, Base):
    """Someone who works at the office; `branches` are the vestigingen whose records he sees.

    `totp_last_counter` is the time step of the last code that was used, so that a code works once; of
    `recovery_codes` only the SHA-256 is kept. `shortcuts` False leaves single letters alone (WCAG 2.1.4).
    """

    __tablename__ = "users"
    kind: ClassVar[str] = "user"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default=ASSISTANT)
    password_hash: Mapped[str]
    session_key: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    phone: Mapped[str] = mapped_column(default="")
    teams_url: Mapped[str] = mapped_column(default="")
    signature: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="nl")
    theme: Mapped[str] = mapped_column(default="auto")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[str | None] = mapped_column(default=None)
    totp_last_counter: Mapped[int] = mapped_column(default=0)
    recovery_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    last_login_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    branches: Mapped[list[Branch]] = relationship(secondary=user_branches, order_by=Branch.name)

    is_authenticated = True  # this and the next three are what flask-login asks
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """False for someone who left."""
        return self.is_enabled

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN

    @property
    def has_second_factor(self) -> bool:
        """Logging in takes a code of the user's telephone too."""
        return self.totp_secret is not None

    @property
    def branch_ids(self) -> list[int]:
        """Ids of the vestigingen whose records this user sees."""
        return [branch.id for branch in self.branches]

    @property
    def initials(self) -> str:
        """Two letters for the round picture."""
        words = self.name.split()
        return "".join(word[0] for word in (words[0], words[-1]) if word).upper() if words else "?"

    def get_id(self) -> str:
        """Id and session key: changing the key ends what was given to this user, such as half a log-in."""
        return f"{self.id}.{self.session_key}"


class UserSession(Base):
    """A user who is logged in in one browser, from log-in to log-out. The cookie holds a random token, `digest` its
    SHA-256; `device` is what the browser calls itself ("Firefox · Windows"), empty when it does not.

    `seen_at` is the last click, noted once a minute at the most.
    """

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(default="")
    began_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    seen_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    user: Mapped[User] = relationship(innerjoin=True)


class Attempts(Base):
    """Failed attempts within a window, per `scope` (login:address+ip, totp:user …); slows down guessing."""

    __tablename__ = "attempts"

    scope: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    until: Mapped[dt.datetime]


class ApiToken(Base):
    """A key to the API: only its SHA-256 is kept. `scopes` are words parted by spaces."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    user: Mapped[User] = relationship(lazy="joined")
