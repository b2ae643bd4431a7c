"""Room on the disk: told while there is some left, and what does not fit is refused before it is read."""

import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from crm import disk
from crm.disk import KEPT_FREE, MEGABYTE, TIMES
from tests.conftest import log_in
from tests.crm.activities.conftest import make_dossier

SIZE = 5 * MEGABYTE
WARNING = "De schijf raakt vol"


class Unread(io.BytesIO):
    """A body that nobody may look at."""

    def read(self, *_size):
        raise AssertionError("the body was read")

    readline = readinto = read


@pytest.fixture
def left(app, monkeypatch):
    """left(bytes) → so much is free on every disk, of which the office wants to hear below 1000 MB."""
    monkeypatch.setitem(app.config, "DISK_LOW_MB", 1000)
    return lambda free: monkeypatch.setattr(
        shutil, "disk_usage", lambda _folder: SimpleNamespace(total=10**12, used=0, free=free)
    )


@pytest.mark.parametrize(("free", "is_told"), [(1000 * MEGABYTE - 1, True), (1000 * MEGABYTE, False)])
def test_who_may_do_something_is_told_when_there_is_little_left(app, client, admin, assistant, left, free, is_told):
    left(free)
    for address in ("/", "/admin"):
        assert (WARNING in log_in(client, admin).get(address).text) is is_told
    assert WARNING not in log_in(client, assistant).get("/").text
    assert client.get("/healthz").json["disk"] == ("low" if is_told else "ok")
    assert client.get("/readyz").status_code == 200, "pages can be made as long as there is a byte"


def test_an_office_that_wants_to_hear_nothing_hears_nothing(app, client, admin, left, monkeypatch):
    monkeypatch.setitem(app.config, "DISK_LOW_MB", 0)
    left(0)
    assert WARNING not in log_in(client, admin).get("/").text


def test_the_disk_of_the_database_is_watched_too(app, monkeypatch):
    assert [one.folder for one in disk.disks()] == [Path(app.config["DATA"])]
    other = Path("/dev/shm")
    if other.stat().st_dev == Path(app.config["DATA"]).stat().st_dev:
        pytest.skip("one disk is all there is")
    monkeypatch.setitem(app.config, "SQLALCHEMY_DATABASE_URI", f"sqlite:///{other}/crm.db")
    assert {one.folder for one in disk.disks()} == {Path(app.config["DATA"]), other}


@pytest.fixture
def bring(as_assistant, branch, assistant):
    """bring(address, kind of body) → the answer to SIZE bytes that nobody may read."""
    number = make_dossier(branch, assistant).id

    def send(address, kind, **headers):
        body = {"input_stream": Unread(), "content_type": kind, "environ_overrides": {"CONTENT_LENGTH": str(SIZE)}}
        return as_assistant.post(address.format(number), headers=headers, **body)

    return send


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("address", "kind", "headers"),
    [
        ("/documents/files", "application/octet-stream", {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}),
        ("/documents/dossier/{}/upload", FORM, {}),
        ("/documents/dossier/{}/mail", FORM, {}),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_read(bring, left, address, kind, headers):
    left(KEPT_FREE + TIMES * SIZE - 1)
    answer = bring(address, kind, **headers)
    assert answer.status_code == 503
    said = answer.json["message"] if answer.is_json else answer.text
    assert "geen plaats meer" in said and "Waarschuw de beheerder" in said


@pytest.mark.parametrize("room", [0, 1])
def test_what_just_fits_is_read(bring, left, room):
    left(KEPT_FREE + TIMES * SIZE + room)
    with pytest.raises(AssertionError, match="the body was read"):
        bring("/documents/files", "application/octet-stream")


def test_a_bucket_has_room_whatever_our_disk_has(app, bring, left, monkeypatch):
    left(0)
    monkeypatch.setitem(app.config, "FILES_BUCKET", "stukken")
    with pytest.raises(AssertionError, match="the body was read"):
        bring("/documents/files", "application/octet-stream")


def test_what_brings_no_files_goes_on(as_assistant, left):
    left(0)
    assert as_assistant.post("/tasks/new", data={"title": "Bellen"}).status_code == 302
