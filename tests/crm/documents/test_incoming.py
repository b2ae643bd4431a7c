"""Documents out of an e-mail: taken apart by a child process, chosen by a person, nothing silently."""

import io
import json
from email import policy
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from crm import records
from crm.db import db, utcnow
from crm.documents import incoming, operations, sandbox
from crm.documents.models import Document, IncomingMail, MailPart, StoredFile
from crm.documents.sandbox import Limits
from tests.conftest import log_in
from tests.crm.documents.conftest import jpeg, kept, pdf
from tests.crm.documents.test_sandbox import child, folder  # noqa: F401  # a taken-over inspector; where it writes


def letter(title="Mijn stukken", **attached):
    """An e-mail with a text in two forms and these files (name without its dot: pdf_loonstrook)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Sanne <sanne@voorbeeld.nl>", "kantoor@voorbeeld.nl", title
    mail["Date"] = "Sun, 22 Nov 2026 10:00:00 +0100"
    mail.set_content("Hierbij.")
    mail.add_alternative("<p>Hierbij.</p>", subtype="html")
    for name, content in attached.items():
        kind, _mark, title = name.partition("_")
        if isinstance(content, EmailMessage):
            mail.add_attachment(content)
        else:
            mail.add_attachment(content, maintype="application", subtype=kind, filename=f"{title}.{kind}")
    return mail


def raw(mail):
    return mail.as_bytes(policy=policy.SMTP)


def unpack(content, tmp_path, limits=sandbox.INSPECTING):
    source, made = tmp_path / "mail.eml", tmp_path / "made"
    source.write_bytes(content)
    made.mkdir()
    return sandbox.unpack(source, made, limits)


@pytest.fixture
def bring(as_assistant, dossier, files, run_jobs):
    """bring(bytes) → the address of the page on which one chooses, once it was taken apart."""

    def bring(content, name="stukken.eml"):
        given = {"mail": (io.BytesIO(content), name)}
        with as_assistant.post(f"/documents/dossier/{dossier.id}/mail", data=given) as answer:
            assert answer.status_code == 303
        run_jobs()
        return answer.location

    return bring


def only():
    return db.session.scalars(select(IncomingMail)).unique().one()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


# --- The child process ---------------------------------------------------------------------------------------


def test_attachments_come_out_with_their_names_and_bytes(tmp_path):
    inner = letter("Van de werkgever", pdf_werkgeversverklaring=b"%PDF binnen")
    mail = letter("Mijn stukkén", pdf_loonstrook=b"%PDF een", docx_brief=b"PK twee", eml_mail=inner)
    mail.get_body(("html",)).add_related(b"\x89PNG", "image", "png", cid="<logo>", disposition="inline")
    found = unpack(raw(mail), tmp_path)
    assert (found.refused, found.title, found.sender) == ("", "Mijn stukkén", "Sanne <sanne@voorbeeld.nl>")
    rows = [(part.name, part.file.read_bytes(), part.within, part.in_text) for part in found.parts]
    assert rows == [
        ("", b"\x89PNG", "", True),
        ("loonstrook.pdf", b"%PDF een", "", False),
        ("brief.docx", b"PK twee", "", False),
        ("werkgeversverklaring.pdf", b"%PDF binnen", "Van de werkgever", False),
    ]


def nested(depth):
    mail = letter(pdf_diep=b"%PDF")
    for _ in range(depth):
        mail = letter(eml_mail=mail)
    return raw(mail)


def multiparts(depth):
    """Boxes in boxes, without an e-mail among them."""
    head = b"From: a@b.nl\r\nSubject: x\r\n"
    body = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number) for number in range(depth)
    )
    return head + body + b"Content-Type: application/pdf\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (pdf(), "no_mail"),
        (jpeg(), "no_mail"),
        (b"\0" * 5000, "no_mail"),
        (raw(letter()), "no_attachments"),
        (nested(6), "bomb"),
        (raw(letter(**{f"pdf_{number}": b"%PDF" for number in range(51)})), "too_many_parts"),
        (b"x" * 2000, "too_large"),
    ],
)
def test_what_is_no_use_is_refused(content, reason, tmp_path):
    found = unpack(content, tmp_path, Limits(size=1000) if reason == "too_large" else sandbox.INSPECTING)
    assert (found.refused, found.parts) == (reason, ())


def test_boxes_without_end_harm_nobody(tmp_path):
    assert unpack(multiparts(20_000), tmp_path).refused


@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: attachment; filename="../../etc/passwd"',
        "Content-Disposition: attachment; filename*=utf-8''%00%ff%fe",
        "Content-Disposition: attachment; filename*=x'''''",
        "Content-Disposition: attachment; filename==?utf-8?b?////?=",
        'Content-Type: application/pdf; name="=?utf-16?q?=00?="\r\nContent-Disposition: attachment',
    ],
)
def test_a_name_that_makes_no_sense_stops_nothing(head, tmp_path):
    lines = ["From: a@b.nl", "Subject: x", head, "Content-Transfer-Encoding: base64", "", "JVBERg==", ""]
    mail = "\r\n".join(lines)
    found = unpack(mail.encode(), tmp_path)
    assert [part.file.read_bytes() for part in found.parts] == [b"%PDF"]
    assert all(part.file.parent == tmp_path / "made" for part in found.parts)


@pytest.mark.parametrize(
    "said",
    [
        {"title": "x", "sender": "", "parts": [{"file": "../mail.eml", "name": "", "within": "", "in_text": False}]},
        {"title": "x", "sender": "", "parts": [{"file": "none.bin", "name": "", "within": "", "in_text": False}]},
        {"title": 1, "sender": "", "parts": []},
        {"title": "x", "sender": "", "parts": [{"file": "a.bin", "name": "", "within": "", "in_text": False}] * 2},
        {},
        [],
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(said, child, tmp_path):  # noqa: F811
    child(f"""
        import json, pathlib
        pathlib.Path("a.bin").write_text("x")
        print(json.dumps(json.loads({json.dumps(json.dumps(said))})))
    """)
    assert unpack(b"From: a\r\n", tmp_path) == sandbox.Unpacked("unreadable", why="nonsense")


# --- On the screen -------------------------------------------------------------------------------------------


def test_what_is_chosen_becomes_a_document_and_the_rest_goes(bring, as_assistant, dossier, run_jobs, files):
    page = bring(raw(letter(pdf_loonstrook=pdf(), pdf_reclame=pdf(), exe_virus=b"MZ")))
    shown = as_assistant.get(page).text
    for words in ("Mijn stukken", "sanne@voorbeeld.nl", "loonstrook.pdf", "reclame.pdf", "virus.exe"):
        assert words in shown
    assert count(Document) == 0  # nothing silently
    parts = {part.name: part.id for part in only().parts}
    chosen = [parts["loonstrook.pdf"], parts["virus.exe"]]
    answer = as_assistant.post(f"{page}/take", data={"part": chosen})
    assert answer.status_code == 303 and "tab=documents" in answer.location
    run_jobs()
    db.session.expire_all()
    found = {document.name: document for document in db.session.scalars(select(Document)).unique()}
    assert set(found) == {"loonstrook", "virus"}
    assert found["loonstrook"].source == "mail" and found["loonstrook"].current
    assert found["virus"].newest.reason == "not_accepted"  # checked as every file
    assert count(IncomingMail) == count(MailPart) == 0
    assert len(kept(files)) == count(StoredFile) == 2
    assert as_assistant.get(page).status_code == 404


def test_nothing_chosen_is_said_and_everything_stays(bring, as_assistant):
    page = bring(raw(letter(pdf_loonstrook=pdf())))
    answer = as_assistant.post(f"{page}/take", data={"part": ["999999", "x"]})
    assert answer.status_code == 422 and "Kies wat u wilt overnemen." in answer.text
    assert "loonstrook.pdf" in answer.text and count(MailPart) == 1


def test_nothing_taken_leaves_nothing(bring, as_assistant, files, run_jobs):
    page = bring(raw(letter(pdf_loonstrook=pdf())))
    assert as_assistant.post(f"{page}/drop").status_code == 303
    run_jobs()
    assert count(IncomingMail) == count(MailPart) == count(StoredFile) == 0
    assert kept(files) == []


def test_while_it_is_taken_apart_the_page_waits(as_assistant, dossier, files):
    content = {"mail": (io.BytesIO(raw(letter(pdf_x=pdf()))), "x.eml")}
    answer = as_assistant.post(f"/documents/dossier/{dossier.id}/mail", data=content)
    assert "De e-mail wordt uit elkaar gehaald." in as_assistant.get(answer.location).text


def test_what_cannot_be_read_says_why_and_keeps_nothing(bring, as_assistant, run_jobs, files):
    page = bring(pdf(), "echt.eml")
    assert "Dit is geen e-mail die Sleutel kan lezen." in as_assistant.get(page).text
    assert count(StoredFile) == 0 and kept(files) == []


def test_what_the_page_promises_is_read(app, as_assistant, dossier, files):
    """An e-mail of the largest size comes in with its form, and one that is a byte larger is told why not."""
    most, address = incoming.most(), f"/documents/dossier/{dossier.id}/mail"
    assert most < app.config["MAX_CONTENT_LENGTH"] and "32 MB" in as_assistant.get(address).text
    head, end = b'--x\r\nContent-Disposition: form-data; name="mail"; filename="a.eml"\r\n\r\n', b"\r\n--x--\r\n"
    for size, code in ((most, 303), (most + 1, 422)):
        form = {"data": head + b"x" * size + end, "content_type": "multipart/form-data; boundary=x"}
        with as_assistant.post(address, **form) as answer:
            assert answer.status_code == code
            assert code == 303 or "32 MB" in answer.text


def test_without_a_file_or_too_large_is_said(as_assistant, dossier, files, monkeypatch):
    address = f"/documents/dossier/{dossier.id}/mail"
    answer = as_assistant.post(address, data={}, content_type="multipart/form-data")
    assert answer.status_code == 422 and "Kies eerst een e-mail." in answer.text
    monkeypatch.setattr(incoming, "most", lambda: 10)
    answer = as_assistant.post(address, data={"mail": (io.BytesIO(raw(letter())), "x.eml")})
    assert answer.status_code == 422 and "te groot" in answer.text
    assert count(IncomingMail) == 0


def test_the_next_one_is_taken_apart_too(bring, as_assistant):
    """SQLite gives the number of a row that went to the next one: the name of its job must be another."""
    for _ in range(2):
        page = bring(raw(letter(pdf_loonstrook=pdf())))
        assert "loonstrook.pdf" in as_assistant.get(page).text
        as_assistant.post(f"{page}/drop")


def test_done_twice_it_changes_nothing(bring):
    bring(raw(letter(pdf_loonstrook=pdf())))
    incoming.unpack(only().id)
    records.commit()
    assert count(MailPart) == 1


def aged(mail):
    mail.created_at = utcnow() - operations.UNFINISHED_FOR * 2
    records.keep(mail)


def test_one_that_cannot_be_read_goes_after_a_day(bring):
    bring(pdf(), "echt.eml")
    incoming.sweep()
    assert count(IncomingMail) == 1
    aged(only())
    incoming.sweep()
    assert count(IncomingMail) == count(MailPart) == count(StoredFile) == 0


def test_one_to_choose_from_waits_until_somebody_says_so(bring, as_assistant, dossier):
    page = bring(raw(letter("Mijn strook", pdf_loonstrook=pdf())))
    aged(only())
    incoming.sweep()
    assert count(MailPart) == 1
    assert f'href="{page}"' in as_assistant.get(f"/documents/dossier/{dossier.id}/mail").text
    as_assistant.post(f"{page}/drop")
    assert "Mijn strook" not in as_assistant.get(f"/documents/dossier/{dossier.id}/mail").text


def test_what_is_left_out_is_named(bring, as_assistant):
    mail = letter(pdf_loonstrook=pdf())
    mail.add_attachment(b"", maintype="application", subtype="pdf", filename="leeg <b>.pdf")
    page = as_assistant.get(bring(raw(mail))).text
    assert "Niet te lezen, dus niet over te nemen: leeg &lt;b&gt;.pdf." in page and "loonstrook.pdf" in page


def test_another_vestiging_sees_nothing(app, bring, stranger):
    page = bring(raw(letter(pdf_loonstrook=pdf())))
    other = log_in(app.test_client(), stranger)
    assert other.get(page).status_code == 404
    assert other.post(f"{page}/take", data={"part": [part.id for part in only().parts]}).status_code == 404
    assert other.post(f"{page}/drop").status_code == 404


def test_signs_that_hide_are_gone(bring, as_assistant):
    mail = letter("Factuur\u202efdp.exe", pdf_x=pdf())
    bring(raw(mail))
    assert only().title == "Factuur fdp.exe"


@pytest.mark.parametrize("parts", [1, 20])
def test_the_page_takes_few_statements(bring, as_assistant, statements, parts):
    page = bring(raw(letter(**{f"pdf_{number}": pdf() for number in range(parts)})))
    as_assistant.get(page)
    statements.clear()
    as_assistant.get(page)
    assert len(statements) <= 8, "\n".join(statements)
