"""A dossier with a talk, and a mail server that keeps what it gets."""

import datetime as dt

import pytest

from crm import records
from crm.activities import operations as activities
from crm.dossiers import operations as dossiers
from crm.dossiers import queries as dossier_queries
from crm.relations import operations as relations
from crm.relations.queries import partner_of
from crm.settings import operations as settings
from crm.sink import Sink, messages

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc?context=%7b%22Tid%22%7d"
TUESDAY = dt.datetime(2027, 6, 1, 8, 0, tzinfo=dt.UTC)
CANARY = "kanarie-in-de-beschrijving"


@pytest.fixture
def office(app, branch, admin):
    """Vestiging Utrecht with an address and a telephone."""
    branch.street, branch.house_number, branch.postal_code, branch.city = "Maliebaan", "10", "3581 CA", "Utrecht"
    branch.phone, branch.email = "+31302345678", "utrecht@kantoor.example"
    records.save(branch, None)
    settings.change("office", {"name": "Kantoor Zuid"}, admin)
    records.commit()
    return branch


def make_dossier(user, branch, partner=None, **values):
    """A dossier of Sanne de Vries, with her partner when his values are given."""
    sanne = {
        "title": "ms", "first_name": "Sanne", "initials": "S.", "surname_prefix": "de", "surname": "Vries",
        "birth_date": dt.date(1990, 5, 4), "phone": "0641576326", "email": "sanne@voorbeeld.nl", "branch_id": branch.id,
    }  # fmt: skip
    relation = relations.create({**sanne, **values}, user, partner)
    source = dossier_queries.lead_sources()[0]
    wanted = {
        "dossier_type": "home_purchase",
        "profile": "starter",
        "lead_source_id": source.id,
        "branch_id": branch.id,
    }
    dossier = dossiers.create(relation, wanted, user, partner=partner_of(relation) if partner else None)
    records.commit()
    return dossier


def make_appointment(dossier, adviser, user, **values):
    """A talk on Tuesday 1 June 2027 at ten."""
    given = {"starts_at": TUESDAY, "assigned_to": adviser, "description": CANARY, **values}
    appointment = activities.plan(given, dossier, user)
    records.commit()
    return appointment


@pytest.fixture
def dossier(office, assistant):
    return make_dossier(assistant, office)


@pytest.fixture
def appointment(dossier, adviser, assistant):
    return make_appointment(dossier, adviser, assistant)


@pytest.fixture
def video(dossier, adviser, assistant):
    """A talk by video on the Wednesday after."""
    starts = TUESDAY + dt.timedelta(days=1)
    return make_appointment(dossier, adviser, assistant, starts_at=starts, by_video=True, teams_url=TEAMS)


@pytest.fixture
def sink(app, tmp_path, monkeypatch):
    """The development sink, where this app sends to; change its `mode` to let it misbehave."""
    with Sink(tmp_path / "mail") as server:
        monkeypatch.setitem(app.config, "SMTP_HOST", server.host)
        monkeypatch.setitem(app.config, "SMTP_PORT", server.port)
        yield server


@pytest.fixture
def inbox(sink):
    """What the sink kept, newest first."""
    return lambda: messages(sink.folder)
