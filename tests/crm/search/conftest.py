"""Thousands of people in the index, once per database."""

import pytest
from sqlalchemy import text

from bench.people import known_client, namesakes, people
from crm import records
from crm.db import db
from crm.hookspecs import impl
from crm.search import operations
from tests.crm.api.conftest import program  # noqa: F401
from tests.crm.search import crowd
from tests.crm.search.names import NAMED


class Sources:
    """Makes the kinds of the crowd known as long as their own rooms do not."""

    @impl
    def search_sources(self):
        return [crowd.source(), crowd.source(kind="dossier", rank=20)]


@pytest.fixture(scope="module")
def crowded(house):
    """4,000 people, the client whom everybody looks for and those of NAMED; gone after the module."""
    plugin = Sources()
    house.extensions["crm"].register(plugin, "crowd")
    with house.app_context():
        everyone = [*people(4000, crowd.FIRST_ID), known_client(crowd.FIRST_ID + 99950), *NAMED]
        everyone += namesakes(crowd.FIRST_ID + 700_000)
        operations.index(crowd.source(), everyone, all_new=True)
        records.commit()
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("ANALYZE search_documents"))
            records.commit()
    yield house
    house.extensions["crm"].unregister(plugin)
    with house.app_context():
        crowd.clear()
