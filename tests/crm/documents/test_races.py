"""A document that is deleted at the moment its check ends leaves no file behind that anybody could open."""

import threading
import time

import pytest
from sqlalchemy import func, select

from crm import migrate, paths, records
from crm.app import create_app
from crm.db import db
from crm.documents import operations, storage
from crm.documents.models import Document, DocumentVersion, StoredFile
from crm.jobs import queue
from tests.conftest import make_branch
from tests.crm.activities.conftest import make_dossier


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
