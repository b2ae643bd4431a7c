"""The secret of a second factor in a database that ran before it was sealed."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from crm import migrate, paths, records
from crm.accounts import second_factor
from crm.accounts.models import User
from crm.app import create_app
from crm.db import db
from tests.conftest import make_branch, make_user

SECRET = "JBSWY3DPEHPK3PXP"


def test_a_secret_that_lay_open_is_sealed_by_the_migration_and_opened_by_the_way_back(new_database):
    app = create_app(paths.config() / "testing.toml", **new_database)
    with app.app_context():
        migrate.upgrade()
        core = migrate.alembic("crm", migrate.HERE / "versions")
        scripts = ScriptDirectory.from_config(core).walk_revisions()
        before = next(script.down_revision for script in scripts if "second_factor" in script.path)
        branch = make_branch("Utrecht")
        number = make_user(app, "Marieke Bakker", "assistant", branch).id
        make_user(app, "Zonder Factor", "assistant", branch)
        db.disconnect()
        command.downgrade(core, before)
        db.session.execute(
            text("UPDATE users SET totp_secret = :secret WHERE id = :id"), {"secret": SECRET, "id": number}
        )
        db.session.commit()
        db.disconnect()
        command.upgrade(core, "heads")
        user = db.session.get_one(User, number)
        assert SECRET not in user.totp_secret and second_factor.unseal(user.totp_secret, user) == SECRET
        records.commit()
        db.disconnect()
        command.downgrade(core, before)
        kept = db.session.scalars(text("SELECT totp_secret FROM users ORDER BY id")).all()
        assert kept == [SECRET, None]
        db.disconnect()
