"""The office behind this portal."""

from sqlalchemy.orm import Mapped, mapped_column

from plugins.portal.database import Base


class Office(Base):
    """The one row with what the CRM said of the office."""

    __tablename__ = "offices"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="Sleutel")
    colour: Mapped[str] = mapped_column(default="#0f766e")
    phone: Mapped[str] = mapped_column(default="")
    vault_name: Mapped[str] = mapped_column(default="Kluis")
