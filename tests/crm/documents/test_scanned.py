"""Viruses through the whole house, with the real clamd: however they are wrapped, nothing of them is kept or seen."""

import html

import pytest

from crm.db import db
from crm.documents.models import Document, StoredFile
from crm.documents.reasons import REASONS
from tests.conftest import log_in
from tests.crm.documents import hostile
from tests.crm.documents.conftest import kept, pdf
from tests.crm.documents.hostile import EICAR, zip_in_zip, zipped
from tests.crm.documents.outlook import embedded, file, mail, written
from tests.crm.documents.test_antivirus import clamd  # noqa: F401  # the real one
from tests.crm.documents.test_incoming import bring, letter, only, raw  # noqa: F401  # brings an e-mail in

WRAPPED = {
    "eicar.txt": (lambda: EICAR, "virus"),
    "eicar.pdf": (lambda: EICAR, "virus"),
    "eicar.zip": (lambda: zipped({"a.com": EICAR}), "virus"),
    "zip-in-zip.zip": (lambda: zip_in_zip(EICAR, 3), "virus"),
    "eicar.docx": (lambda: zipped(hostile.DOCX | {"word/embeddings/a.docx": EICAR}), "virus"),
    "eicar.eml": (hostile.mail_with_virus, "virus"),
    "compressed-in-a.pdf": (hostile.virus_in_pdf, "virus"),
    "pdf-in-a.pdf": (lambda: hostile.virus_in_pdf(hostile.virus_in_pdf()), "virus"),
    "zip-in-a.pdf": (lambda: hostile.virus_in_pdf(zipped({"a.com": EICAR})), "virus"),
    "after-a.jpg": (lambda: hostile.jpeg() + EICAR, "virus"),
    "password.docx": (hostile.password_zip, "password"),
    "15-deep.zip": (lambda: zip_in_zip(b"goed", 15), "bomb"),
    "3000-files.zip": (lambda: zipped({f"{n}.txt": b"%d" % n for n in range(3000)}), "bomb"),
}


@pytest.fixture(autouse=True)
def scanned(app, clamd, monkeypatch):  # noqa: F811
    monkeypatch.setitem(app.config, "CLAMD", clamd)


@pytest.mark.parametrize("name", WRAPPED)
def test_a_virus_is_refused_however_it_is_wrapped(
    name, send, run_jobs, as_assistant, assistant, dossier, files, app, stranger
):
    make, reason = WRAPPED[name]
    send(make(), name)
    (document,) = db.session.query(Document).all()
    run_jobs()
    db.session.expire_all()
    assert (document.newest.state, document.newest.reason) == ("refused", reason)
    assert REASONS[reason] in html.unescape(as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text)
    assert kept(files) == [] and db.session.query(StoredFile).count() == 0
    for address in (f"/documents/{document.id}/file/1", f"/documents/{document.id}/file/1?original=1"):
        assert as_assistant.get(address).status_code == 404
    assert log_in(app.test_client(), stranger).get(f"/documents/{document.id}").status_code == 404
    log_in(as_assistant, assistant)
    good = send(pdf(), "goed.pdf").json["files"][0]["id"]
    run_jobs()
    db.session.expire_all()
    assert db.session.get(Document, good).current is not None


MAILS = {
    "stukken.eml": lambda: raw(letter(pdf_stuk=EICAR, eml_mail=letter("Binnen", pdf_dieper=hostile.virus_in_pdf()))),
    "stukken.msg": lambda: written(
        mail("x", file("stuk.pdf", EICAR), embedded("Binnen", file("dieper.pdf", hostile.virus_in_pdf())))
    ),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_virus_out_of_an_e_mail_is_refused(name, bring, as_assistant, run_jobs, files):  # noqa: F811
    page = bring(MAILS[name](), name)
    assert as_assistant.post(f"{page}/take", data={"part": [part.id for part in only().parts]}).status_code == 303
    run_jobs()
    db.session.expire_all()
    found = {one.name: (one.newest.state, one.newest.reason) for one in db.session.query(Document)}
    assert found == dict.fromkeys(["stuk", "dieper"], ("refused", "virus"))
    assert kept(files) == [] and db.session.query(StoredFile).count() == 0
