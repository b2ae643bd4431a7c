"""The chain: one entry for each change, and every way of tampering shows."""

import threading

import pytest
from sqlalchemy import delete, func, insert, select, update

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.app import create_app
from crm.audit import operations
from crm.audit.models import AuditEntry, ChainHead
from crm.db import db
from crm.records import Refused
from tests.conftest import NO_RECORD


@pytest.fixture
def chain(app, branch, admin):
    """A chain of at least six entries: two of the fixtures, four changes of a vestiging."""
    for city in ("Utrecht", "Zeist", "Baarn", "Soest"):
        branch.city = city
        records.save(branch, admin)
        records.commit()
    return list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.position)))


def broken_at():
    records.commit()
    return operations.verify()[1]


def test_entries_say_who_what_and_from_what_to_what(chain, admin, branch):
    entry = db.session.get(AuditEntry, chain[-1])
    assert (entry.user_id, entry.user_name, entry.action) == (admin.id, "Beheer Der", "update")
    assert (entry.record_kind, entry.record_id, entry.fields) == ("branch", branch.id, {"city": ["Baarn", "Soest"]})


def test_secrets_are_not_in_it(chain, admin):
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.record_kind == "user")).first()
    assert entry.fields["password_hash"] == [None, "…"] and entry.fields["session_key"] == [None, "…"]


def test_a_whole_chain_is_whole(chain):
    assert operations.verify() == (len(chain), None)


def test_an_empty_chain_is_whole(app):
    assert operations.verify()[1] is None


@pytest.mark.parametrize(
    "change",
    [
        {"user_name": "Iemand Anders"},
        {"user_id": NO_RECORD},
        {"record_id": NO_RECORD},
        {"action": "delete"},
        {"fields": {"city": ["Baarn", "Ede"]}},
        {"seal": "0" * 64},
        {"seal": None},
        {"position": 5000},
    ],
)
def test_an_edited_entry_shows(chain, change):
    db.session.execute(update(AuditEntry).where(AuditEntry.id == chain[2]).values(**change))
    assert broken_at() in (chain[2], chain[3])


def test_a_moved_moment_shows(chain):
    entry = db.session.get(AuditEntry, chain[2])
    moment = entry.at.replace(year=2020)
    db.session.execute(update(AuditEntry).where(AuditEntry.id == chain[2]).values(at=moment))
    assert broken_at() == chain[2]


@pytest.mark.parametrize("place", [0, 2])
def test_a_deleted_entry_shows(chain, place):
    db.session.execute(delete(AuditEntry).where(AuditEntry.id == chain[place]))
    assert broken_at() == chain[place + 1]


def test_swapped_entries_show(chain):
    for entry, position in ((chain[2], 9000), (chain[3], 3), (chain[2], 4)):
        db.session.execute(update(AuditEntry).where(AuditEntry.id == entry).values(position=position))
    assert broken_at() == chain[3]


@pytest.mark.parametrize("position", [None, 7000])
def test_an_inserted_entry_shows(chain, position):
    forged = {"action": "update", "record_kind": "branch", "record_id": 1, "fields": {}, "user_name": "Niemand"}
    db.session.execute(insert(AuditEntry).values(**forged, position=position, seal=None))
    assert broken_at() == db.session.scalar(select(func.max(AuditEntry.id)))


def test_a_tail_cut_off_shows(chain):
    db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_(chain[-2:])))
    assert broken_at() == chain[-3] + 1


def test_a_tail_cut_off_with_the_head_put_back_shows_too(chain):
    db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_(chain[-2:])))
    end = db.session.get(AuditEntry, chain[-3])
    db.session.execute(update(ChainHead).values(length=end.position, seal=end.seal))
    assert broken_at() == chain[-3] + 1


def test_everything_wiped_shows(chain):
    db.session.execute(delete(AuditEntry))
    db.session.execute(update(ChainHead).values(length=0, seal=""))
    assert broken_at() == 1


def test_another_key_shows(chain, app, monkeypatch):
    monkeypatch.setitem(app.config, "SECRET_KEY", "another")
    assert broken_at() == chain[0]


def test_a_refused_change_leaves_no_entry(chain, branch):
    with pytest.raises(Refused):
        accounts.create_user("x@kantoor.example", "X", "kort", passwords=accounts.hasher(8, 1))
    records.rollback()
    assert operations.verify() == (len(chain), None)


def test_the_answer_is_remembered(chain):
    assert operations.check_chain() is None
    head = db.session.get(ChainHead, 1)
    assert (head.checked_length, head.broken_at) == (len(chain), None) and head.checked_at
    db.session.execute(delete(AuditEntry).where(AuditEntry.id == chain[2]))
    records.commit()
    assert operations.check_chain() == head.broken_at == chain[3]


def test_writers_at_the_same_time_make_one_chain(new_database):
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        ids = [accounts.create_branch(f"Vestiging {number}").id for number in range(4)]
        records.commit()
        before = operations.verify()[0]
        db.session.rollback()
        start = threading.Barrier(len(ids))

    def write(branch_id):
        start.wait()
        for number in range(15):
            with app.app_context():
                branch = db.session.get(accounts.Branch, branch_id)
                branch.phone = str(number)
                records.save(branch, None)
                records.commit()

    threads = [threading.Thread(target=write, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert operations.verify() == (before + len(ids) * 15, None)
        db.disconnect()
