"""kill -9 of web and worker at any moment: what was answered is there, once, and the jobs go on after a restart."""

import random
import re
import signal
import subprocess
import threading
import time

import httpx
import pytest
from sqlalchemy import func, select

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.accounts.models import Branch, User
from crm.app import create_app
from crm.audit import operations as audit
from crm.db import db
from crm.feed.models import Post
from crm.imports import operations as imports
from crm.imports.models import Import
from crm.notifications.models import Notification
from crm.relations import operations as relations
from crm.relations.models import Relation
from tests.conftest import PASSWORD
from tests.programs import SOON, Office, Unanswered, until

ROWS = 1500
MANY_ROWS = 6000
SLOW = re.compile(r"\w+ of \w+ took \d+ ms")  # what the log says on a busy machine
KILLS = 2
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


def write_file(folder, rows=ROWS):
    lines = [f"Jan{number};Proef{number};jan{number}@voorbeeld.example" for number in range(rows)]
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


def test_an_import_goes_on_in_another_worker_and_every_row_comes_once(app, new_database, tmp_path):
    """A worker killed (-9) halfway; what it had committed stays, what it was at is done again by the next."""
    with app.app_context():
        branch, user = db.session.scalars(select(Branch)).one(), db.session.scalars(select(User)).unique().one()
        with write_file(tmp_path, MANY_ROWS).open("rb") as source:
            work = imports.receive(source, "relaties.csv", branch, user)
        imports.start(work, user)
        imports.enqueue_run(work)
        user_id = user.id
        records.commit()
        office, kills = Office(new_database), []
        try:
            for _ in range(KILLS):
                office.program("worker")
                before = kills[-1] if kills else 0
                until(lambda before=before: position() > before)
                office.kill()
                kills.append(position())
            assert 0 < kills[0] < kills[-1] < MANY_ROWS, "each was killed with work behind and before it"
            office.program("worker")
            until(lambda: status() == "done")
        finally:
            office.kill()
            office.client.close()
        done = db.session.scalars(select(Import)).one()
        assert (done.position, done.created, done.refused, done.doubles) == (MANY_ROWS, MANY_ROWS, 0, 0)
        names = db.session.scalars(select(Relation.surname).where(Relation.import_id == done.id)).all()
        assert sorted(names) == sorted(f"Proef{number}" for number in range(MANY_ROWS))
        told = db.session.scalars(select(Notification)).one()
        assert told.user_id == user_id and told.values["created"] == MANY_ROWS
        assert audit.verify()[1] is None


def test_ctrl_c_stops_an_import_of_the_command_line_and_the_next_one_does_the_rest(app, new_database, tmp_path):
    file = write_file(tmp_path, MANY_ROWS)
    words = ("import", "relations", str(file), "--user", EMAIL)
    office = Office(new_database)
    try:
        with app.app_context():
            program = office.program(*words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            first = next(line for line in iter(program.stderr.readline, "") if not SLOW.fullmatch(line.strip()))
            program.send_signal(signal.SIGINT)
            out, said = program.communicate(timeout=SOON)
            assert program.returncode == 130 and "Imported" not in out and "Traceback" not in said, said
            assert re.fullmatch(rf"\d+ of {MANY_ROWS} rows \(\d+ %\), \d+ new", first.strip()), said
            assert "stopped; what came in is there" in said
            came = position()
            assert status() == "failed" and 0 < came < MANY_ROWS
            count = select(func.count()).select_from(Relation).where(Relation.import_id.is_not(None))
            assert read_anew(count) == came
            out, said = office.program(*words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True).communicate()
            assert f"Imported: {MANY_ROWS - came} of {MANY_ROWS} rows; {came} known already" in out
            assert f"{MANY_ROWS} of {MANY_ROWS} rows (100 %)" in said
            assert read_anew(count) == MANY_ROWS
    finally:
        office.kill()
        office.client.close()


def position():
    """How many rows the import has handled; 0 while there is none."""
    return read_anew(select(Import.position)) or 0


def status():
    """How far the import is."""
    return read_anew(select(Import.status))


def read_anew(query):
    """One value as it is now, without waiting for SQLite's one pen."""
    with db.engines["read"].connect() as connection:
        return connection.scalar(query)
