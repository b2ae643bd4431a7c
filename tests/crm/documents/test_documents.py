"""Documents from the upload to the page: what comes in whole, what is shown to whom, what goes."""

import datetime as dt
import io
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update

from crm import records
from crm.db import db, utcnow
from crm.documents import antivirus, blobs, checking, console, envelope, operations, queries, storage
from crm.documents.models import Document, DocumentVersion, FileKey, StoredFile
from crm.feed.models import Post
from crm.notifications.models import Notification
from tests.conftest import log_in, make_user
from tests.crm.documents.conftest import jpeg, pdf


def documents():
    return db.session.scalars(select(Document).order_by(Document.id)).all()


def only():
    (document,) = documents()
    return document


def kept(files):
    return [file for file in files.rglob("*") if file.is_file()]


def shown(client, document, number=1, query=""):
    return client.get(f"/documents/{document.id}/file/{number}{query}")


def test_a_file_is_received_checked_and_then_shown(send, run_jobs, as_assistant, dossier, files):
    answer = send(pdf(), quote("Loonstrook öktober.pdf"))
    assert answer.status_code == 200
    assert answer.json == {"id": only().id, "name": "Loonstrook öktober", "url": f"/documents/{only().id}", "same": ""}
    assert only().newest.state == "checking"
    assert "HX-Refresh" not in as_assistant.get(f"/documents/{only().id}/checked").headers
    assert shown(as_assistant, only()).status_code == 404
    assert "Wordt gecontroleerd" in as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text
    run_jobs()
    assert as_assistant.get(f"/documents/{only().id}/checked").headers["HX-Refresh"] == "true"
    version = only().current
    assert (version.state, version.mimetype, version.pages) == ("ready", "application/pdf", 1)
    answer = shown(as_assistant, only())
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "Loonstrook%20%C3%B6ktober.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_length == len(answer.data)
    assert all(b"%PDF" not in file.read_bytes() for file in kept(files))


def test_a_photo_is_shown_upright_without_what_is_hidden_in_it(send, run_jobs, as_assistant):
    from PIL import Image

    send(jpeg(), "paspoort.jpg")
    run_jobs()
    answer = shown(as_assistant, only())
    image = Image.open(io.BytesIO(answer.data))
    assert image.size == (40, 60) and not image.getexif()
    assert b"Keizersgracht" in shown(as_assistant, only(), query="?original=1").data
    assert "plaats en toestel" in as_assistant.get(f"/documents/{only().id}").text


def test_what_may_not_come_in_is_refused_and_not_kept(send, run_jobs, as_assistant, assistant, dossier, files):
    assert send(b"MZ a program", "foto.jpg").status_code == 200
    run_jobs()
    document = only()
    assert (document.newest.state, document.newest.reason, document.current) == ("refused", "not_accepted", None)
    assert kept(files) == [] and db.session.scalar(select(func.count(StoredFile.id))) == 0
    assert shown(as_assistant, document).status_code == 404
    assert "Dit soort bestand kan hier niet." in as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text
    (told,) = db.session.scalars(select(Notification).where(Notification.user_id == assistant.id)).all()
    assert told.values == {"name": "foto"} and told.url == f"/documents/{document.id}"
    assert send(pdf(), to=f"/documents/{document.id}/versions").status_code == 200
    run_jobs()
    assert only().current.number == 2


@pytest.mark.parametrize(("content", "said"), [(b"", "leeg"), (b"x" * 1_000_001, "1 MB")])
def test_an_empty_or_too_large_file_is_refused_at_once(app, send, files, monkeypatch, content, said):
    monkeypatch.setattr(checking, "setting", lambda _key: 1)
    answer = send(content)
    assert answer.status_code == 422 and said in answer.json["message"]
    assert documents() == [] and kept(files) == []


def test_a_file_without_announced_size_is_counted(app, as_assistant, dossier, files, monkeypatch):
    monkeypatch.setattr(checking, "setting", lambda _key: 1)
    answer = as_assistant.post(
        f"/documents/dossier/{dossier.id}/upload",
        input_stream=io.BytesIO(b"x" * 3_000_000),
        content_type="application/octet-stream",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 422 and documents() == [] and kept(files) == []


def test_a_line_that_breaks_leaves_nothing(as_assistant, dossier, files):
    answer = as_assistant.post(
        f"/documents/dossier/{dossier.id}/upload",
        input_stream=io.BytesIO(b"x" * 500),
        content_type="application/octet-stream",
        environ_overrides={"CONTENT_LENGTH": "1000"},
    )
    assert answer.status_code == 400
    assert documents() == [] and kept(files) == []


def test_no_lock_is_held_while_bytes_come_in(app, as_assistant, dossier):
    """Between the answer to who asks and the first row that is written, no transaction is open."""

    class Slow(io.BytesIO):
        def read(self, size=-1):
            open_while_reading.append(db.session().in_transaction())
            return super().read(size)

    open_while_reading = []
    answer = as_assistant.post(
        f"/documents/dossier/{dossier.id}/upload",
        input_stream=Slow(pdf()),
        content_type="application/octet-stream",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 200
    assert open_while_reading and not any(open_while_reading)


def test_an_upload_that_is_sent_again_makes_no_second_document(send):
    first, again = send(pdf(), token="one").json, send(pdf(), token="one").json
    assert first["id"] == again["id"] and len(documents()) == 1
    assert send(pdf(), token="two").json["id"] != first["id"]


def test_a_newer_version_sent_again_is_one(send, run_jobs):
    send(pdf())
    run_jobs()
    address = f"/documents/{only().id}/versions"
    answers = [send(jpeg(), "nieuw.jpg", token="one", to=address) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [version.number for version in only().versions] == [2, 1]


def test_the_name_of_a_sending_is_ones_own(send, app, assistant, branch):
    first = send(pdf(), token="one").json
    colleague = log_in(app.test_client(), make_user(app, "Karin Collega", "assistant", branch))
    assert send(pdf(), token="one", client=colleague).json["id"] != first["id"]


def test_the_same_file_twice_is_kept_and_said(send):
    content = pdf()
    assert send(content, "een.pdf").json["same"] == ""
    assert send(content, "twee.pdf").json["same"] == "een"
    assert len(documents()) == 2


def test_a_plain_form_takes_several_files(as_assistant, dossier, run_jobs):
    answer = as_assistant.post(
        f"/documents/dossier/{dossier.id}/upload",
        data={"files": [(io.BytesIO(pdf()), "a.pdf"), (io.BytesIO(b""), "leeg.pdf"), (io.BytesIO(jpeg()), "b.jpg")]},
        follow_redirects=True,
    )
    assert "leeg.pdf: Dit bestand is leeg." in answer.text
    run_jobs()
    assert [(one.name, one.current.mimetype) for one in documents()] == [("a", "application/pdf"), ("b", "image/jpeg")]


def test_photos_become_one_pdf_and_stay(send, run_jobs, as_assistant, dossier):
    for name in ("voor.jpg", "achter.jpg"):
        send(jpeg() + name.encode(), name)
    send(pdf(pages=2), "bijlage.pdf")
    run_jobs()
    first, *rest = [document.id for document in documents()]
    answer = as_assistant.post(f"/documents/dossier/{dossier.id}/join", data={"document": [*rest, first]})
    made = documents()[-1]
    assert answer.headers["Location"] == f"/documents/{made.id}" and made.newest.state == "checking"
    run_jobs()
    made = documents()[-1]
    assert (made.source, made.current.shown_as, made.current.pages) == ("photos", "application/pdf", 4)
    assert shown(as_assistant, made).data.startswith(b"%PDF-") and len(documents()) == 4
    assert "Samengevoegd" in as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text


def test_fewer_than_two_or_of_another_are_not_joined(send, run_jobs, as_assistant, dossier):
    send(jpeg(), "voor.jpg")
    run_jobs()
    for chosen in ([], [only().id], [only().id, 10_000_000]):
        answer = as_assistant.post(
            f"/documents/dossier/{dossier.id}/join", data={"document": chosen}, follow_redirects=True
        )
        assert "Vink ten minste twee bestanden aan." in answer.text
    assert len(documents()) == 1


def test_a_part_that_goes_meanwhile_is_said(send, run_jobs, as_assistant, assistant, dossier):
    for name in ("voor.jpg", "achter.jpg"):
        send(jpeg() + name.encode(), name)
    run_jobs()
    one, two = documents()
    made = operations.join([one, two], "Paspoort", assistant)
    operations.remove(two, assistant)
    run_jobs()
    assert (made.newest.state, made.newest.reason) == ("refused", "gone")


def test_a_newer_version_is_shown_only_once_it_was_checked(send, run_jobs, as_assistant):
    send(pdf())
    run_jobs()
    document = only()
    send(jpeg(), "nieuw.jpg", to=f"/documents/{document.id}/versions")
    assert only().current.number == 1 and only().newest.number == 2
    run_jobs()
    assert only().current.number == 2
    assert [shown(as_assistant, document, number).status_code for number in (1, 2, 3)] == [200, 200, 404]


def test_another_vestiging_finds_nothing(send, run_jobs, app, stranger):
    send(pdf())
    run_jobs()
    document = only()
    vera = log_in(app.test_client(), stranger)
    for address in (
        f"/documents/{document.id}",
        f"/documents/{document.id}/file/1",
        f"/history/document/{document.id}",
    ):
        assert vera.get(address).status_code == 404
    assert vera.post(f"/documents/{document.id}/public", data={"on": "1"}).status_code == 404
    assert vera.post(f"/documents/{document.id}/delete").status_code == 404
    assert send(pdf(), client=vera).status_code == 404
    assert len(documents()) == 1


def test_publiek_is_turned_on_and_off_and_told(send, run_jobs, as_assistant):
    send(pdf())
    document = only()
    as_assistant.post(f"/documents/{document.id}/public", data={"on": "1"})
    assert not only().is_public, "not yet checked"
    run_jobs()
    for _ in range(2):
        as_assistant.post(f"/documents/{document.id}/public", data={"on": "1"})
    assert only().is_public
    as_assistant.post(f"/documents/{document.id}/public", data={"on": "0"})
    assert not only().is_public
    told = db.session.scalars(select(Post).where(Post.post_kind == "document").order_by(Post.id)).all()
    assert [post.text for post in told] == [
        "Document Publiek gemaakt: loonstrook",
        "Document niet meer Publiek: loonstrook",
    ]


def test_files_added_one_after_another_are_one_post(send, run_jobs):
    for number in range(12):
        send(pdf(str(number)), f"{number}.pdf")
    run_jobs()
    (post,) = db.session.scalars(select(Post).where(Post.post_kind == operations.ADDED)).all()
    assert post.data == {"names": [str(number) for number in range(10)], "more": 2}


def test_what_is_deleted_is_gone_with_its_key_and_its_file(send, run_jobs, as_assistant, files):
    send(jpeg(), "paspoort.jpg")
    run_jobs()
    document = only()
    assert len(kept(files)) == 2
    answer = as_assistant.post(f"/documents/{document.id}/delete", follow_redirects=True)
    assert "paspoort is verwijderd." in answer.text
    assert db.session.scalar(select(func.count(StoredFile.id))) == 0
    run_jobs()
    assert kept(files) == [] and documents() == []


def test_name_and_date_are_edited_and_a_second_editor_sees_both(send, as_assistant):
    send(pdf())
    document = only()
    page = f"/documents/{document.id}/edit"
    typed = {"name": "Loonstrook oktober", "dated_on": "2026-10-31", "version": "1"}
    assert as_assistant.post(page, data=typed).status_code == 303
    assert (only().name, only().dated_on) == ("Loonstrook oktober", dt.date(2026, 10, 31))
    answer = as_assistant.post(page, data={"name": "Anders", "dated_on": "", "version": "1"})
    assert answer.status_code == 409 and "Loonstrook oktober" in answer.text and "Anders" in answer.text
    assert as_assistant.post(page, data={"name": "", "version": "2"}).status_code == 422


def test_a_scanner_that_is_away_keeps_a_file_unseen(send, run_jobs, app, monkeypatch, as_assistant, admin):
    monkeypatch.setitem(app.config, "CLAMD", "/nowhere/clamd.ctl")
    send(pdf())
    with pytest.raises(checking.ScannerAway):
        run_jobs()
    assert only().newest.state == "checking" and shown(as_assistant, only()).status_code == 404
    db.session.execute(update(DocumentVersion).values(created_at=utcnow() - dt.timedelta(hours=1)))
    monkeypatch.setattr(antivirus, "scan", lambda *_args, **_named: antivirus.Clean())
    operations.sweep()
    run_jobs()
    assert only().newest.state == "ready"


def test_beheerders_hear_of_files_that_wait(send, app, monkeypatch, admin):
    send(pdf())
    db.session.execute(update(DocumentVersion).values(created_at=utcnow() - dt.timedelta(hours=1)))
    checking.alarm()
    (told,) = db.session.scalars(select(Notification).where(Notification.user_id == admin.id)).all()
    assert told.values == {"count": 1}


def test_what_the_scanner_finds_is_refused(send, run_jobs, app, monkeypatch, files):
    monkeypatch.setitem(app.config, "CLAMD", "/run/clamd.ctl")
    monkeypatch.setattr(antivirus, "scan", lambda *_args, **_named: antivirus.Found("Eicar"))
    send(pdf())
    run_jobs()
    assert (only().newest.state, only().newest.reason) == ("refused", "virus")
    assert kept(files) == []


def test_checking_twice_changes_nothing(send, run_jobs, files):
    send(pdf())
    run_jobs()
    version, before = only().newest, len(kept(files))
    checking.check(version.id)
    checking.check(10_000_000)
    assert len(kept(files)) == before


def test_files_nobody_knows_are_swept_after_a_day(send, run_jobs, files, monkeypatch):
    send(pdf())
    run_jobs()
    known = kept(files)
    storage.sealer().keep([b"never committed"])
    records.rollback()
    operations.sweep()
    assert len(kept(files)) == len(known) + 1
    monkeypatch.setattr(operations, "UNFINISHED_FOR", dt.timedelta(days=-1))
    operations.sweep()
    assert sorted(kept(files)) == sorted(known)


def test_a_new_office_key_locks_everything_again(send, run_jobs, as_assistant, monkeypatch):
    send(pdf())
    send(jpeg(), "a.jpg")
    run_jobs()
    before = shown(as_assistant, documents()[0]).data
    first = db.session.scalar(select(func.max(FileKey.id)))
    monkeypatch.setattr(operations, "AT_ONCE", 1)
    said = CliRunner().invoke(console.files, ["rotate-key"])
    assert said.output == "4 files are locked with a new key.\n"
    newest = db.session.scalar(select(func.max(FileKey.id)))
    assert newest > first and not queries.locked_with_others(newest, 10)
    assert shown(as_assistant, documents()[0]).data == before


def test_a_wrong_files_key_opens_nothing(send, run_jobs, app, monkeypatch):
    send(pdf())
    run_jobs()
    monkeypatch.setitem(app.config, "FILES_KEY", "00" * 32)
    with pytest.raises(envelope.Broken):
        storage.content_of(only().current.safe)


def test_a_lost_file_is_not_found_and_breaks_nothing_else(send, run_jobs, as_assistant, files):
    send(pdf())
    run_jobs()
    blobs.blob_store().delete(only().current.safe.key)
    assert shown(as_assistant, only()).status_code == 404
    assert as_assistant.get(f"/documents/{only().id}").status_code == 200


def test_the_list_takes_the_same_statements_for_one_and_for_fifty(send, as_assistant, dossier, statements, run_jobs):
    send(pdf(), "0.pdf")
    run_jobs()
    counts = []
    as_assistant.get(f"/documents/dossier/{dossier.id}")
    for more in (0, 49):
        for number in range(more):
            file = storage.sealer().keep([b"x"])
            operations.receive(("dossier", dossier.id), f"{number}.pdf", file, None)
        records.commit()
        statements.clear()
        assert as_assistant.get(f"/documents/dossier/{dossier.id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, "\n".join(one[:150] for one in statements)


def test_lists_are_found_by_their_indexes(app, dossier):
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET enable_seqscan = off"))
    about = select(Document.id).where(Document.subject_kind == "dossier", Document.subject_id == 5)
    waiting = select(DocumentVersion.id).where(DocumentVersion.state == "checking").order_by(DocumentVersion.id)
    for query, index in (
        (about.order_by(Document.id.desc()).limit(51), "ix_documents_subject"),
        (waiting.limit(500), "ix_document_versions_state"),
    ):
        assert index in plan(query)


def plan(query):
    sql = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    how = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    return " ".join(str(row) for row in db.session.execute(text(f"{how} {sql}")))


def test_without_types_to_choose_from_a_document_is_described_all_the_same(send, as_assistant, monkeypatch):
    send(pdf(), "brief.pdf")
    monkeypatch.setattr(queries, "type_names", dict)
    page = as_assistant.get(f"/documents/{only().id}/edit")
    assert page.status_code == 200 and 'name="dated_on"' in page.text and "document_type" not in page.text


def test_after_a_document_that_went_the_next_one_is_checked_too(send, run_jobs, as_assistant):
    """SQLite gives the number of a row that went to the next one: the name of its job must be another."""
    for _ in range(2):
        send(pdf())
        run_jobs()
        assert only().current is not None
        as_assistant.post(f"/documents/{only().id}/delete")
        run_jobs()
        db.session.expire_all()
