"""What a stranger calls a file: never a place, a header or another name than one sees; and what he says it is."""

import io
import unicodedata
from urllib.parse import unquote

import pytest

from crm.db import db
from crm.documents.models import Document, StoredFile
from crm.documents.names import LONGEST
from tests.crm.documents import hostile
from tests.crm.documents.conftest import jpeg, kept, pdf

SHOWN = {
    "a" * 300 + ".pdf": "a" * (LONGEST - 4),
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot",
    "nul\x00.pdf": "nul",
    "factuur\u202efdp.exe": "factuurfdp",
    "🏠📄.pdf": "🏠📄",
    "CON.pdf": "CON",
    'x"\r\nSet-Cookie: a=b\r\n.pdf': 'x"Set-Cookie: a=b',
    "...": "document",
    "caf\u00e9.pdf": "café",
    "cafe\u0301.pdf": "café",
    "": "document",
    " .pdf": "pdf",
    "-rf.pdf": "-rf",
    "<script>alert(1)</script>.pdf": "script>",
    "{{7*7}}.pdf": "{{7*7}}",
}


def test_every_name_is_tried():
    assert set(SHOWN) == set(hostile.NAMES)


@pytest.mark.parametrize("name", hostile.NAMES, ids=ascii)
@pytest.mark.parametrize("form", [False, True], ids=["script", "form"])
def test_a_name_is_only_a_name(name, form, send, as_assistant, dossier, run_jobs, files):
    if form:
        if not name or {"\x00", "\r"} & set(name):
            pytest.skip("no browser sends a form with such a name")
        given = {"files": [(io.BytesIO(pdf()), name)]}
        as_assistant.post(f"/documents/dossier/{dossier.id}/upload", data=given)
    else:
        assert send(pdf(), name).status_code == 200
    run_jobs()
    db.session.expire_all()
    (document,) = db.session.query(Document).all()
    assert (document.name, document.newest.state) == (SHOWN[name], "ready")
    known = {one.key for one in db.session.query(StoredFile)}
    assert {one.name for one in kept(files)} == known and all(int(key, 16) for key in known), "no name on the disk"
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text
    assert "<script>alert" not in page and "\u202e" not in page and "49" not in document.name
    answer = as_assistant.get(f"/documents/{document.id}/file/1")
    said = answer.headers["Content-Disposition"]
    called = unquote(said.partition("filename*=UTF-8''")[2])
    assert called == f"{SHOWN[name]}.pdf" and "/" not in called and "Set-Cookie" not in answer.headers
    assert not any(unicodedata.category(sign) in ("Cc", "Cf") for sign in called)


def test_twins_in_two_ways_of_writing_are_two_documents_of_one_name(send, run_jobs):
    for name in ("caf\u00e9.pdf", "cafe\u0301.pdf"):
        send(pdf(name), name)
    run_jobs()
    assert [one.name for one in db.session.query(Document)] == ["café", "café"]


BYTES = {
    "application/pdf": (pdf, ".pdf"),
    "image/jpeg": (jpeg, ".jpg"),
    "text/html": (lambda: b"<html><script>alert(1)</script></html>", None),
    "application/x-msdownload": (lambda: b"MZ\x90\x00" + bytes(200), None),
    "image/svg+xml": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', None),
}


@pytest.mark.parametrize("really", BYTES)
def test_what_a_file_is_called_and_said_to_be_makes_no_difference(really, as_assistant, dossier, run_jobs, files):
    make, suffix = BYTES[really]
    lies = [(f"stuk{ending}", said) for ending in (".pdf", ".jpg", ".html", ".exe", ".docx", "") for said in BYTES]
    given = {"files": [(io.BytesIO(make()), name, said) for name, said in lies]}
    as_assistant.post(f"/documents/dossier/{dossier.id}/upload", data=given)
    run_jobs()
    db.session.expire_all()
    found = db.session.query(Document).all()
    assert len(found) == len(lies)
    for document in found:
        if suffix is None:
            assert (document.newest.state, document.newest.reason) == ("refused", "not_accepted")
            continue
        answer = as_assistant.get(f"/documents/{document.id}/file/1")
        assert (document.newest.mimetype, answer.mimetype) == (really, really)
        assert answer.headers["Content-Disposition"].endswith(f"stuk{suffix}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert bool(kept(files)) == (suffix is not None)
