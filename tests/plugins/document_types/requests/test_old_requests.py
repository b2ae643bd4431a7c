"""Stukken of an office that ran before a client read why they are asked again."""

from alembic import command
from sqlalchemy import text

from crm import migrate, paths, records
from crm.app import create_app
from crm.db import db
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import operations
from plugins.document_types.requests import queries as stukken
from plugins.document_types.requests.wanting import Wanted
from tests.conftest import make_branch, make_user
from tests.crm.activities.conftest import make_dossier


def test_what_lenders_said_is_emptied_and_what_the_office_said_stays(new_database):
    app = create_app(paths.config() / "testing.toml", **new_database, PLUGINS=["document_types"])
    with app.app_context():
        migrate.upgrade()
        branch = make_branch("Utrecht")
        user = make_user(app, "Marieke Bakker", "assistant", branch)
        dossier, types = make_dossier(branch, user), catalogue.types_by_key()
        wanted = [Wanted(types[key], title=key) for key in ("payslip", "title_deed", "energy_label")]
        made = operations.ask(dossier, wanted, None, user)
        operations.withdraw(made[2], user)
        records.commit()
        dossier_id, ids = dossier.id, [one.id for one in made]
        db.disconnect()
        mine = migrate.alembic("document_types", dict(migrate.owners())["document_types"])
        command.downgrade(mine, "document_types_0007")
        old = "UPDATE document_types_requests SET client_text = 'Nieuwe offerte', lender_text = :said WHERE id = :id"
        for identity, said in zip(ids, ("Nieuwe offerte", "", ""), strict=True):
            db.session.execute(text(old), {"said": said, "id": identity})
        db.session.commit()
        db.disconnect()
        command.upgrade(mine, "heads")
        found = {one.id: (one.client_text, one.status_before) for one in stukken.requests_of(dossier_id)}
        assert [found[one] for one in ids] == [("", ""), ("Nieuwe offerte", ""), ("Nieuwe offerte", "")]
        db.disconnect()
