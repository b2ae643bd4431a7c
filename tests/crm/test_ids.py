"""An id is given out once, in every table, by every migration, in new databases and in those that forgot."""

import shutil
import sqlite3

import pytest
from alembic import command
from sqlalchemy import text

from crm import ids, migrate, paths, records
from crm.app import create_app
from crm.audit import queries as audit
from crm.db import Base, Record, db
from crm.documents import operations as documents
from crm.documents import storage
from crm.relations import operations as relations
from crm.relations.models import Relation
from tests.conftest import log_in, make_branch, make_user

OLD_PLUGIN = '''
"""Tables as one wrote them without a word about ids."""

from alembic import op

revision = "old_0001"
down_revision = branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE old_notes (id INTEGER PRIMARY KEY, version INTEGER, label TEXT NOT NULL)")
    op.execute("CREATE UNIQUE INDEX ix_old_notes_label ON old_notes (lower(label))")
    op.execute("CREATE TABLE old_marks (note_id INTEGER PRIMARY KEY REFERENCES old_notes (id) ON DELETE CASCADE)")
    op.execute(
        "CREATE TRIGGER old_notes_marked AFTER INSERT ON old_notes BEGIN INSERT INTO old_marks VALUES (new.id); END"
    )
    op.execute("CREATE VIRTUAL TABLE old_words USING fts5(words)")


def downgrade():
    for name in ("old_words", "old_marks", "old_notes"):
        op.execute(f"DROP TABLE {name}")
'''
REBUILT = '''
"""A column more, for which SQLite makes the table anew."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "old_0002", "old_0001"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("old_notes", recreate="always") as batch:
        batch.add_column(sa.Column("colour", sa.String()))


def downgrade():
    with op.batch_alter_table("old_notes") as batch:
        batch.drop_column("colour")
'''


def build(folder):
    """A house on a SQLite file in this folder, with a plugin that has its migrations there and is not loaded."""
    return create_app(
        paths.config() / "testing.toml",
        DATA=str(folder / "data"),
        DATABASE="",
        SERVER_NAME="localhost",
        GUEST_MIGRATIONS={"old": str(folder / "old")},
    )


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """The folder of a house that is up to date."""
    folder = tmp_path_factory.mktemp("upgraded")
    (folder / "old").mkdir()
    (folder / "old" / "0001_notes.py").write_text(OLD_PLUGIN)
    with build(folder).app_context():
        migrate.upgrade()
        db.disconnect()
    return folder


@pytest.fixture
def house(upgraded, tmp_path):
    app = build(shutil.copytree(upgraded, tmp_path / "own"))
    with app.app_context():
        yield app
        db.disconnect()


def forget(app):
    """The database as it was before it counted: the same tables and rows, without AUTOINCREMENT."""
    db.session.remove()
    db.disconnect()
    with sqlite3.connect(app.config["DATA"] / "sleutel.db") as connection:
        connection.execute("DELETE FROM sqlite_sequence")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'AUTOINCREMENT', '') WHERE type = 'table'")
    connection.close()


def give(name):
    return relations.create({"surname": name, "branch_id": 1}, None).id


def gone(*numbers):
    records.delete_many([db.session.get(Relation, number) for number in numbers], None)
    records.commit()


def schema():
    """What each table consists of, as SQLite reads it."""
    tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).all()
    parts = ("table_xinfo", "foreign_key_list", "index_list")
    return {
        (name, part): sorted(
            repr(row[2:] if part == "foreign_key_list" else row)  # they may be counted in another order
            for row in db.session.execute(text(f"SELECT * FROM pragma_{part}(:name)"), {"name": name})
        )
        for name in tables
        for part in parts
    }


def test_every_table_counts_on_in_its_model_and_in_a_migrated_database(houses):
    with houses("sqlite").app_context():
        written = dict(db.session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all())
        records.rollback()
    lone = {
        name: table
        for name, table in Base.metadata.tables.items()
        if [column.name for column in table.primary_key if not column.foreign_keys] == ["id"]
    }
    assert {name for name, table in lone.items() if not table.dialect_options["sqlite"]["autoincrement"]} == set()
    assert {name for name in lone if "AUTOINCREMENT" not in written[name]} == set()
    assert {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)} <= set(
        lone
    )


def test_a_record_that_follows_a_deleted_one_has_a_new_id_one_by_one_and_many_at_once(app):
    make_branch("Utrecht")
    branch = make_branch("Zwolle").id

    def person(name):
        return Relation(surname=name, branch_id=branch, sort_name=name, match_name=name)

    last = records.save(person("Een"), None).id
    records.delete(db.session.get(Relation, last), None)
    assert records.save(person("Twee"), None).id == last + 1
    many = [row.id for row in records.save_many([person(f"Naam {n}") for n in range(8)], None)]
    assert min(many) > last + 1
    records.delete_many([db.session.get(Relation, number) for number in many], None)
    again = [row.id for row in records.save_many([person(f"Naam {n}") for n in range(8)], None)]
    assert min(again) > max(many)


def test_a_new_document_of_another_client_has_not_the_history_of_a_deleted_one(house):
    user = make_user(house, "Marieke Bakker", "assistant", make_branch("Utrecht"))
    one, two = (relations.create({"surname": name, "branch_id": 1}, user) for name in ("Een", "Twee"))

    def receive(relation, name):
        kept = storage.sealer().keep([b"%PDF-1.7"])
        return documents.receive(records.ref(relation), name, kept, user)

    first = receive(one, "geheim van Een.pdf")
    number = first.id
    documents.delete(first, user)
    second = receive(two, "akte.pdf")
    records.commit()
    assert second.id > number
    page = log_in(house.test_client(), user).get(f"/history/document/{second.id}")
    assert page.status_code == 200 and "geheim van Een" not in page.text


def test_an_office_that_ran_before_counts_on_above_all_that_is_named(house):
    make_branch("Utrecht")
    numbers = [give(f"Naam {n}") for n in range(6)]
    db.session.execute(text("INSERT INTO old_notes (label) VALUES ('a'), ('b')"))
    records.commit()
    gone(*numbers[3:])
    before, rows = schema(), db.session.execute(text("SELECT * FROM relations ORDER BY id")).all()
    forget(house)
    assert migrate.behind() == ["ids"]
    records.rollback()
    migrate.upgrade()
    assert migrate.behind() == []
    after = schema()
    assert {key: after[key] for key in before} == before
    assert db.session.execute(text("SELECT * FROM relations ORDER BY id")).all() == rows
    assert give("Nieuw") == numbers[-1] + 1
    assert db.session.scalar(text("SELECT count(*) FROM old_marks")) == 2, "rows that point at a table stay"
    assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
    db.session.execute(text("INSERT INTO old_notes (label) VALUES ('c')"))
    assert db.session.scalar(text("SELECT count(*) FROM old_marks")) == 3, "the trigger is there"
    records.rollback()


def test_a_table_whose_kind_nobody_knows_begins_above_all_such_kinds(house):
    known = text("INSERT INTO audit_entries (at, user_name, action, record_kind, record_id, fields)"
                 " VALUES (datetime('now'), '', 'delete', :kind, :id, '{}')")  # fmt: skip
    db.session.execute(known, [{"kind": "old_note", "id": 41}, {"kind": "relation", "id": 900}])
    records.commit()
    forget(house)
    migrate.upgrade()
    last = dict(db.session.execute(text("SELECT name, seq FROM sqlite_sequence")).all())
    assert (last["old_notes"], last["relations"]) == (41, 900)
    assert last["households"] == 0
    records.rollback()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_a_migration_that_makes_a_table_anew_does_not_set_it_back(house, tmp_path):
    db.session.execute(text("INSERT INTO old_notes (label) VALUES ('a'), ('b'), ('c')"))
    db.session.execute(text("DELETE FROM old_notes WHERE id > 1"))
    records.commit()
    db.session.remove()
    db.disconnect()
    old = tmp_path / "own" / "old"
    (old / "0002_colour.py").write_text(REBUILT)
    migrate.upgrade()
    db.session.execute(text("INSERT INTO old_notes (label) VALUES ('d')"))
    assert db.session.scalar(text("SELECT max(id) FROM old_notes")) == 4
    records.rollback()
    db.disconnect()
    command.downgrade(migrate.alembic("old", old), "old_0001")
    db.session.execute(text("INSERT INTO old_notes (label) VALUES ('d')"))
    assert db.session.scalar(text("SELECT max(id) FROM old_notes")) == 4
    records.rollback()


def test_where_an_id_was_given_twice_a_history_begins_with_its_own_record(house):
    make_branch("Utrecht")
    first = give("Geheim")
    gone(first)
    again = Relation(id=first, surname="Ander", branch_id=1, sort_name="ander", match_name="ander")
    records.save(again, None)
    records.commit()
    assert [entry.action for entry in audit.history("relation", first)] == ["create"]
    records.rollback()


def test_full_text_tables_of_sqlite_are_left_alone(house):
    with db.engine.connect() as connection:
        assert ids.repeating(connection, ["old", "document_types"]) == set()
    written = db.session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'old_words_content'"))
    records.rollback()
    assert "AUTOINCREMENT" not in written
