"""The index of an office that ran before an exact surname came first."""

from alembic import command

from crm import migrate, paths, records
from crm.app import create_app
from crm.db import db
from crm.search import queries
from tests.conftest import make_branch
from tests.crm.dossiers.conftest import make_relation
from tests.crm.search import crowd

BEFORE = "0005"


def test_names_are_written_anew_at_the_upgrade(new_database):
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        user = crowd.seen_by(branch.id)
        for surname in ("Jansen - Aalders", "Aalders - Jansen", "Jansen"):
            make_relation(branch, first_name="Jan", surname_prefix="", surname=surname)
        records.commit()
        db.disconnect()
        core = migrate.alembic("crm", migrate.HERE / "versions")
        command.downgrade(core, BEFORE)
        old = db.session.connection().exec_driver_sql("SELECT sort FROM search_documents ORDER BY id").scalars().all()
        assert old == ["jansen aalders, jan", "aalders jansen, jan", "jansen, jan"]
        db.session.rollback()
        db.disconnect()
        command.upgrade(core, "heads")
        names = [hit.title for hit in queries.search("jansen", user)]
        assert names == ["Jan Jansen", "Jan Aalders - Jansen", "Jan Jansen - Aalders"]
        assert names == [hit.title for hit in queries.search("jansne", user)]
        db.disconnect()
