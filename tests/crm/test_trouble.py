"""A database that is locked and a disk that is full, as a request sees them: 503, what happened, and what was typed."""

import errno
import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm import migrate, paths, records, trouble
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.db import db
from crm.feed.models import Post
from crm.relations import operations as relations
from crm.trouble import BUSY, FULL
from tests.conftest import PASSWORD
from tests.programs import Forms

EMAIL = "eva@kantoor.example"
LONG = "Een lange registratie. " * 4000
WORDS = {BUSY: "had het te druk", FULL: "is vol"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """An office whose requests really commit; a locked database is waited for shortly."""
    app = create_app(paths.config() / "testing.toml", DATA=str(tmp_path_factory.mktemp("office")), DATABASE="")
    with app.app_context():
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=50"))
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        user = accounts.create_user(EMAIL, "Eva", PASSWORD, "admin", [branch], passwords=accounts.hasher(8, 1))
        app.config["RELATION"] = relations.create({"surname": "Voorbeeld", "branch_id": branch.id}, None).id
        app.config["KEY"] = accounts.create_token(user, "Test", ["relations:write"])
        records.commit()
        db.disconnect()
    yield app
    with app.app_context():
        db.disconnect()


@pytest.fixture
def browser(house):
    client = house.test_client()
    assert client.post("/login", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def wrong(house, request):
    """The trouble, for real: another program writes, or the file may not grow."""
    with closing(sqlite3.connect(house.config["DATA"] / "sleutel.db", isolation_level=None)) as other:
        if request.param == BUSY:
            other.execute("BEGIN IMMEDIATE")
            yield BUSY
            other.rollback()
            return
        with house.app_context():
            db.disconnect()
            event.listen(db.engine, "connect", no_growth)
        yield FULL
        with house.app_context():
            event.remove(db.engine, "connect", no_growth)
            db.disconnect()


def no_growth(connection, _record):
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")


def posts(house):
    with house.app_context(), db.engines["read"].connect() as connection:
        query = select(func.count()).select_from(Post).where(Post.post_kind == "registration")
        return connection.scalar(query)


@pytest.mark.parametrize("wrong", [BUSY, FULL], indirect=True)
class TestARequest:
    """`send` differs: a page, a part of one (htmx), our own script, another program."""

    def test_of_a_page_keeps_what_was_typed_for_one_click(self, house, browser, wrong):
        before, address = posts(house), f"/feed/relation/{house.config['RELATION']}/register"
        typed = {"text": LONG, "once": f"een-{wrong}", "follow_up": ""}
        answer = browser.post(address, data=typed)
        assert answer.status_code == 503 and answer.headers["Retry-After"] == trouble.RETRY_AFTER
        assert WORDS[wrong] in answer.text and "Er is niets opgeslagen" in answer.text
        assert Forms(answer.text).found[address] == typed
        assert posts(house) == before

    def test_of_a_part_leaves_the_page_as_it_is(self, house, browser, wrong):
        address = f"/feed/relation/{house.config['RELATION']}/register"
        answer = browser.post(address, data={"text": LONG, "once": "twee"}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (503, "#messages")
        assert WORDS[wrong] in answer.text and "<html" not in answer.text

    def test_of_a_script_is_told_in_json(self, house, browser, wrong):
        headers = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
        address = f"/feed/relation/{house.config['RELATION']}/register"
        answer = browser.post(address, data={"text": LONG, "once": "drie"}, headers=headers)
        assert answer.status_code == 503 and WORDS[wrong] in answer.json["message"]

    def test_of_another_program_is_a_problem(self, house, wrong):
        headers = {"Authorization": f"Bearer {house.config['KEY']}"}
        client, answer = house.test_client(), None
        for number in range(300):  # a page of the file may have some room left
            answer = client.post("/api/v1/relations", json={"surname": f"Vol{number}"}, headers=headers)
            if answer.status_code != 201:
                break
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
        assert WORDS[wrong] in answer.json["detail"] and answer.headers["Retry-After"] == trouble.RETRY_AFTER

    def test_that_only_reads_is_answered(self, browser, wrong):
        assert browser.get("/relations").status_code == 200


def failed(code, text="database or disk is full"):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return OperationalError("INSERT …", {}, error)


def test_what_cannot_be_committed_is_not_called_saved(house, browser, monkeypatch):
    """The disk fills at the last moment: neither the answer nor the next page says that it was saved."""
    address = f"/feed/relation/{house.config['RELATION']}/register"

    def full(*, last=False):
        raise failed(13)

    with monkeypatch.context() as patch:
        patch.setattr("crm.web.records.commit", full)
        answer = browser.post(address, data={"text": "Gebeld", "once": "vijf"})
    assert answer.status_code == 503 and WORDS[FULL] in answer.text
    assert answer.headers["Content-Security-Policy"]
    with browser.session_transaction() as session:
        assert "_flashes" not in session
    before = posts(house)
    again = Forms(answer.text).found[address]
    assert browser.post(address, data=again).status_code == 302 and posts(house) == before + 1
    assert browser.post(address, data=again).status_code == 302 and posts(house) == before + 1


def test_a_disk_of_files_that_is_full(house, browser, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("crm.documents.blobs.put_in_folder", full)
    headers = {"Content-Type": "application/octet-stream", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
    answer = browser.post("/documents/files", data=b"%PDF-1.7", headers=headers)
    assert answer.status_code == 503 and WORDS[FULL] in answer.json["message"]


def test_a_password_does_not_travel(house, monkeypatch):
    def busy(*_arguments, **_named):
        raise failed(5, "database is locked")

    monkeypatch.setattr("crm.accounts.attempts.take_login", busy)
    answer = house.test_client().post("/login", data={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 503 and PASSWORD not in answer.text and "<form" not in answer.text


def of_postgres(state):
    return DBAPIError.instance("SELECT 1", {}, psycopg.errors.lookup(state)(), psycopg.Error)


def unreachable():
    try:
        create_engine("postgresql+psycopg://crm@127.0.0.1:1/crm").connect()
    except OperationalError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failed(5), BUSY),
        (failed(517), BUSY),  # BUSY_SNAPSHOT
        (failed(6), BUSY),
        (failed(13), FULL),
        (failed(778), FULL),
        (failed(266), None),  # IOERR_READ: no matter of room
        (failed(1), None),
        (PoolTimeout("QueuePool limit"), BUSY),
        (OSError(errno.ENOSPC, "full"), FULL),
        (OSError(errno.EDQUOT, "quota"), FULL),
        (OSError(errno.ENOENT, "no such file"), None),
        (IntegrityError("INSERT", {}, sqlite3.IntegrityError()), None),
        (of_postgres("53100"), FULL),
        (of_postgres("53300"), BUSY),  # too many connections
        (of_postgres("55P03"), BUSY),  # locked
        (of_postgres("40P01"), BUSY),  # deadlock
        (of_postgres("57P01"), BUSY),  # stopped by its administrator
        (of_postgres("42P01"), None),  # no such table
        (of_postgres("22P02"), None),
        (unreachable(), BUSY),
        (ValueError(), None),
    ],
)
def test_what_is_trouble_and_what_is_a_fault(error, kind):
    assert trouble.kind_of(error) == kind
