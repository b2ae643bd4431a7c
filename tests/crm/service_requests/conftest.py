"""A dossier to plan in."""

import pytest

from crm.dossiers import operations
from crm.dossiers.queries import lead_sources


@pytest.fixture
def make_dossier(assistant, branch):
    """Makes a dossier of a relation, as the assistant does."""

    def make(relation):
        values = {
            "dossier_type": "home_purchase",
            "profile": "starter",
            "lead_source_id": lead_sources()[0].id,
            "branch_id": branch.id,
        }
        return operations.create(relation, values, assistant)

    return make
