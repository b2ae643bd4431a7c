"""A dienst with a workflow."""

import pytest

from crm import records
from crm.dossiers import operations as dossiers
from tests.crm.dossiers.conftest import dossier, relation

__all__ = ["dossier", "relation"]


@pytest.fixture
def service(dossier, assistant):
    made = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, assistant)
    records.commit()
    return made
