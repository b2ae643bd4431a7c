"""Without the plugin its pages, menu and panels are gone; its data stay, and are back with it."""

import pytest
from sqlalchemy import text

from crm import migrate, paths, records
from crm.app import create_app
from crm.db import db
from crm.jobs import queue
from plugins.document_types import queries
from tests.conftest import log_in, make_branch, make_user

OFF, ON = [], ["document_types"]


@pytest.fixture
def house(new_database):
    """Starts the house on one database, with these plugins."""
    started = []

    def start(plugins):
        app = create_app(paths.config() / "testing.toml", PLUGINS=plugins, SERVER_NAME="localhost", **new_database)
        started.append(app)
        return app

    yield start
    for app in started:
        with app.app_context():
            queue.client().destroy()
            db.disconnect()


def test_off_and_on_again(house):
    with house(ON).app_context():
        migrate.upgrade()
        payslip = queries.types_by_key()["payslip"]
        payslip.delivered_by = "employer"
        records.save(payslip, None)
        records.commit()
    off = house(OFF)
    with off.app_context():
        migrate.upgrade()
        migrate.check()
        boss = make_user(off, "Beheer Der", "admin", make_branch("Utrecht"))
        client = log_in(off.test_client(), boss)
        assert client.get("/document-types").status_code == 404
        for address in ("/", "/admin"):
            page = client.get(address)
            assert page.status_code == 200 and "ocumenten beheer" not in page.text
        assert "document_type" not in records.kinds()
        assert not any(rule.endpoint.startswith("document_types.") for rule in off.url_map.iter_rules())
        assert client.get("/history/document_type/1").status_code == 404
        assert db.session.scalar(text("SELECT count(*) FROM document_types_types")) == 93
        records.rollback()
    with house(ON).app_context():
        migrate.upgrade()
        assert queries.types_by_key()["payslip"].delivered_by == "employer"
