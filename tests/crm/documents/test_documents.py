"""Documents from the upload to the page: what comes in whole, what is shown to whom, what goes."""

import datetime as dt
import io
import os
import re
from html import unescape

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update

from crm import envelope, records
from crm.db import db, utcnow
from crm.documents import antivirus, blobs, checking, console, operations, queries, storage, tickets
from crm.documents.models import Document, DocumentVersion, DroppedFile, FileKey, StoredFile
from crm.feed.models import Post
from crm.hookspecs import impl
from crm.notifications.models import Notification
from crm.records import Refused
from tests.conftest import log_in, make_user
from tests.crm.documents.conftest import jpeg, kept, key_of, pdf, send_bytes, tell


def documents():
    return db.session.scalars(select(Document).order_by(Document.id)).all()


def only():
    (document,) = documents()
    return document


def shown(client, document, number=1, query=""):
    return client.get(f"/documents/{document.id}/file/{number}{query}")


def test_a_file_is_received_checked_and_then_shown(send, run_jobs, as_assistant, dossier, files):
    answer = send(pdf(), "Loonstrook öktober.pdf")
    assert answer.status_code == 200
    (said,) = answer.json["files"]
    assert only().newest.original.key not in said["key"] and only().newest.token == only().newest.original.key
    assert said == {"key": said["key"], "id": only().id, "name": "Loonstrook öktober", "url": f"/documents/{only().id}"}
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
    page = as_assistant.get(f"/documents/{document.id}").text
    assert "Er is niets van bewaard." in page and "Grootte" not in page
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


def test_files_without_announced_size_are_not_read(as_assistant, files):
    answer = send_bytes(
        as_assistant, None, input_stream=io.BytesIO(b"x" * 3_000_000), headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )  # fmt: skip
    assert answer.status_code == 411 and kept(files) == []


def test_several_files_come_in_one_request(as_assistant, dossier, run_jobs):
    """Each as long as was said, also where one is empty; in the order they were sent."""
    sent = [pdf("Brief"), b"", jpeg(), b"x"]
    answer = send_bytes(as_assistant, b"".join(sent), headers={"X-Sizes": ",".join(str(len(one)) for one in sent)})
    letter, nothing, photo, rest = answer.json["files"]
    assert "leeg" in nothing["message"] and "key" not in nothing
    named = {letter["key"]: "brief.pdf", photo["key"]: "foto.jpg", rest["key"]: "rest.pdf"}
    told = tell(as_assistant, f"/documents/dossier/{dossier.id}/upload", named)
    assert [one["key"] for one in told.json["files"]] == list(named)
    run_jobs()
    assert {one.name: one.newest.state for one in documents()} == {"brief": "ready", "foto": "ready", "rest": "refused"}
    kept = {one.name: b"".join(storage.content_of(one.newest.original)) for one in documents() if one.newest.original}
    assert kept["brief"] == sent[0] and kept["foto"] == sent[2]


@pytest.mark.parametrize("sizes", ["", "3", "5,", "6", "-1,6", "1,4,x", "²", "9" * 30, "5" + ",0" * 50])
def test_lengths_that_are_not_those_of_the_body_are_refused(as_assistant, files, sizes):
    assert send_bytes(as_assistant, b"12345", headers={"X-Sizes": sizes}).status_code == 400
    assert kept(files) == []


def test_files_are_together_no_larger_than_one_may_be(as_assistant, files, monkeypatch):
    monkeypatch.setattr(checking, "setting", lambda _key: 1)
    answer = send_bytes(as_assistant, b"x" * 1_200_000, headers={"X-Sizes": "600000,600000"})
    assert answer.status_code == 422 and "1 MB" in answer.json["message"] and kept(files) == []


def test_a_line_that_breaks_leaves_nothing(as_assistant, dossier, files):
    answer = send_bytes(
        as_assistant, None, input_stream=io.BytesIO(b"x" * 500), environ_overrides={"CONTENT_LENGTH": "1000"}
    )
    assert answer.status_code == 400
    assert documents() == [] and kept(files) == []


def test_no_lock_is_held_while_bytes_come_in(app, as_assistant, dossier):
    """Between the answer to who asks and the first row that is written, no transaction is open."""

    class Slow:
        def read(self, size):
            open_while_reading.append(db.session().in_transaction())
            return source.read(size)

    open_while_reading, content = [], pdf()
    source = io.BytesIO(content)
    slowly = {"wsgi.input": Slow(), "CONTENT_LENGTH": str(len(content))}
    answer = send_bytes(as_assistant, None, environ_overrides=slowly)
    assert answer.status_code == 200
    assert open_while_reading and not any(open_while_reading)


def test_several_files_are_written_down_together_and_what_is_told_twice_is_one(as_assistant, dossier, run_jobs, files):
    keys = [key_of(send_bytes(as_assistant, one)) for one in (pdf("Brief"), jpeg(), pdf())][::-1]
    to = f"/documents/dossier/{dossier.id}/upload"
    named = dict(zip(keys, ("a.pdf", "b.jpg", "c.pdf"), strict=True))
    assert documents() == []
    first = tell(as_assistant, to, dict(list(named.items())[:2])).json["files"]
    again = tell(as_assistant, to, named).json["files"]
    assert [one["name"] for one in again] == ["a", "b", "c"] and again[:2] == first
    run_jobs()
    assert [(one.name, one.newest.state) for one in documents()] == [("a", "ready"), ("b", "ready"), ("c", "ready")]
    assert tell(as_assistant, to, named).json["files"] == again and len(documents()) == 3


def test_a_newer_version_told_twice_is_one(send, run_jobs, as_assistant):
    send(pdf())
    run_jobs()
    key = key_of(send_bytes(as_assistant, jpeg()))
    answers = [tell(as_assistant, f"/documents/{only().id}/versions", {key: "nieuw.jpg"}) for _ in range(2)]
    assert [answer.json["files"][0]["id"] for answer in answers] == [only().id] * 2
    assert [version.number for version in only().versions] == [2, 1]


def test_what_somebody_sent_is_only_his_to_use(app, as_assistant, dossier, branch, run_jobs, files):
    to = f"/documents/dossier/{dossier.id}/upload"
    colleague = log_in(app.test_client(), make_user(app, "Karin Collega", "assistant", branch))
    key = key_of(send_bytes(as_assistant, pdf()))
    for _ in range(2):
        (said,) = tell(colleague, to, {key: "van-een-ander.pdf"}).json["files"]
        assert set(said) == {"key", "message"} and said["message"].startswith("Dit bestand is niet meer bij ons.")
        assert [one.name for one in documents()] == ([] if _ == 0 else ["eigen"])
        tell(as_assistant, to, {key: "eigen.pdf"})
    for body in ({"files": [{"key": "ffff", "name": "x"}]}, {"files": ["x", 3]}, {"files": 3}, [], {"files": [{}]}):
        answer = as_assistant.post(to, json=body)
        assert answer.status_code == 200 and all("message" in one for one in answer.json["files"])
    assert len(documents()) == 1


def test_what_nobody_used_goes_after_a_day(as_assistant, dossier, run_jobs, files, monkeypatch):
    key = key_of(send_bytes(as_assistant, pdf()))
    operations.sweep()
    assert len(kept(files)) == 1
    monkeypatch.setattr(operations, "UNFINISHED_FOR", dt.timedelta(days=-1))
    monkeypatch.setattr(tickets, "LASTS", dt.timedelta(days=-1) + (tickets.LASTS - dt.timedelta(days=1)))
    operations.sweep()
    assert kept(files) == [] and db.session.scalar(select(func.count(StoredFile.id))) == 0
    (said,) = tell(as_assistant, f"/documents/dossier/{dossier.id}/upload", {key: "a.pdf"}).json["files"]
    assert "Verstuur het opnieuw" in said["message"] and documents() == []


def test_a_ticket_is_for_one_office_key_and_no_words_of_another(as_assistant, dossier, files):
    key, to = key_of(send_bytes(as_assistant, pdf())), f"/documents/dossier/{dossier.id}/upload"
    (said,) = tell(as_assistant, to, {"x" + key: "a.pdf"}).json["files"]
    assert "message" in said
    operations.rotate_key()
    (said,) = tell(as_assistant, to, {key: "a.pdf"}).json["files"]
    assert "message" in said and documents() == []


def test_a_file_whose_document_was_deleted_does_not_come_back_without_it(as_assistant, dossier, run_jobs, files):
    key, to = key_of(send_bytes(as_assistant, pdf())), f"/documents/dossier/{dossier.id}/upload"
    tell(as_assistant, to, {key: "a.pdf"})
    as_assistant.post(f"/documents/{only().id}/delete")
    run_jobs()
    assert documents() == [] and kept(files) == []
    (said,) = tell(as_assistant, to, {key: "a.pdf"}).json["files"]
    assert "Verstuur het opnieuw" in said["message"] and documents() == []


def test_a_file_that_is_away_for_a_while_is_not_refused(send, run_jobs, files, monkeypatch):
    send(pdf())
    files.rename(files.parent / "away")
    with pytest.raises(FileNotFoundError):
        checking.check(only().newest.id)
    (files.parent / "away").rename(files)
    assert only().newest.state == "checking" and only().newest.original is not None
    run_jobs()
    assert only().newest.state == "ready"


def test_the_same_file_twice_is_kept_and_said(send, run_jobs, as_assistant, dossier):
    content = pdf()
    for name in ("een.pdf", "twee.pdf", "anders.pdf"):
        send(content if name != "anders.pdf" else pdf("Anders"), name)
        run_jobs()
    assert [one.newest.same_as_id for one in documents()] == [None, documents()[0].id, None]
    page = as_assistant.get(f"/documents/dossier/{dossier.id}").text
    assert page.count("Hetzelfde bestand als") == 1
    as_assistant.post(f"/documents/{documents()[0].id}/delete")
    assert "Hetzelfde bestand als" not in as_assistant.get(f"/documents/dossier/{dossier.id}").text


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
    answer = as_assistant.post(f"/documents/{document.id}/public", data={"on": "0", "list": "1"})
    assert answer.location.endswith(f"?tab=documents#public-{document.id}"), "back at the button"
    assert not only().is_public
    told = db.session.scalars(select(Post).where(Post.post_kind == "document").order_by(Post.id)).all()
    assert [post.text for post in told] == [
        "Document Publiek gemaakt: loonstrook",
        "Document niet meer Publiek: loonstrook",
    ]


def test_older_documents_are_a_page_of_their_own(send, run_jobs, as_assistant, dossier, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):
        send(pdf(str(number)), f"{number}.pdf")
    run_jobs()
    address, shown = f"/dossiers/{dossier.id}?tab=documents", []
    while address:
        page = as_assistant.get(address).text
        shown.append(re.findall(r'id="document-\d+">(\d)</a>', page))
        assert page.count('id="documents"') == page.count('id="join"') == 1 or shown[-1] == ["0"]
        assert ("Nieuwste documenten" in page) == (len(shown) > 1)
        older = re.search(r'href="([^"]+)">Oudere documenten', page)
        address = unescape(older[1]) if older else None
    assert shown == [["4", "3"], ["2", "1"], ["0"]]
    send(pdf("nieuw"), "9.pdf")
    last = queries.documents_of(("dossier", dossier.id))[1].id
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=documents&before={last}").text
    assert f'data-list="/documents/dossier/{dossier.id}"' in page, "after an upload the newest are shown"


class Objector:
    """A plugin that cannot share."""

    @impl
    def document_shared(self, documents, is_public, user):
        raise Refused("Delen kan nu niet.")


@pytest.mark.parametrize("where", [{}, {"list": "1"}])
def test_what_a_plugin_refuses_to_share_is_not_public_and_says_so(send, run_jobs, as_assistant, app, where):
    send(pdf())
    run_jobs()
    plugins, objector = app.extensions["crm"], Objector()
    plugins.register(objector, "objector")
    try:
        address = f"/documents/{only().id}/public"
        answer = as_assistant.post(address, data={"on": "1", **where}, follow_redirects=True)
    finally:
        plugins.unregister(objector)
    assert "Delen kan nu niet." in answer.text
    db.session.expire_all()
    assert not only().is_public
    assert not db.session.scalar(
        select(func.count(Post.id)).where(Post.post_kind == "document", Post.text.contains("Publiek"))
    )


def test_files_added_one_after_another_are_one_post(send, run_jobs):
    for number in range(12):
        send(pdf(str(number)), f"{number}.pdf")
    run_jobs()
    (post,) = db.session.scalars(select(Post).where(Post.post_kind == operations.ADDED)).all()
    assert post.data == {"names": [str(number) for number in range(10)], "more": 2}


def test_of_what_is_deleted_the_key_goes_at_once_and_the_file_later(send, run_jobs, app, as_assistant, files):
    send(jpeg(), "paspoort.jpg")
    run_jobs()
    document, lasts = only(), dt.timedelta(hours=app.config["DELETED_FILES_HOURS"])
    there = {file.name for file in kept(files)}
    assert len(there) == 2
    answer = as_assistant.post(f"/documents/{document.id}/delete", follow_redirects=True)
    assert "paspoort is verwijderd." in answer.text
    assert documents() == [] and db.session.scalar(select(func.count(StoredFile.id))) == 0
    old = dt.datetime(2020, 1, 1).timestamp()
    for file in files.rglob("*"):
        os.utime(file, (old, old))  # written long ago: what counts is since when nobody knows it
    for passed, left in ((lasts - dt.timedelta(minutes=1), there), (lasts + dt.timedelta(minutes=1), set())):
        db.session.execute(update(DroppedFile).values(at=utcnow() - passed))
        operations.sweep()
        assert {file.name for file in files.rglob("*") if file.is_file()} == left
    assert db.session.scalar(select(func.count(DroppedFile.key))) == 0


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
    monkeypatch.setattr(StoredFile, "at_once", 1)
    said = CliRunner().invoke(console.files, ["rotate-key"])
    assert said.output == "4 files are locked with a new key.\n"
    newest = db.session.scalar(select(func.max(FileKey.id)))
    assert newest > first and not queries.locked_with_others(StoredFile, newest)
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
