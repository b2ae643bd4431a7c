"""Room on the disks of the office: what is left, when that is too little, and what does not fit any more."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, request
from sqlalchemy.engine import make_url

from crm.host import config

MEGABYTE = 1_000_000  # bytes
KEPT_FREE = 100 * MEGABYTE  # of what the database needs to go on
TIMES = 2  # a file that comes in is kept, and so is the safe copy of it that is shown


class NoRoom(OSError):
    """A file that is sent does not fit on the disk; nothing of it was read."""


@dataclass(frozen=True)
class Disk:
    """The disk that one of our folders is on; `free` and `size` in bytes."""

    folder: Path
    free: int
    size: int

    @property
    def is_low(self) -> bool:
        """Is it time to tell the beheerder?"""
        return self.free < config("DISK_LOW_MB") * MEGABYTE

    def has_room(self, size: int) -> bool:
        """Can a file of so many bytes come in, and the database go on?"""
        return self.free - TIMES * size >= KEPT_FREE


def init_app(app: Flask) -> None:
    """Ask before anything reads the body of a request."""
    app.before_request(refuse_without_room)


def disks() -> list[Disk]:
    """What DATA and a database of SQLite are on, each disk once."""
    by_device = {folder.stat().st_dev: folder for folder in reversed(folders())}
    return [disk_of(folder) for folder in by_device.values()]


def folders() -> list[Path]:
    found, url = [Path(config("DATA"))], make_url(config("SQLALCHEMY_DATABASE_URI"))
    if url.get_backend_name() == "sqlite" and url.database:
        found.append(Path(url.database).parent)
    return found


def disk_of(folder: Path) -> Disk:
    used = shutil.disk_usage(folder)
    return Disk(folder, used.free, used.total)


def low_disks() -> list[Disk]:
    """Those of which the beheerder is told."""
    return [disk for disk in disks() if disk.is_low]


def refuse_without_room() -> None:
    """Raises NoRoom for files that would fill the disk they are kept on; a bucket of S3 has room."""
    brings_files = request.mimetype in ("multipart/form-data", "application/octet-stream")
    if not brings_files or config("FILES_BUCKET"):
        return
    if not disk_of(Path(config("DATA"))).has_room(request.content_length or 0):
        raise NoRoom
