"""Messages of an office that ran before they were processed in parts."""

from alembic import command
from sqlalchemy import select, text

from crm import migrate, paths, records
from crm.app import create_app
from crm.db import db
from plugins.document_types.lender import operations
from plugins.document_types.lender.models import LenderMessage
from tests.conftest import make_branch, make_user
from tests.crm.activities.conftest import make_dossier
from tests.plugins.document_types.lender.conftest import about, row


def test_their_states_go_over_and_back(new_database, tmp_path):
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=["document_types"])
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        user = make_user(app, "Marieke Bakker", "assistant", branch)
        dossier = make_dossier(branch, user)
        made = [operations.receive(about(row(number)), user, dossier if number else None) for number in range(3)]
        operations.process(made[2], {}, user)
        records.commit()
        db.disconnect()
        mine = migrate.alembic("document_types", dict(migrate.owners())["document_types"])
        command.downgrade(mine, "document_types_0006")
        state = "SELECT state FROM document_types_messages ORDER BY id"
        assert list(db.session.scalars(text(state))) == ["to_link", "to_process", "processed"]
        records.commit()
        db.disconnect()
        command.upgrade(mine, "heads")
        found = db.session.scalars(select(LenderMessage).order_by(LenderMessage.id)).all()
        assert [(one.is_homeless, one.can_process, one.done) for one in found] == [
            (True, False, 0), (False, True, 0), (False, False, 1),
        ]  # fmt: skip
        db.disconnect()
