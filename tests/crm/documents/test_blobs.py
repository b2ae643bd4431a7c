"""The same words of a folder and of a bucket."""

import datetime as dt
import os

import boto3
import pytest
from moto.server import ThreadedMotoServer

from crm.db import utcnow
from crm.documents import blobs

KEY = "0123456789abcdef0123456789abcdef"
LATER = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def bucket():
    """A server that speaks S3, with one bucket."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    options = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "eu-west-1"}
    client = boto3.client("s3", endpoint_url=address, **options)
    client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request, app, tmp_path, monkeypatch):
    app.extensions.pop("crm.documents.blobs", None)
    if request.param == "bucket":
        address = request.getfixturevalue("bucket")
        for name, value in {
            "FILES_BUCKET": "files",
            "FILES_ENDPOINT": address,
            "FILES_REGION": "eu-west-1",
            "FILES_ACCESS_KEY": "k",
            "FILES_SECRET_KEY": "s",
        }.items():
            monkeypatch.setitem(app.config, name, value)
    else:
        monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    yield blobs.blob_store()
    app.extensions.pop("crm.documents.blobs", None)


def big():
    yield from (bytes([number]) * (1 << 20) for number in range(12))


def content(store, key):
    opened = store.open(key)
    return b"".join(iter(lambda: bytes(opened.read(1 << 20)), b""))


def test_it_tells_whether_a_file_is_there(store):
    assert not store.has(KEY)
    store.put(KEY, [b"a"])
    assert store.has(KEY)


def test_what_is_put_can_be_read_and_taken_away(store):
    store.put(KEY, big())
    assert content(store, KEY) == b"".join(big())
    store.delete(KEY)
    store.delete(KEY)
    with pytest.raises(FileNotFoundError):
        store.open(KEY)


def test_what_breaks_off_leaves_nothing(store):
    def broken():
        yield from big()
        raise ValueError("the line is gone")

    with pytest.raises(ValueError, match="the line is gone"):
        store.put(KEY, broken())
    with pytest.raises(FileNotFoundError):
        store.open(KEY)
    assert [key for keys in store.keys(utcnow() + LATER) for key in keys] == []


def test_files_are_told_by_their_age(store):
    store.put(KEY, [b"x"])
    assert [key for keys in store.keys(utcnow() + LATER) for key in keys] == [KEY]
    assert [key for keys in store.keys(utcnow() - LATER) for key in keys] == []
    store.delete(KEY)


def test_a_file_is_flushed_to_the_disk_with_its_name(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    app.extensions.pop("crm.documents.blobs", None)
    flushed, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(os.fstat(handle).st_ino), fsync(handle)))
    blobs.blob_store().put(KEY, [b"x"])
    app.extensions.pop("crm.documents.blobs", None)
    folder = tmp_path / "files" / "01"
    assert flushed == [one.stat().st_ino for one in (folder.parent, folder / KEY, folder)]


def test_what_a_killed_writer_left_is_taken_away_after_a_day(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    app.extensions.pop("crm.documents.blobs", None)
    store = blobs.blob_store()
    app.extensions.pop("crm.documents.blobs", None)
    part = tmp_path / "files" / "01" / f"{KEY}#1"
    part.parent.mkdir()
    part.write_bytes(b"half")
    store.drop_unfinished(utcnow() - LATER)
    assert part.exists()
    store.drop_unfinished(utcnow() + LATER)
    assert not part.exists()
