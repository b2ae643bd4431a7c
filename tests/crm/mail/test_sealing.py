"""Mails of an office that ran before they were sealed, and its backups: a database of its own each time."""

import base64
import io
import sqlite3
import tarfile

import pytest
from alembic import command
from sqlalchemy import func, select, text

from crm import backup, envelope, migrate, paths, records
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.db import db
from crm.documents.models import FileKey
from crm.mail.kept import mime_of, save_with
from crm.mail.models import Message, MessageContent
from crm.relations import operations as relations
from tests.crm.mail.test_kept import CANARY, LARGE, as_written, write


@pytest.fixture
def office(new_database):
    """A house with one relation and one mail about it; its number and bytes."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        relation = relations.create({"surname": "Voorbeeld", "branch_id": branch.id}, None)
        records.commit()
        message = write(relation, None)
        save_with(message, mime_of(message) + base64.encodebytes(LARGE), None)
        write(relation, None)
        yield message.id, mime_of(message)
        db.disconnect()


def core():
    return migrate.alembic("crm", migrate.HERE / "versions")


def traces(folder):
    """Files in a folder in which one reads what was attached."""
    return [file.name for file in folder.rglob("*") if file.is_file() and as_written(CANARY) in file.read_bytes()]


def test_mails_that_lay_open_are_sealed_by_the_migration(office, tmp_path):
    number, mime = office
    records.commit()
    db.disconnect()
    command.downgrade(core(), "0002")
    assert db.session.scalar(text("SELECT mime FROM messages ORDER BY id")) == mime
    records.commit()
    db.disconnect()
    is_file = db.engine.dialect.name == "sqlite"
    assert bool(traces(tmp_path)) == is_file, "it lies open"
    command.upgrade(core(), "heads")
    message = db.session.get(Message, number)
    assert mime_of(message) == mime
    records.rollback()
    if is_file:
        db.disconnect()
        assert traces(tmp_path) == []


def test_an_office_without_a_key_gets_one_by_the_migration(office):
    number, mime = office
    records.commit()
    db.disconnect()
    command.downgrade(core(), "0002")
    db.session.execute(text("DELETE FROM file_keys"))
    db.session.execute(text("UPDATE messages SET mime = NULL WHERE id <> :number"), {"number": number})
    records.commit()
    db.disconnect()
    command.upgrade(core(), "heads")
    assert mime_of(db.session.get(Message, number)) == mime
    assert db.session.scalar(select(func.count()).select_from(MessageContent)) == 1
    assert db.session.scalar(select(FileKey.created_at)) is not None


def test_a_backup_holds_mails_sealed_and_whole(office, tmp_path):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the dump of PostgreSQL is tried with crm backup")
    records.commit()
    archive = backup.back_up(tmp_path)
    with tarfile.open(archive) as opened:
        copy = opened.extractfile("sleutel.db").read()
        key = bytes.fromhex(opened.extractfile("data/files.key").read().decode().strip())
    assert as_written(CANARY) not in copy
    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(copy)
        wrapped, name, digest, own, size, sealed = connection.execute(
            "SELECT file_keys.wrapped, messages.message_id, mime_digest, message_contents.wrapped, size, sealed FROM"
            " message_contents JOIN messages ON messages.id = message_contents.message_id, file_keys"
        ).fetchone()
    about = f"{name} {digest}".encode()
    opened = envelope.unwrap(own, envelope.unwrap(wrapped, key, b"office key"), about)
    assert b"".join(envelope.unseal(io.BytesIO(sealed), size, opened, about)) == office[1]
