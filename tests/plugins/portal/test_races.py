"""Many at once, with real commits on PostgreSQL: SQLite has one writer and would hide a mistake."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from crm.furniture import commit, db, rollback
from plugins.portal import schema
from plugins.portal.app import create_portal
from plugins.portal.doors import operations
from plugins.portal.doors.models import Code
from plugins.portal.events import operations as events
from plugins.portal.events import queries
from plugins.portal.vaults import operations as vaults
from plugins.portal.vaults.models import Item, Vault
from tests.conftest import DATABASES

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("new_database", DATABASES[1:], indirect=True)]


@pytest.fixture
def portal(new_database):
    made = create_portal(
        TESTING=True, KLUIS_DATA=str(Path(new_database["DATA"])), KLUIS_DATABASE=new_database["DATABASE"]
    )
    with made.app_context():
        schema.upgrade()
        yield made
        db.disconnect()


def at_once(portal, count, work):
    """What so many threads give, each in a context of its own."""

    def one(number):
        with portal.app_context():
            try:
                found = work(number)
                commit()
                return found
            finally:
                rollback()
                db.session.remove()

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def code(portal):
    """(vault id, digits) of a code that was sent."""
    vault = vaults.make("v1")
    digits = operations.new_code(vault.id, "activation", "browser")
    commit()
    return vault.id, digits


def test_of_a_hundred_wrong_codes_at_once_five_are_looked_at(portal, code):
    vault_id, digits = code
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    assert not any(at_once(portal, 100, lambda _: operations.try_code(vault_id, "activation", "browser", wrong)))
    assert db.session.query(Code).one().tries_left == 0
    assert not operations.try_code(vault_id, "activation", "browser", digits)


def test_of_twenty_right_codes_at_once_one_is_accepted(portal, code):
    vault_id, digits = code
    accepted = at_once(portal, 20, lambda _: operations.try_code(vault_id, "activation", "browser", digits))
    assert accepted.count(True) == 1


def test_events_of_many_at_once_make_one_whole_chain(portal):
    at_once(portal, 60, lambda number: events.tell("v1", "file_uploaded", upload=str(number)).number)
    assert queries.broken_at() is None
    assert [event.number for event in queries.after(0)] == list(range(1, 61))


def test_who_saw_an_event_never_finds_a_lower_one_later(portal):
    """The first writer is slow to commit; the second one waits for it, and a reader sees neither or both in order."""
    begun, may_commit, seen = Event(), Event(), []

    def first(_number):
        number = events.tell("v1", "file_uploaded", upload="first").number
        begun.set()
        assert may_commit.wait(30)
        return number

    def second(_number):
        assert begun.wait(30)
        return events.tell("v2", "file_uploaded", upload="second").number

    def read(_number):
        return [event.number for event in queries.after(0)]

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(at_once, portal, 1, writer) for writer in (first, second)]
        assert begun.wait(30)
        until_somebody_waits(portal)
        seen += at_once(portal, 1, read)
        may_commit.set()
        numbers = [writer.result()[0] for writer in writers]
    seen += at_once(portal, 1, read)
    assert (numbers, seen) == ([1, 2], [[], [1, 2]])


def until_somebody_waits(portal):
    """Return once a connection waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not at_once(portal, 1, lambda _: db.session.scalar(waiting))[0]:
        pass


def test_a_vault_that_two_calls_make_at_once_is_one(portal):
    made = at_once(portal, 20, lambda _: vaults.make("v-new").id)
    assert len(set(made)) == 1


def test_what_is_put_while_a_vault_is_let_go_of_does_not_outlive_it(portal):
    vaults.make("v1")
    commit()

    def put_or_let_go(number):
        if number == 10:
            return vaults.let_go("v1", vaults.hold("v1"), [])
        with suppress(vaults.Gone):
            vaults.put(vaults.make("v1"), "request", "r1", number + 1, {"title": "x"})

    at_once(portal, 20, put_or_let_go)
    assert db.session.query(Vault).count() == db.session.query(Item).count() == 0
    with pytest.raises(vaults.Gone):
        vaults.make("v1")
