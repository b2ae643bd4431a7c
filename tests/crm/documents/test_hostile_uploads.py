"""Each hostile file through the whole house: what one reads, what is kept, what nobody sees, and a good file after."""

import html

import pytest

from crm.db import db
from crm.documents.models import Document, StoredFile
from crm.documents.reasons import REASONS
from tests.conftest import log_in
from tests.crm.documents import hostile
from tests.crm.documents.conftest import kept, pdf

LIMIT = 25_000_000


@pytest.fixture(scope="module")
def corpus():
    """Every file, made once."""
    return {name: make() for name, (make, _reason) in hostile.FILES.items()}


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file(corpus, name, send, run_jobs, as_assistant, stranger, app, dossier, files):
    content, reason = corpus[name], hostile.FILES[name][1]
    answer = send(content, name)
    tab = f"/dossiers/{dossier.id}?tab=documents"
    if len(content) > LIMIT or not content:
        assert answer.status_code == 422 and answer.json["message"]
        assert db.session.query(Document).count() == 0 and kept(files) == []
    else:
        assert answer.status_code == 200
        (document,) = db.session.query(Document).all()
        address = f"/documents/{document.id}/file/1"
        assert as_assistant.get(address).status_code == 404, "nothing is seen before the check"
        run_jobs()
        db.session.expire_all()
        page = html.unescape(as_assistant.get(tab).text)
        if reason:
            assert (document.newest.state, document.newest.reason) == ("refused", reason)
            assert REASONS[reason] in page
            assert kept(files) == [] and db.session.query(StoredFile).count() == 0
            for query in ("", "?original=1"):
                assert as_assistant.get(address + query).status_code == 404
            as_assistant.post(f"/documents/{document.id}/public", data={"on": "1"})
            assert not db.session.get(Document, document.id).is_public
        else:
            assert document.newest.state == "ready" and not document.is_public
            shown = as_assistant.get(address)
            assert shown.status_code == 200 and hostile.EICAR not in shown.data and b"/JavaScript" not in shown.data
            for answer in (shown, as_assistant.get(address + "?original=1")):
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer.data == content, "the original is kept as it came"
            stored = {document.newest.original.key, document.newest.safe.key}
            assert {file.name for file in kept(files)} == stored and len(stored) == 2
            assert not any(content[:64] in file.read_bytes() for file in kept(files)), "sealed"
        assert log_in(app.test_client(), stranger).get(address).status_code == 404
        log_in(as_assistant, document.author)
    good = send(pdf(), "goed.pdf").json["files"][0]["id"]
    run_jobs()
    db.session.expire_all()
    assert db.session.get(Document, good).current is not None
