"""A document that is deleted at the moment its check ends leaves no file behind that anybody could open."""

import threading
import time

import pytest
from alembic import command
from sqlalchemy import func, select, text

from crm import migrate, paths, records
from crm.accounts.models import Branch
from crm.app import create_app
from crm.db import db
from crm.documents import operations, storage
from crm.documents.models import Document, DocumentVersion, StoredFile
from crm.jobs import queue
from tests.conftest import log_in, make_branch, make_user
from tests.crm.activities.conftest import make_dossier
from tests.crm.documents.conftest import key_of, send_bytes, tell


@pytest.fixture
def house(new_database, tmp_path):
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=[])
    app.config["DATA"] = str(tmp_path)
    with app.app_context():
        migrate.upgrade()
        dossier = make_dossier(make_branch("Utrecht"))
        kept = storage.sealer().keep([b"%PDF-1.7"])
        document = operations.receive(records.ref(dossier), "akte.pdf", kept, None)
        records.commit()
        yield app, document.id, document.newest.id
        db.session.remove()
        queue.client().destroy()
        db.disconnect()


def test_files_that_belonged_to_nothing_before_there_were_tickets_are_swept(house):
    app, document, _ = house
    nobodys = storage.sealer().keep([b"%PDF-1.7 nobody's"])
    records.keep(nobodys)
    user = make_user(app, "Marieke Bakker", "assistant", *db.session.scalars(select(Branch)))
    key, sender = nobodys.key, user.id
    db.disconnect()
    core = migrate.alembic("crm", migrate.HERE / "versions")
    command.downgrade(core, "0004")
    db.session.execute(
        text("UPDATE stored_files SET sent_by_id = :sender WHERE key = :key"), {"sender": sender, "key": key}
    )
    records.commit()
    db.disconnect()
    command.upgrade(core, "heads")
    assert [file.key == key for file in db.session.scalars(select(StoredFile))] == [False]
    assert db.session.get(Document, document).newest.original is not None


def test_a_database_that_never_had_such_rows_is_upgraded_too(house):
    db.disconnect()
    core = migrate.alembic("crm", migrate.HERE / "versions")
    command.stamp(core, "0004")
    command.upgrade(core, "0005")
    command.stamp(core, "heads")
    assert db.session.scalars(select(StoredFile)).all()


def test_files_told_twice_at_the_same_moment_are_there_once(house):
    app, document, _ = house
    number = db.session.get(Document, document).subject_id
    user = make_user(app, "Marieke Bakker", "assistant", *db.session.scalars(select(Branch)))
    clients = [log_in(app.test_client(), user) for _ in range(4)]
    keys = [key_of(send_bytes(clients[0], f"%PDF-1.7 {one}".encode())) for one in range(5)]
    records.commit()
    db.session.remove()
    start, answers = threading.Barrier(len(clients)), []

    def tell_all(client):
        start.wait()
        answers.append(tell(client, f"/documents/dossier/{number}/upload", dict.fromkeys(keys, "a.pdf")))

    threads = [threading.Thread(target=tell_all, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * len(clients)
    assert len({tuple(one["id"] for one in answer.json["files"]) for answer in answers}) == 1
    assert db.session.scalar(select(func.count(Document.id))) == 1 + len(keys)


def test_deleted_while_its_check_ends(house):
    app, document, version = house
    records.rollback()
    held = threading.Event()

    def accept():
        with app.app_context():
            found = records.lock(DocumentVersion, version)
            held.set()
            time.sleep(0.5)
            safe = storage.sealer().keep([b"%PDF-1.7 clean"])
            operations.accept(found, operations.Checked("application/pdf", "application/pdf", 1), safe)
            records.commit()
            db.session.remove()

    check = threading.Thread(target=accept)
    check.start()
    held.wait()
    operations.remove(db.session.get(Document, document), None)
    records.commit()
    check.join()
    records.rollback()
    assert db.session.scalar(select(func.count(Document.id))) == 0
    assert db.session.scalar(select(func.count(StoredFile.id))) == 0
