"""kill -9 of web and worker at any moment: what was answered is there, once, and the jobs go on after a restart."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.audit import operations as audit
from crm.db import db
from crm.feed.models import Post
from crm.imports.models import Import
from crm.relations import operations as relations
from crm.relations.models import Relation
from tests.conftest import PASSWORD

ROWS = 1500
KILLS = 2
SOON = 120.0  # seconds
EMAIL = "eva@kantoor.example"


class Forms(HTMLParser):
    """The forms of a page: {address: {name: value}} with what would be sent if nobody changed a thing."""

    def __init__(self, page):
        super().__init__()
        self.found, self.values, self.select = {}, {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.values = self.found.setdefault(given.get("action") or "", {})
        elif tag == "input" and given.get("name") and given.get("type") not in ("checkbox", "radio", "file", "submit"):
            self.values[given["name"]] = given.get("value") or ""
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and ("selected" in given or self.select not in self.values):
            self.values[self.select] = given.get("value") or ""


class Unanswered(Exception):
    """A page that did not come."""


class Office:
    """Web and worker as programs of their own."""

    def __init__(self, database):
        self.environment = {
            **os.environ,
            **{f"CRM_{name}": value for name, value in database.items()},
            "CRM_ARGON2_MEMORY": "8",
            "CRM_SECRET_KEY": "testing",
            "CRM_WORKER_POLL": "0.05",
            "WEB_CONCURRENCY": "1",
        }
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        self.programs = []

    def start(self):
        for words in (["web", "--port", str(self.port)], ["worker"]):
            program = subprocess.Popen(
                [sys.executable, "-m", "crm.cli", *words],
                env=self.environment,
                cwd=Path(paths.PACKAGE).parent,
                start_new_session=True,
                stderr=subprocess.DEVNULL,
            )
            self.programs.append(program)
        until(self.answers)

    def answers(self):
        try:
            return self.client.get("/login").status_code in (200, 302)
        except httpx.TransportError:
            return False

    def kill(self):
        for program in self.programs:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        self.programs.clear()

    def send(self, page, action, files=None, **values):
        """Fill in a form of a page and send it; gives the answer."""
        answer = self.client.get(page)
        if answer.status_code != 200:
            raise Unanswered(f"{page}: {answer.status_code}")
        return self.client.post(action or page, data={**Forms(answer.text).found[action], **values}, files=files)


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


def write_file(folder):
    lines = [f"Jan{number};Proef{number};jan{number}@voorbeeld.example" for number in range(ROWS)]
    file = folder / "relaties.csv"
    file.write_text("\n".join(["Voornaam;Achternaam;E-mail", *lines]), "utf-8")
    return file


class Writer(threading.Thread):
    """Keeps writing registraties on a relation's feed; `answered` holds the texts whose sending ended well."""

    def __init__(self, office, relation_id):
        super().__init__()
        self.office, self.ending = office, threading.Event()
        self.page = f"/relations/{relation_id}?tab=feed"
        self.action = f"/feed/relation/{relation_id}/register"
        self.sent, self.answered = 0, []

    def run(self):
        while not self.ending.is_set():
            self.sent += 1
            text = f"bericht {self.sent}"
            try:
                answer = self.office.send(self.page, self.action, text=text)
            except (httpx.TransportError, Unanswered):
                time.sleep(0.05)
                continue
            if answer.status_code == 302:
                self.answered.append(text)


def test_answered_work_is_there_once_and_jobs_go_on(app, new_database, tmp_path):
    chance = random.Random(20261121)
    office = Office(new_database)
    writer = Writer(office, app.config["RELATION"])
    try:
        office.start()
        assert office.send("/login", "/login", email=EMAIL, password=PASSWORD).status_code == 302
        file = write_file(tmp_path)
        work = office.send("/imports", "", files={"file": (file.name, file.read_bytes())}).headers["Location"]
        assert office.send(work, f"{work}/start").status_code == 302
        writer.start()
        for count in range(1, KILLS + 1):
            until(lambda count=count: len(writer.answered) >= 3 * count)
            time.sleep(chance.uniform(0, 0.5))
            office.kill()
            office.start()
        with app.app_context():
            until(lambda: status() == "done")
    finally:
        writer.ending.set()
        if writer.ident:
            writer.join()
        office.kill()
        office.client.close()
    with app.app_context():
        kept = db.session.scalars(select(Post.text).where(Post.post_kind == "registration")).all()
        assert len(kept) == len(set(kept)) and set(kept) >= set(writer.answered)
        done = db.session.scalars(select(Import)).one()
        assert (done.rows, done.created, done.refused, done.doubles) == (ROWS, ROWS, 0, 0)
        assert db.session.scalar(select(func.count()).select_from(Relation)) == ROWS + 1
        assert audit.verify()[1] is None


def status():
    """How far the import is, read anew."""
    db.session.rollback()
    return db.session.scalar(select(Import.status))


def until(happened):
    """Wait until this is true."""
    deadline = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.05)
