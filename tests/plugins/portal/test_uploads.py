"""Files on their way: resumed, refused, of somebody else; sealed from the first byte."""

import base64
import hashlib
import os

import pytest

from crm.furniture import Refused, db
from plugins.portal.uploads import operations
from plugins.portal.uploads.models import Upload
from plugins.portal.uploads.sealed import incoming
from tests.plugins.portal.conftest import VAULT

BYTES = "application/offset+octet-stream"
PIECE = 1 << 16


def begin(browser, size, request="r1", name="loonstrook.pdf"):
    told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in
                    {"request": request, "filename": name}.items())  # fmt: skip
    return browser.post("/uploads", headers={"Upload-Length": str(size), "Upload-Metadata": told})


def add(browser, path, data, offset=0):
    return browser.patch(path, data=data, content_type=BYTES, headers={"Upload-Offset": str(offset)})


def offset(browser, path):
    return int(browser.head(path).headers["Upload-Offset"])


def fetched(crm):
    event = next(event for event in crm.events() if event["kind"] == "file_uploaded")
    return crm.call("GET", f"/vaults/{VAULT}/uploads/{event['says']['upload']}")


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_a_file_comes_over_as_it_was(crm, as_client, size):
    crm.ask()
    content = os.urandom(size)
    path = begin(as_client, size).location
    assert add(as_client, path, content).headers["Upload-Offset"] == str(size)
    answer = fetched(crm)
    assert answer.data == content
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"


def test_a_broken_line_keeps_whole_pieces_and_goes_on_from_there(crm, as_client):
    crm.ask()
    content = os.urandom(3 * PIECE)
    path = begin(as_client, len(content)).location
    add(as_client, path, content[: PIECE + 100])
    assert offset(as_client, path) == PIECE
    assert add(as_client, path, content, offset=PIECE + 100).status_code == 409
    assert add(as_client, path, content[PIECE:], offset=PIECE).headers["Upload-Offset"] == str(len(content))
    assert fetched(crm).data == content


def test_what_was_not_flushed_when_the_machine_stopped_is_not_believed(crm, as_client, house):
    crm.ask()
    content = os.urandom(2 * PIECE + 5)
    path = begin(as_client, len(content)).location
    add(as_client, path, content[: 2 * PIECE])
    file = house.config["KLUIS_DATA"] / "uploads" / path.rpartition("/")[2]
    with file.open("r+b") as bytes_of_it:
        bytes_of_it.seek(-100, 2)
        bytes_of_it.write(bytes(100))
    assert offset(as_client, path) == PIECE
    add(as_client, path, content[PIECE:], offset=PIECE)
    assert fetched(crm).data == content


def test_nothing_lies_open(crm, as_client, house):
    crm.ask()
    path = begin(as_client, 2 * PIECE).location
    add(as_client, path, b"geheim salaris " * 5000)
    file = house.config["KLUIS_DATA"] / "uploads" / path.rpartition("/")[2]
    assert b"geheim" not in file.read_bytes()


@pytest.mark.parametrize("kind", [BYTES, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_no_limit_but_the_file_s_own_is_set_to_its_bytes_and_no_form_is_read_of_them(crm, as_client, house, kind):
    crm.ask()
    content = os.urandom(house.config["MAX_CONTENT_LENGTH"] + 1)
    path = begin(as_client, len(content)).location
    answer = as_client.patch(path, data=content, content_type=kind, headers={"Upload-Offset": "0"})
    assert answer.status_code == (204 if kind == BYTES else 415)
    assert offset(as_client, path) == (len(content) if kind == BYTES else 0)


@pytest.mark.parametrize(("more", "answer"), [(0, 400), (1, 413)])
def test_what_reads_no_files_takes_no_large_body(crm, as_client, house, more, answer):
    body = b"x" * (house.config["MAX_CONTENT_LENGTH"] + more)
    assert crm.browser.put("/api/v1/office", data=body, content_type=BYTES, headers=crm.headers).status_code == answer


def test_more_than_was_said_is_not_read(crm, as_client):
    crm.ask()
    path = begin(as_client, 10).location
    add(as_client, path, b"0123456789 and more")
    assert fetched(crm).data == b"0123456789"


@pytest.mark.parametrize("size", [0, -1, 50_000_001])
def test_an_empty_or_too_large_file_is_refused_before_it_is_sent(crm, as_client, size):
    crm.ask()
    assert begin(as_client, size).status_code == 422


def test_the_largest_file_may_be_sent(crm, as_client):
    crm.ask()
    assert begin(as_client, 50_000_000).status_code == 201


@pytest.mark.parametrize("request_name", ["r2", "", "../r1"])
def test_what_is_not_asked_is_not_taken(crm, as_client, request_name):
    crm.ask("r1")
    assert begin(as_client, 10, request_name).status_code == 422


def test_what_is_approved_takes_no_file(crm, as_client):
    crm.ask(state="approved", may_upload=False)
    assert begin(as_client, 10).status_code == 422


def test_two_senders_at_once_do_not_mix(crm, as_client, house):
    crm.ask()
    path = begin(as_client, 10).location
    upload = db.session.query(Upload).one()
    with incoming(house.config["KLUIS_DATA"] / "uploads" / upload.name, 10, bytes(32), b""):
        assert add(as_client, path, b"0123456789").status_code == 423
        assert as_client.head(path).status_code == 423
    assert add(as_client, path, b"0123456789").status_code == 204


def test_a_file_is_told_once_however_often_its_last_bytes_come(crm, as_client):
    crm.ask()
    path = begin(as_client, 3).location
    add(as_client, path, b"abc")
    add(as_client, path, b"", offset=3)
    assert [event["kind"] for event in crm.events()].count("file_uploaded") == 1


def test_a_file_is_only_ever_data(crm, as_client):
    crm.ask()
    add(as_client, begin(as_client, 9, name="x.html").location, b"<script/>")
    headers = fetched(crm).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Disposition"].startswith("attachment")


def test_the_bytes_go_once_the_crm_has_them(crm, as_client, house):
    crm.ask()
    path = begin(as_client, 3).location
    add(as_client, path, b"abc")
    event = crm.events()[-1]
    crm.call("POST", "/events/acknowledgements", {"up_to": event["number"]})
    assert not (house.config["KLUIS_DATA"] / "uploads" / path.rpartition("/")[2]).exists()
    assert crm.call("GET", f"/vaults/{VAULT}/uploads/{event['says']['upload']}").status_code == 404


def test_fetching_goes_on_where_it_stopped(crm, as_client):
    crm.ask()
    content = os.urandom(2 * PIECE + 9)
    add(as_client, begin(as_client, len(content)).location, content)
    upload = crm.events()[-1]["says"]["upload"]
    crm.headers["Range"] = f"bytes={PIECE + 3}-"
    rest = crm.call("GET", f"/vaults/{VAULT}/uploads/{upload}")
    assert (rest.status_code, rest.data) == (206, content[PIECE + 3 :])


@pytest.mark.parametrize(("asked", "status", "start"), [
    ("bytes=0-", 206, 0), (f"bytes={PIECE}-", 206, PIECE), (f"bytes={2 * PIECE + 8}-", 206, 2 * PIECE + 8),
    ("bytes=-5", 200, 0), ("bytes=3-9", 200, 0), ("bytes=0-,5-", 200, 0), ("lines=3-", 200, 0), ("bytes=", 200, 0),
])  # fmt: skip
def test_every_answer_has_the_digest_of_the_whole_file(crm, as_client, asked, status, start):
    crm.ask()
    content = os.urandom(2 * PIECE + 9)
    add(as_client, begin(as_client, len(content)).location, content)
    upload = crm.events()[-1]["says"]["upload"]
    crm.headers["Range"] = asked
    answer = crm.call("GET", f"/vaults/{VAULT}/uploads/{upload}")
    assert (answer.status_code, answer.data) == (status, content[start:])
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"


@pytest.mark.parametrize(("start", "status"), [(2, 206), (3, 416), (10**14, 416)])
def test_there_is_nothing_behind_the_end(crm, as_client, start, status):
    crm.ask()
    add(as_client, begin(as_client, 3).location, b"abc")
    crm.headers["Range"] = f"bytes={start}-"
    assert crm.call("GET", f"/vaults/{VAULT}/uploads/{crm.events()[-1]['says']['upload']}").status_code == status


def test_a_vault_let_go_of_while_a_file_comes_in_keeps_nothing_of_it(crm, as_client):
    crm.ask()
    upload = begin(as_client, 3).location.rpartition("/")[2]
    identity = db.session.query(Upload).filter_by(name=upload).one().id
    crm.call("DELETE", f"/vaults/{VAULT}")
    with pytest.raises(Refused):
        operations.finish(identity)
    assert [event["kind"] for event in crm.events()] == ["invitation_accepted"]
