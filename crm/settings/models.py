"""The values an office changed; everything else is the default of its form's field."""

from typing import Any, ClassVar

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Record


class Setting(Record, Base):
    """One changed value; `key` is "room.field". A row is never deleted, so that versions only grow."""

    __tablename__ = "settings"
    kind: ClassVar[str] = "setting"

    key: Mapped[str] = mapped_column(unique=True)
    value: Mapped[Any] = mapped_column(JSON)
