"""Calls that may come twice."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, utcnow


class ApiCall(Base):
    """What a call with an Idempotency-Key led to, so that the same call again has the same answer and no effect.

    `key` covers token, address and the caller's key; `digest` the body that was sent.
    """

    __tablename__ = "api_calls"

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    location: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)
