"""Documents that go along with a mail: chosen, counted, exactly as previewed, told in the feed."""

import re
from email import message_from_bytes, policy

import pytest

from crm import records
from crm.db import db
from crm.documents import operations as documents
from crm.documents import queries as document_queries
from crm.documents import storage
from crm.documents.models import Document
from crm.documents.operations import Checked
from crm.mail.kept import mime_of
from crm.mail.models import Message
from crm.settings import operations as settings
from tests.conftest import log_in
from tests.crm.documents.conftest import files  # noqa: F401  # where sealed files lie
from tests.crm.mail.conftest import make_dossier

PDF = "application/pdf"


@pytest.fixture
def document(dossier, assistant, files):  # noqa: F811
    """Makes a document of the dossier: document(name, original, safe) → it; unchecked without `safe`."""

    def make(name="Loonstrook öktober.pdf", original=b"%PDF-1.7 origineel", safe=b"%PDF-1.7 veilig", about=dossier):
        sealer = storage.sealer()
        made = documents.receive(records.ref(about), name, sealer.keep([original]), assistant)
        if safe is not None:
            documents.accept(made.newest, Checked(PDF, PDF, 1), sealer.keep([safe]))
        records.commit()
        return made

    return make


@pytest.fixture
def write(as_assistant, dossier):
    """write(do, *documents) → the answer of a button in the compose window."""

    def write(do, *chosen, to="sanne@voorbeeld.nl", address=f"/mail/compose/dossier/{dossier.id}", **more):
        typed = {"to": to, "title": "Uw stukken", "body": "Hierbij.", "do": do, **more}
        return as_assistant.post(address, data=typed | {"attachments": [one.id for one in chosen]})

    return write


def only():
    return db.session.query(Message).one()


def parts(mime):
    message = message_from_bytes(mime, policy=policy.default)
    return [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()]


def test_only_what_was_checked_is_offered(as_assistant, dossier, document, write):
    good, waiting = document(), document("Wacht nog.pdf", safe=None)
    before = as_assistant.get(f"/mail/compose/dossier/{dossier.id}").text
    assert "Bijlagen kiezen" in before and good.name not in before
    page = write("attach", body="Al getypt")
    assert page.status_code == 200 and "Al getypt" in page.text
    assert "Loonstrook öktober.pdf" in page.text and f'value="{good.id}"' in page.text
    assert waiting.name not in page.text


def test_the_safe_copy_goes_as_it_was_previewed(write, as_assistant, document, dossier, inbox, run_jobs):
    answer = write("preview", document(), document("Paspoort.pdf", safe=b"%PDF-1.7 tweede"))
    message = only()
    assert answer.location == f"/mail/messages/{message.id}"
    expected = [("Loonstrook öktober.pdf", PDF, b"%PDF-1.7 veilig"), ("Paspoort.pdf", PDF, b"%PDF-1.7 tweede")]
    assert parts(mime_of(message)) == expected
    page = as_assistant.get(answer.location).text
    assert "Loonstrook öktober.pdf" in page and "Paspoort.pdf" in page
    file = as_assistant.get(f"/mail/messages/{message.id}/files/1")
    assert file.data == b"%PDF-1.7 tweede" and file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert as_assistant.get(f"/mail/messages/{message.id}/files/2").status_code == 404
    previewed = mime_of(message).split(b"boundary=", 1)[1]
    as_assistant.post(f"/mail/messages/{message.id}/send", data={"version": message.version})
    run_jobs()
    (mail,) = inbox()
    assert parts(mail.message.as_bytes()) == expected
    db.session.expire_all()
    assert only().status == "sent" and mime_of(only()).split(b"boundary=", 1)[1] == previewed
    feed = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Loonstrook öktober.pdf, Paspoort.pdf" in feed


def test_an_invitation_stays_beside_the_files(write, appointment, document):
    write("preview", document(), purpose="appointment_confirmation", appointment=appointment.id)
    message = message_from_bytes(mime_of(only()), policy=policy.default)
    assert message.get_content_type() == "multipart/mixed"
    alternative, file = message.iter_parts()
    kinds = [part.get_content_type() for part in alternative.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"] and file.get_content_type() == PDF


def test_too_much_is_said_at_the_field_and_keeps_what_was_typed(write, as_assistant, document, admin):
    settings.change("mail", {"most_attached": 1}, admin)
    one, two = document(safe=b"x" * 600_000), document("Twee.pdf", safe=b"x" * 600_000)
    answer = write("preview", one, two)
    assert answer.status_code == 422
    assert "De bijlagen zijn samen 1,2 MB; het mag 1 MB zijn." in answer.text
    assert "Hierbij." in answer.text and len(re.findall(r'name="attachments"[^>]*checked', answer.text)) == 2
    assert db.session.query(Message).count() == 0
    assert write("preview", one).status_code == 302


def test_files_of_another_record_or_unchecked_do_not_go(write, document, office, assistant, dossier):
    other = make_dossier(assistant, office, email="ander@voorbeeld.nl", surname="Ander", birth_date=None, phone="")
    for wrong in (document(about=other), document("Nieuw.pdf", safe=None)):
        answer = write("preview", wrong)
        assert answer.status_code == 422 and "Een van de bijlagen is er niet meer." in answer.text
    assert db.session.query(Message).count() == 0


def test_a_template_keeps_what_was_chosen(write, as_assistant, document, dossier):
    made = document()
    page = write("insert", made, template="0")
    assert page.status_code == 422  # no such template
    kept = re.search(rf'value="{made.id}" checked', page.text)
    assert kept
    page = as_assistant.get(f"/mail/compose/dossier/{dossier.id}?document={made.id}").text
    assert re.search(rf'value="{made.id}" checked', page)


def test_going_on_with_a_draft_brings_the_newest_version(write, as_assistant, document, assistant):
    made = document()
    write("draft", made)
    message = only()
    version = documents.add_version(made, "beter.pdf", storage.sealer().keep([b"%PDF-1.7 beter"]), assistant)
    documents.accept(version, Checked(PDF, PDF, 1), None)
    records.commit()
    db.session.expire_all()
    shown = as_assistant.get(f"/mail/messages/{message.id}").text
    assert "bijlage loonstrook öktober.pdf" in shown  # changed since this preview
    doubt = as_assistant.post(f"/mail/messages/{message.id}/send", data={"version": only().version})
    assert doubt.status_code == 422 and "bijlage loonstrook öktober.pdf" in doubt.text
    assert parts(mime_of(only()))[0][2] == b"%PDF-1.7 veilig"
    write("preview", made, address=f"/mail/messages/{message.id}/edit", version=only().version)
    assert parts(mime_of(only()))[0][2] == b"%PDF-1.7 beter"


def test_a_document_that_went_meanwhile_is_said(write, as_assistant, document, assistant):
    made = document()
    write("draft", made)
    documents.remove(db.session.get(Document, made.id), assistant)
    records.commit()
    page = as_assistant.get(f"/mail/messages/{only().id}/edit").text
    assert "Een van de bijlagen is er niet meer." in page
    assert parts(mime_of(only()))[0][2] == b"%PDF-1.7 veilig"  # what was kept of the draft is whole
    doubt = as_assistant.post(f"/mail/messages/{only().id}/send", data={"version": only().version})
    assert doubt.status_code == 422 and "bijlage" in doubt.text


def test_a_document_is_mailed_from_its_page(as_assistant, document, dossier):
    made = document()
    page = as_assistant.get(f"/documents/{made.id}").text
    assert f"/mail/compose/dossier/{dossier.id}?document={made.id}" in page


def test_another_vestiging_sees_no_attachment(app, write, document, stranger):
    write("preview", document())
    message = only()
    assert log_in(app.test_client(), stranger).get(f"/mail/messages/{message.id}/files/0").status_code == 404


def test_older_documents_stay_chosen(document, dossier, monkeypatch):
    old = document()
    new = [document(f"{number}.pdf") for number in range(3)]
    monkeypatch.setattr(document_queries, "PAGE", 2)
    found = document_queries.some_of(records.ref(dossier), [old.id])
    assert [one.id for one in found] == [new[2].id, new[1].id, old.id]


def test_the_window_takes_as_many_statements_for_many(as_assistant, dossier, document, statements):
    counts, plain = [], f"/mail/compose/dossier/{dossier.id}"
    for count in (1, 8):
        for number in range(count):
            made = document(f"{count}-{number}.pdf")
        address = f"{plain}?document={made.id}"
        db.session.expire_all()
        as_assistant.get(address)
        statements.clear()
        as_assistant.get(address)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, "\n".join(statements)
