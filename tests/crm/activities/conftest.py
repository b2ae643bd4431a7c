"""A record one can plan for, and moments by the clock in Amsterdam."""

import datetime as dt
from types import SimpleNamespace

import pytest

from crm import formats, records
from crm.db import db
from crm.dossiers import queries as dossiers
from crm.dossiers.models import Dossier
from crm.relations.models import Relation


@pytest.fixture
def subject(branch, adviser):
    """What a record of a room above brings along when one plans for it."""
    return SimpleNamespace(
        kind="dossier", id=1, branch=branch, branch_id=branch.id, adviser_id=adviser.id, appointment_topic="starter"
    )


@pytest.fixture
def dossier(app, branch, adviser):
    return make_dossier(branch, adviser)


def make_dossier(branch, adviser=None, number="D-2027-00001"):
    """A saved dossier of Sanne de Vries, a starter."""
    relation = records.save(Relation(first_name="Sanne", surname_prefix="de", surname="Vries", branch=branch), None)
    made = Dossier(
        number=number,
        dossier_type="home_purchase",
        profile="starter",
        relation=relation,
        branch=branch,
        branch_id=branch.id,
        lead_source=dossiers.lead_sources()[0],
        adviser=adviser,
        adviser_id=adviser.id if adviser else None,
    )
    records.save(made, None)
    records.commit()
    return made


def at(text: str) -> dt.datetime:
    """The moment at which the clock in Amsterdam shows "2027-06-01 10:00"."""
    moment = dt.datetime.fromisoformat(text)
    return formats.at(moment.date(), moment.time())


def count(client, url: str, statements: list[str]) -> int:
    """How many statements a page takes, with nothing remembered from before."""
    assert client.get(url).status_code == 200
    db.session.expunge_all()
    statements.clear()
    client.get(url)
    return len(statements)
