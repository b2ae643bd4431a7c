"""Files that clients send."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.furniture import utcnow
from plugins.portal.database import Base


class Upload(Base):
    """A file on its way from a client to the CRM, for one request.

    `locked_key` is the file's own key, locked with the vault's; `told` what the client said of it (its name), sealed
    with the vault's. `digest` is the SHA-256 of the bytes, in hexadecimals, once all are here. `withdrawn_at` is when
    the client took it back; the CRM has the last word of that.
    """

    __tablename__ = "uploads"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    vault_id: Mapped[int] = mapped_column(ForeignKey("vaults.id", ondelete="CASCADE"), index=True)
    request: Mapped[str]
    told: Mapped[bytes]
    size: Mapped[int] = mapped_column(BigInteger)
    locked_key: Mapped[bytes]
    begun_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    whole_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    wiped_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    digest: Mapped[str] = mapped_column(default="")

    @property
    def is_whole(self) -> bool:
        """True when every byte is here and proved, and not wiped yet."""
        return self.whole_at is not None and self.wiped_at is None
