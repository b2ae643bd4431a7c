"""The bytes of mails at rest: sealed in the database, bound to their mail, there when the mail is and gone with it."""

import base64
import os

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from crm import envelope, records
from crm.db import db
from crm.documents import console
from crm.documents.models import FileKey
from crm.mail import operations
from crm.mail.kept import mime_of, save_with
from crm.mail.models import MessageContent

CANARY = b"kanarie in de bijlage"
LARGE = CANARY + os.urandom(2_500_000)


def as_written(content):
    """What would be found of these bytes in a mail that is not sealed."""
    return base64.b64encode(content[:15])


@pytest.fixture
def message(dossier, assistant):
    return write(dossier, assistant)


def write(about, user, body="Geheime tekst"):
    draft = operations.compose(about, None, user, title="Uw stukken", body=body, to="sanne@voorbeeld.nl")
    made = operations.keep_draft(draft, user)
    records.commit()
    return made


def sealed_of(message):
    return db.session.scalar(select(MessageContent.sealed).where(MessageContent.message_id == message.id))


def test_what_is_kept_is_noise(message, assistant):
    mime = mime_of(message)
    assert b"Geheime tekst" in mime
    save_with(message, mime + as_written(CANARY), assistant)
    assert mime_of(message) == mime + as_written(CANARY)
    for trace in (b"Geheime", as_written(CANARY), b"Content-Type"):
        assert trace not in sealed_of(message)


def test_bytes_of_another_mail_or_of_an_earlier_preview_do_not_open(message, dossier, assistant):
    other, earlier = write(dossier, assistant), db.session.get(MessageContent, message.id)
    columns = MessageContent.size, MessageContent.wrapped, MessageContent.file_key_id, MessageContent.sealed
    kept = {one.id: dict(db.session.execute(select(*columns).filter_by(message_id=one.id)).mappings().one())
            for one in (message, other)}  # fmt: skip
    save_with(message, b"From: kantoor@kantoor.example\r\n\r\nEen ander voorbeeld", assistant)
    for wrong in kept.values():
        db.session.execute(update(MessageContent).filter_by(message_id=message.id).values(**wrong))
        db.session.expire(earlier)
        with pytest.raises(envelope.Broken):
            mime_of(message)


def test_another_preview_is_another_version_even_of_the_same_text(message, dossier, assistant):
    version, digest = message.version, message.mime_digest
    same = operations.compose(dossier, None, assistant, title=message.subject, body=message.body, to=message.to)
    operations.keep_draft(same, assistant, message)
    assert message.version > version and message.mime_digest != digest


def test_what_is_rolled_back_leaves_the_bytes_that_were_there(message, dossier, assistant):
    before = mime_of(message)
    other = operations.compose(dossier, None, assistant, title="Anders", body="Andere tekst", to=message.to)
    operations.keep_draft(other, assistant, message)
    records.rollback()
    assert mime_of(message) == before


def test_a_new_key_of_the_office_covers_mails(message):
    before, old = mime_of(message), sealed_of(message)
    first = db.session.scalar(select(func.max(FileKey.id)))
    said = CliRunner().invoke(console.files, ["rotate-key"])
    assert said.output == "1 files are locked with a new key.\n"
    content = db.session.get(MessageContent, message.id)
    assert content.file_key_id > first and mime_of(message) == before
    assert sealed_of(message) == old, "only its key is locked anew"


def test_a_mail_that_goes_takes_its_bytes_along(message, assistant):
    records.delete(message, assistant)
    assert db.session.scalar(select(func.count()).select_from(MessageContent)) == 0


def test_the_preview_of_a_large_mail_takes_as_few_statements(as_assistant, message, assistant, statements):
    save_with(message, mime_of(message) + base64.encodebytes(LARGE), assistant)
    records.commit()
    db.session.expire_all()
    as_assistant.get(f"/mail/messages/{message.id}")
    statements.clear()
    assert as_assistant.get(f"/mail/messages/{message.id}").status_code == 200
    assert len(statements) <= 8, "\n".join(statements)
