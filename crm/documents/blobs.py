"""Where sealed files lie: a folder, or a bucket of S3, behind the same four words."""

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import obstore
from obstore.store import LocalStore, S3Store

from crm.host import config, once_per_app

CHUNK = 5 << 20
FOLDER = "files"  # in DATA
UNFINISHED = "#1"  # as obstore calls what it is still writing, which it does not list


class BlobStore:
    """Files under random names, each put once and never changed."""

    def __init__(self, store: Any, folder: Path | None = None) -> None:
        """`store` is one of obstore's; `folder` is where it is on this machine, if it is."""
        self.store, self.folder = store, folder

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write a file; when this returns it is safe on the disk, and when it raises there is nothing. Each chunk is
        used up before the next is asked for.

        Raises OSError, obstore's errors and what `chunks` raises.
        """
        if self.folder is None:
            obstore.put(self.store, path_of(key), map(bytes, chunks), chunk_size=CHUNK)
        else:
            put_in_folder(self.folder / path_of(key), chunks)

    def open(self, key: str) -> Any:
        """A file to read from its start, with `read(size)`. Raises FileNotFoundError."""
        return obstore.open_reader(self.store, path_of(key), buffer_size=CHUNK)

    def size(self, key: str) -> int:
        """Bytes of a file as it lies there. Raises FileNotFoundError."""
        return int(obstore.head(self.store, path_of(key))["size"])

    def has(self, key: str) -> bool:
        """Is this file there?"""
        try:
            self.size(key)
        except FileNotFoundError:
            return False
        return True

    def is_empty(self) -> bool:
        """Is nothing there, not even what somebody else keeps in it?"""
        return not any(obstore.list(self.store, chunk_size=1))

    def delete(self, key: str) -> None:
        """Take a file away; one that is not there is gone already."""
        with suppress(FileNotFoundError):
            obstore.delete(self.store, path_of(key))

    def keys(self, before: dt.datetime) -> Iterator[list[str]]:
        """Names of the files that were written before that moment, a stretch at a time."""
        for listed in obstore.list(self.store, chunk_size=1000):
            yield [entry["path"].rpartition("/")[2] for entry in listed if entry["last_modified"] < before]

    def drop_unfinished(self, before: dt.datetime) -> None:
        """Take away what a writer that was killed left; a bucket does that by a rule of its own
        (docs/for-administrators.md)."""
        for part in self.folder.glob("*/*#*") if self.folder else ():
            if part.stat().st_mtime < before.timestamp():
                part.unlink(missing_ok=True)


def path_of(key: str) -> str:
    """Spread over 256 folders, so that none grows endless."""
    return f"{key[:2]}/{key}"


def put_in_folder(file: Path, chunks: Iterable[bytes | memoryview]) -> None:
    """Write a file under another name, flush it to the disk, and only then give it its own (docs/decisions/0015)."""
    if not file.parent.is_dir():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        keep_name(file.parent.parent)
    unfinished = file.with_name(file.name + UNFINISHED)
    try:
        with unfinished.open("xb") as opened:
            opened.writelines(chunks)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.rename(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    keep_name(file.parent)


def keep_name(folder: Path) -> None:
    """Flush the names in a folder to the disk: a new file is lost with its name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def blob_store() -> BlobStore:
    """The store of this installation: the bucket of FILES_BUCKET, else a folder of DATA."""
    return once_per_app("crm.documents.blobs", lambda: make_store(config))


def make_store(setting: Callable[[str], Any]) -> BlobStore:
    """The store that these settings tell of."""
    if bucket := setting("FILES_BUCKET"):
        options: dict[str, Any] = {
            "endpoint": setting("FILES_ENDPOINT") or None,
            "region": setting("FILES_REGION") or None,
            "access_key_id": setting("FILES_ACCESS_KEY") or None,
            "secret_access_key": setting("FILES_SECRET_KEY") or None,
        }
        given = {name: value for name, value in options.items() if value}
        local = str(given.get("endpoint", "")).startswith("http://")
        return BlobStore(S3Store(bucket, client_options={"allow_http": local}, **given))
    folder = Path(setting("DATA")) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return BlobStore(LocalStore(prefix=folder), folder)
