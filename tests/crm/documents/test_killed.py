"""kill -9 in the middle of uploads and checks: every file is whole or not there, and an upload sent again is one."""

import datetime as dt
import hashlib
import io
import os
import random
import threading
import time

import httpx
import pikepdf
import pytest
from sqlalchemy import select

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.audit import operations as audit
from crm.db import db
from crm.documents import operations, storage
from crm.documents.models import DocumentVersion
from crm.relations import operations as relations
from tests.conftest import PASSWORD
from tests.programs import Forms, Office, until

KILLS = 4
EMAIL = "eva@kantoor.example"


@pytest.fixture
def app(new_database):
    """An office with one user and one relation, its database closed, ready for programs."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        accounts.create_user(EMAIL, "Eva", PASSWORD, "admin", [branch], passwords=accounts.hasher(8, 1))
        app.config["RELATION"] = relations.create({"surname": "Voorbeeld", "branch_id": branch.id}, None).id
        records.commit()
        db.disconnect()
        yield app
        db.disconnect()


def big_pdf(size):
    """A good PDF with so many bytes of noise in it."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.Root.Noise = made.make_stream(os.urandom(size))
    made.save(out)
    return out.getvalue()


class Sender(threading.Thread):
    """Sends two files at a time, and tells what they are for, again and again until that is answered; `answered` maps
    the id of a document to the digest of what was sent."""

    def __init__(self, office, relation_id):
        super().__init__()
        page = Forms(office.client.get(f"/relations/{relation_id}?tab=documents").text)
        self.address = f"/documents/relation/{relation_id}/upload"
        self.csrf = page.found[self.address]["csrf_token"]
        self.client = httpx.Client(base_url=office.client.base_url, cookies=office.client.cookies, timeout=20)
        self.ending, self.answered, self.tries = threading.Event(), {}, 0

    def run(self):
        chance = random.Random(7)
        with self.client:
            self.send_all(chance)

    def send_all(self, chance):
        while not self.ending.is_set():
            pdfs = [big_pdf(chance.randrange(100_000, 6_000_000)) for _ in range(2)]
            sent, made = [], []
            while not made and not self.ending.is_set():
                sent = sent or self.post("/documents/files", content=pdfs).get("files", [])
                named = [{"key": file["key"], "name": "stuk.pdf"} for file in sent]
                made = self.post(self.address, json={"files": named}).get("files", []) if named else []
            if made:
                digests = [hashlib.sha256(pdf).hexdigest() for pdf in pdfs]
                self.answered |= {one["id"]: digest for one, digest in zip(made, digests, strict=True)}

    def post(self, address, **sent):
        """What is answered; nothing when the server is gone."""
        self.tries += 1
        kind = {}
        if pdfs := sent.get("content"):
            sent["content"] = b"".join(pdfs)
            kind = {"Content-Type": "application/octet-stream", "X-Sizes": ",".join(str(len(pdf)) for pdf in pdfs)}
        try:
            answer = self.client.post(address, headers={"X-CSRFToken": self.csrf, **kind}, **sent)
        except httpx.TransportError:
            time.sleep(0.02)
            return {}
        return answer.json() if answer.status_code == 200 else {}


def test_every_file_is_whole_or_not_there(app, new_database):
    chance, office = random.Random(20261122), Office(new_database)
    sender = None
    try:
        office.start()
        assert office.send("/login", "/login", email=EMAIL, password=PASSWORD).status_code == 302
        sender = Sender(office, app.config["RELATION"])
        sender.start()
        for count in range(1, KILLS + 1):
            until(lambda count=count: len(sender.answered) >= 2 * count)
            time.sleep(chance.uniform(0, 0.4))
            office.kill()
            office.start()
        sender.ending.set()
        sender.join()
        with app.app_context():
            waiting = select(DocumentVersion.id).where(DocumentVersion.state == "checking").limit(1)
            until(lambda: read_anew(waiting) is None)
    finally:
        if sender:
            sender.ending.set()
        office.kill()
        office.client.close()
    assert sender.tries > len(sender.answered), "at least one was killed on its way"
    with app.app_context():
        versions = db.session.scalars(select(DocumentVersion)).unique().all()
        assert [version.state for version in versions] == ["ready"] * len(versions)
        kept = {version.document_id: digest_of(version.original) for version in versions}
        assert len(kept) == len(versions) and sender.answered.items() <= kept.items()
        operations.UNFINISHED_FOR, day = dt.timedelta(0), operations.UNFINISHED_FOR
        operations.sweep()
        operations.UNFINISHED_FOR = day
        known = {file.key for version in versions for file in (version.original, version.safe)}
        folder = storage.blob_store().folder
        assert {file.name for file in folder.rglob("*") if file.is_file()} == known
        assert audit.verify()[1] is None


def digest_of(file):
    return hashlib.sha256(b"".join(storage.content_of(file))).hexdigest()


def read_anew(query):
    """One value as it is now, without waiting for SQLite's one pen."""
    with db.engines["read"].connect() as connection:
        return connection.scalar(query)
