"""A backup of an office at work, restored in another place: all is there, and nothing goes out twice."""

import ast
import hashlib
import json
import random
import re
import shutil
import sqlite3
import tarfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import func, select, text, update

from crm import backup, cli, migrate, paths, records
from crm.accounts import operations as accounts
from crm.activities.models import Task
from crm.app import create_app
from crm.audit import operations as audit
from crm.audit.models import AuditEntry
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document, DocumentVersion, StoredFile
from crm.jobs import enqueue, queue
from crm.mail import operations as mails
from crm.mail.models import Message
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.settings import operations as settings
from crm.sink import Sink, messages
from tests.conftest import DATABASES
from tests.crm.documents.conftest import pdf
from tests.programs import Office, open_to_others, until

SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("new_database", DATABASES[1:], indirect=True)  # none where there is no server
KILLS = 3
DELAY = 3  # seconds that a mail waits, so that some always do


@pytest.fixture
def app(new_database):
    """An office with one relation."""
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        user = accounts.create_user("eva@kantoor.example", "Eva", "een-lang-wachtwoord", "admin", [branch],
                                    passwords=accounts.hasher(8, 1))  # fmt: skip
        relations.create({"surname": "Voorbeeld", "email": "v@voorbeeld.nl", "branch_id": branch.id}, user)
        settings.change("mail", {"send_delay": DELAY}, user)
        records.commit()
        db.disconnect()
        yield app
        queue.disconnect()
        db.disconnect()


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs one of our commands in a place; gives (exit code, output, errors)."""

    def run(place, *words):
        with monkeypatch.context() as patch:
            for name, value in {**place, "SECRET_KEY": "testing", "ARGON2_MEMORY": "8"}.items():
                patch.setenv(f"CRM_{name}", value)
            with pytest.raises(SystemExit) as ended:
                cli.main([str(word) for word in words])
        answer = capsys.readouterr()
        return ended.value.code, answer.out, answer.err

    return run


@pytest.fixture
def refused(run):
    """A restore that must end in one line and exit code 1 or 2; gives that line."""

    def refused(place, source):
        code, _, errors = run(place, "restore", source)
        assert code == 2 and errors.startswith("crm: ") and errors.count("\n") == 1, errors
        return errors

    return refused


@pytest.fixture
def restored(app, new_place):
    """The app in the restored place, within its context from then on."""
    with ExitStack() as contexts:

        def restored():
            house = create_app(paths.config() / "testing.toml", **new_place)
            contexts.enter_context(house.app_context())
            contexts.callback(db.disconnect)
            contexts.callback(queue.disconnect)
            return house

        yield restored


def relation():
    return db.session.scalars(select(Relation)).one()


def add(name, content=None):
    """A document about the relation, committed; gives its id."""
    file = storage.sealer().keep([content or pdf(name)])
    made = documents.receive(("relation", relation().id), f"{name}.pdf", file, None)
    records.commit()
    return made.id


def take_away(number):
    documents.remove(db.session.get(Document, number), None)
    records.commit()


def send_mail(title):
    """Queue a mail to the relation; gives its Message-ID."""
    draft = mails.compose(relation(), None, None, title=title, body="Beste klant", to="v@voorbeeld.nl")
    made = mails.queue(draft, None, sure={"third_party", "changed", "again"})
    records.commit()
    return made.message_id


def digest(content):
    return hashlib.sha256(b"".join(content)).hexdigest()


class Daily(threading.Thread):
    """What an office does all day, and its clean-up: files come and go, mails are queued."""

    def __init__(self, app):
        super().__init__()
        self.app, self.ending = app, threading.Event()
        self.sent, self.taken_away = {}, 0

    def run(self):
        with self.app.app_context():
            for number in count():
                if self.ending.is_set():
                    break
                content = pdf(f"Stuk {number}")
                self.sent[f"stuk {number}"] = hashlib.sha256(content).hexdigest()
                made = add(f"stuk {number}", content)
                if number % 2:
                    take_away(made)
                    self.taken_away += 1
                    documents.sweep()
                    records.commit()
                if number % 3 == 0:
                    send_mail(f"Mail {number}")
                self.ending.wait(0.2)
            db.disconnect()


def waiting():
    """How much work that is no schedule waits or is done."""
    names = [name for name, job in queue.jobs().items() if not job.every]
    return len(queue.unfinished(names, 1000))


def test_an_office_that_is_backed_up_at_work_is_restored_whole_and_sends_nothing_twice(
    app, new_database, new_place, restored, run, tmp_path
):
    archives, day = tmp_path / "archives", Daily(app)
    archives.mkdir()
    with Sink(tmp_path / "inbox") as sink:
        smtp = {"SMTP_HOST": sink.host, "SMTP_PORT": str(sink.port), "MAIL_SINK": "false"}
        old, new = Office(new_database | smtp), Office(new_place | smtp)
        try:
            old.program("worker")
            day.start()
            until(lambda: day.taken_away >= 3)
            code, _, errors = run(new_database, "backup", archives)
            assert code == 0, errors
            taken_away = day.taken_away
            until(lambda: day.taken_away > taken_away + 1)
            day.ending.set()
            day.join()
            with app.app_context():
                until(lambda: waiting() == 0)
                db.disconnect()
            old.kill()
            code, said, errors = run(new_place | smtp, "restore", archives)
            assert code == 0 and "Restored" in said, said + errors
            restored()
            found = db.session.scalars(select(Document)).unique().all()
            assert found
            for document in found:
                assert digest(storage.content_of(document.newest.original)) == day.sent[document.name]
            named = set(db.session.scalars(select(StoredFile.key)))
            lying = {file.name for file in storage.blob_store().folder.rglob("*") if file.is_file()}
            assert lying == named
            states = Counter(db.session.scalars(select(Message.status)))
            assert states["unsure"] > 0 and set(states) <= {"unsure", "sent"}
            tasks = select(func.count(Task.id)).where(Task.task_kind == "mail_failed")
            assert db.session.scalar(tasks) == states["unsure"]
            records.rollback()
            new.program("worker")
            until(lambda: waiting() == 0)
            assert set(db.session.scalars(select(DocumentVersion.state))) == {"ready"}
            assert audit.verify()[1] is None
        finally:
            day.ending.set()
            old.kill()
            new.kill()
            old.client.close()
            new.client.close()
    assert open_to_others(Path(new_place["DATA"])) == []
    assert [file.stat().st_mode & 0o777 for file in archives.iterdir()] == [0o600]
    times = Counter(one.message["Message-ID"] for one in messages(sink.folder, 10_000))
    assert times and set(times.values()) == {1}
    known = dict(db.session.execute(select(Message.message_id, Message.status)).all())
    assert {status for name, status in known.items() if name not in times} <= {"unsure"}


@pytest.fixture
def kept(app, tmp_path):
    """An archive of the office with a document, a mail that waits and work that only computes."""
    with app.app_context():
        add("Loonstrook")
        send_mail("Uw stukken")
        enqueue("audit.verify")
        records.commit()
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
        db.disconnect()
    return archive


@SQLITE
def test_what_goes_out_is_left_to_people_and_what_computes_goes_on(kept, new_place, restored, run):
    code, said, _ = run(new_place, "restore", kept)
    assert code == 0 and "1 jobs that go out" in said
    restored()
    (message,) = db.session.scalars(select(Message)).unique().all()
    assert message.status == "unsure" and "reservekopie" in message.error
    (task,) = db.session.scalars(select(Task)).unique().all()
    assert task.assigned_to is None and "misschien niet aangekomen" in task.title
    states = {name: queue.unfinished([name], 10) for name in ("mail.send", "documents.check", "audit.verify")}
    assert [len(found) for found in states.values()] == [0, 1, 1]
    assert queue.leave_to_people() == 0


@SQLITE
def test_a_mail_that_was_on_its_way_is_left_to_people(app, new_place, restored, run, tmp_path):
    with app.app_context():
        send_mail("Uw stukken")
        db.session.execute(update(Message).values(status="sending"))
        schema = "" if db.engine.dialect.name == "sqlite" else "dbos."
        db.session.execute(text(f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = 'worker-1'"))
        records.commit()
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
        db.disconnect()
    assert run(new_place, "restore", archive)[0] == 0
    restored()
    assert db.session.scalars(select(Message.status)).all() == ["unsure"]


@SQLITE
def test_a_file_that_goes_while_the_rest_is_copied_is_there(app, tmp_path, monkeypatch):
    """Whatever happens between the copy of the database and that of the files."""
    copy = backup.copy_database

    def copy_and_go_on(folder):
        done = copy(folder)
        take_away(number)
        documents.sweep()
        records.commit()
        storage.sealer().keep([b"belongs to nothing yet"])
        return done

    with app.app_context():
        number = add("Loonstrook")
        key = db.session.scalar(select(StoredFile.key))
        records.commit()
        monkeypatch.setattr(backup, "copy_database", copy_and_go_on)
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
    with tarfile.open(archive) as opened:
        assert [name for name in opened.getnames() if "/files/" in name] == [f"data/files/{key[:2]}/{key}"]


@SQLITE
def test_a_database_of_a_plugin_beside_ours_is_copied_as_at_one_moment(app, tmp_path):
    """What stands in its journal only is in the copy."""
    folder = tmp_path / "portal"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "portal.db", isolation_level=None)) as other, app.app_context():
        other.execute("PRAGMA journal_mode=wal")
        other.execute("CREATE TABLE things (name)")
        other.execute("INSERT INTO things VALUES ('in the journal')")
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
    with tarfile.open(archive) as opened, closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(opened.extractfile("data/portal/portal.db").read())
        assert copy.execute("SELECT name FROM things").fetchall() == [("in the journal",)]


@SQLITE
def test_a_file_that_the_database_names_and_is_gone_is_named(app, tmp_path):
    with app.app_context():
        add("Loonstrook")
        number, key = add("Paspoort"), db.session.scalar(select(StoredFile.key).order_by(StoredFile.id.desc()))
        records.commit()
        storage.blob_store().delete(key)
        with pytest.raises(backup.CannotBackUp, match=rf"{key} \(document {number}\)"):
            backup.back_up(tmp_path / "kopie.tar.gz")
    assert not (tmp_path / "kopie.tar.gz").exists() and not list(tmp_path.glob(".backup-*"))


# --- An empty place only, and all of it --------------------------------------------------------------------------


def test_only_an_empty_place_is_taken(kept, new_database, new_place, refused, run, tmp_path):
    assert "is not empty" in refused(new_database, kept)
    if new_place["DATABASE"]:
        error = refused({**new_database, "DATA": str(tmp_path / "elders")}, kept)
        assert "is not empty" in error and "make a new one" in error
        assert not list((tmp_path / "elders").iterdir())
    else:
        database = f"sqlite:///{tmp_path / 'sleutel.db'}"
        assert "there is a database already" in refused({"DATA": str(tmp_path / "elders"), "DATABASE": database}, kept)
    assert run(new_place, "restore", kept)[0] == 0
    assert "is not empty" in refused(new_place, kept)


@SQLITE
def test_what_is_no_whole_backup_of_this_kind_is_refused_and_can_be_begun_again(
    kept, new_place, refused, run, restored, tmp_path
):
    empty, cut, other = tmp_path / "leeg", tmp_path / "half.tar.gz", tmp_path / "ander.tar.gz"
    empty.mkdir()
    cut.write_bytes(kept.read_bytes()[:-20])
    with tarfile.open(other, "w:gz") as archive:
        archive.add(__file__, "sleutel.dump" if not new_place["DATABASE"] else "sleutel.db")
    assert "holds no backup" in refused(new_place, empty)
    assert "is a backup of" in refused(new_place, other)
    assert "is not whole" in refused(new_place, cut)
    for program in (("worker",), ("db", "upgrade"), ("backup", tmp_path / "niets")):
        code, _, errors = run(new_place, *program)
        assert code == 2 and "half restored; run `crm restore` again" in errors
    assert run(new_place, "restore", kept)[0] == 0
    restored()
    assert migrate.behind() == [] and [one.name for one in db.session.scalars(select(Document)).unique()] == [
        "Loonstrook"
    ]


@POSTGRES
def test_another_machine_does_not_begin_on_a_database_that_is_half_restored(kept, new_place, refused, run, tmp_path):
    assert "FILES_KEY is not the one" in refused({**new_place, "FILES_KEY": "00" * 32}, kept)
    code, _, errors = run({**new_place, "DATA": str(tmp_path / "elders"), "FILES_KEY": "00" * 32}, "worker")
    assert code == 2 and "half restored" in errors


@SQLITE
def test_keys_come_with_the_backup_or_from_the_settings(kept, new_place, refused, run, restored, tmp_path):
    unpacked = tmp_path / "uitgepakt"
    shutil.unpack_archive(kept, unpacked, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    key = (unpacked / "data" / "files.key").read_text()
    (unpacked / "data" / "files.key").unlink()
    assert "the backup holds no files.key: set FILES_KEY" in refused(new_place, unpacked)
    assert "FILES_KEY is not the one of this office" in refused({**new_place, "FILES_KEY": "00" * 32}, unpacked)
    assert run({**new_place, "FILES_KEY": key}, "restore", unpacked)[0] == 0


@SQLITE
def test_what_is_not_right_is_said_and_the_office_is_there(app, new_place, run, restored, tmp_path):
    with app.app_context():
        add("Loonstrook")
        key = db.session.scalar(select(StoredFile.key))
        file = storage.blob_store().folder / key[:2] / key
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        entry = db.session.scalar(select(func.max(AuditEntry.id)))
        db.session.execute(update(AuditEntry).where(AuditEntry.id == entry).values(user_name="Iemand anders"))
        records.commit()
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
        db.disconnect()
    code, said, _ = run(new_place, "restore", archive)
    assert code == 1
    assert f"does not open: file {key}" in said and f"the audit chain is broken at entry {entry}" in said
    restored()
    assert migrate.behind() == [] and db.session.scalar(select(func.count(Document.id))) == 1


def test_killed_at_any_moment_it_is_begun_again(kept, new_place, run, restored):
    chance, office = random.Random(20261129), Office(new_place)
    office.client.close()
    for _ in range(KILLS):
        program = office.program("restore", str(kept))
        until(lambda program=program: any_mark(new_place) or program.poll() is not None)
        time.sleep(chance.uniform(0, 1.2))
        office.kill()
    code, said, errors = run(new_place, "restore", kept)
    if "is not empty" in errors:  # the last kill came after its last word
        code = 0
    assert code == 0, said + errors
    restored()
    assert migrate.behind() == []
    assert db.session.scalars(select(Message.status)).all() == ["unsure"]
    (document,) = db.session.scalars(select(Document)).unique().all()
    assert digest(storage.content_of(document.newest.original))


def any_mark(place):
    return (Path(place["DATA"]) / "restore.unfinished").exists()


@POSTGRES
def test_a_restore_that_was_killed_at_its_last_word_only_says_it(kept, new_place, run, restored):
    assert run(new_place, "restore", kept)[0] == 0
    app = restored()
    mark = app.config["DATA"] / "restore.unfinished"
    mark.write_text(json.dumps({"state": "done", "database": "", "bucket": ""}))
    db.session.execute(text(f"CREATE TABLE {migrate.HALF_RESTORED} (at int)"))
    records.commit()
    db.disconnect()
    assert run(new_place, "db", "upgrade")[0] == 2
    code, said, _ = run(new_place, "restore", kept)
    assert code == 0 and "was complete" in said
    assert run(new_place, "db", "upgrade")[0] == 0
    assert not mark.exists()


# --- A bucket ----------------------------------------------------------------------------------------------------


@pytest.fixture
def buckets():
    """Settings of two empty buckets."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "eu-west-1"}
    client = boto3.client("s3", endpoint_url=address, **keys)
    found = []
    for name in ("oud", "nieuw"):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        found.append({"FILES_BUCKET": name, "FILES_ENDPOINT": address, "FILES_REGION": "eu-west-1",
                      "FILES_ACCESS_KEY": "k", "FILES_SECRET_KEY": "s"})  # fmt: skip
    yield found
    server.stop()


@SQLITE
def test_files_of_a_bucket_are_in_the_backup_and_go_into_an_empty_bucket(
    app, buckets, new_place, refused, run, restored, tmp_path, monkeypatch
):
    old, new = buckets
    content = pdf("Loonstrook") + b"x" * 12_000_000
    with app.app_context():
        app.config.update(old)
        add("Loonstrook", content)
        archive = backup.back_up(tmp_path / "kopie.tar.gz")
        db.disconnect()
    assert "the bucket oud is not empty" in refused({**new_place, **old}, archive)
    assert run({**new_place, **new}, "restore", archive)[0] == 0
    app = restored()
    app.config.update(new)
    (document,) = db.session.scalars(select(Document)).unique().all()
    assert digest(storage.content_of(document.newest.original)) == hashlib.sha256(content).hexdigest()
    assert not (app.config["DATA"] / "files").exists()


# --- What goes out -----------------------------------------------------------------------------------------------

NETWORK = {"smtplib", "ssl", "socket", "http", "urllib", "httpx", "requests", "obstore", "simple_salesforce", "boto3",
           "ftplib", "imaplib", "paramiko", "zeep"}  # fmt: skip
# Files that can speak with others, and the jobs that let something out by them.
SPEAKING = {
    "crm/buffering.py": set(),  # what comes in
    "crm/documents/antivirus.py": set(),  # a scanner that looks twice
    "crm/documents/blobs.py": set(),  # the office's own bucket
    "crm/documents/proof.py": set(),  # the same
    "crm/listening.py": set(),  # own ports
    "crm/mail/sending.py": {"mail.send"},
    "crm/serving.py": set(),  # own ports, and the own log-in page
    "crm/sink.py": set(),  # takes in
    "plugins/portal/protocol/description.py": set(),  # words for what HTTP answers
    "plugins/portal/sms/sending.py": set(),  # the portal has no jobs
    "plugins/vault/client.py": set(),  # its protocol: a call that comes again, or late, does no harm
}


@SQLITE
def test_every_job_that_goes_out_says_what_becomes_of_it(app):
    """A file that begins to speak with others belongs in SPEAKING, with the jobs that come there."""
    top = paths.PACKAGE.parent
    speaking = {
        file.relative_to(top).as_posix()
        for folder in ("crm", "plugins")
        for file in (top / folder).rglob("*.py")
        for name in imported(ast.parse(file.read_text("utf-8")))
        if name.split(".")[0] in NETWORK and not name.startswith("urllib.parse")
    }
    assert speaking == set(SPEAKING)
    assert {name for name, job in queue.jobs().items() if job.in_doubt} == set().union(*SPEAKING.values())


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield f"{node.module}"


def test_only_the_sweep_takes_files_away():
    """Whatever else did might take one from under a backup."""
    taking = [
        (file.name, line.strip())
        for file in (paths.PACKAGE / "documents").glob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if re.search(r"(store|blob_store\(\))\.delete\(", line)
    ]
    mine = [("blobs.py", "obstore.delete(self.store, path_of(key))")]
    mine += [("operations.py", f"store.delete({what})") for what in ("key", "file.key")]
    assert sorted(taking) == sorted(mine)
