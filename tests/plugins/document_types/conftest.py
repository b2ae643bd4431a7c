"""The catalogue as the office has it, and a browser of the beheerder."""

import pytest

from plugins.document_types import queries
from tests.conftest import log_in


@pytest.fixture
def boss(app, admin):
    return log_in(app.test_client(), admin)


@pytest.fixture
def types(app):
    return queries.types_by_key()


@pytest.fixture
def templates(app):
    return queries.templates_by_key()
