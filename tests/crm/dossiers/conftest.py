"""A client, a dossier and an appointment for the tests of dossiers and workflows."""

import datetime as dt
from typing import Any

import pytest

from crm import records
from crm.accounts.models import Branch, User
from crm.activities import operations as activities
from crm.activities.models import Appointment
from crm.db import utcnow
from crm.dossiers import operations, queries
from crm.dossiers.models import Dossier
from crm.relations.models import Relation


def make_relation(branch: Branch, **values: Any) -> Relation:
    """Sanne de Vries, or whoever `values` says."""
    values = {"first_name": "Sanne", "surname_prefix": "de", "surname": "Vries", **values}
    made: Relation = records.save(Relation(branch_id=branch.id, **values), None)
    records.commit()
    return made


def values(branch: Branch, **more: Any) -> dict[str, Any]:
    """What a new dossier needs."""
    source = next(source for source in queries.lead_sources() if source.key == "generally_known")
    own = {"lead_source_id": source.id, "branch_id": branch.id}
    return {"dossier_type": "home_purchase", "profile": "starter", **own, **more}


def make_dossier(relation: Relation, user: User, **more: Any) -> Dossier:
    """A saved dossier in oriënteren."""
    made = operations.create(relation, values(relation.branch, confirmed=True, **more), user)
    records.commit()
    return made


def make_appointment(dossier: Dossier, adviser: User, user: User, days: int = 10) -> Appointment:
    """A talk of this dossier, some days from now."""
    starts = utcnow().replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
    made = activities.plan({"starts_at": starts, "assigned_to": adviser}, dossier, user)
    records.commit()
    return made


@pytest.fixture
def relation(branch: Branch) -> Relation:
    return make_relation(branch)


@pytest.fixture
def dossier(relation: Relation, assistant: User) -> Dossier:
    return make_dossier(relation, assistant)
