"""Many at once, with real commits on PostgreSQL: SQLite has one writer and would hide a mistake."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crm.furniture import commit, db, rollback
from plugins.portal import schema
from plugins.portal.app import create_portal
from plugins.portal.doors import operations
from plugins.portal.doors.models import Code
from plugins.portal.events import operations as events
from plugins.portal.events import queries
from plugins.portal.vaults import operations as vaults
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
