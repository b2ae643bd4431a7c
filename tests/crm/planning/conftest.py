"""What a planner chooses on the screen."""

import datetime as dt

import pytest

from crm import formats, records
from crm.activities.queries import free_slots
from crm.dossiers.queries import lead_sources
from crm.planning import operations
from crm.planning.operations import Letter, Plan
from crm.relations import operations as relations

CLIENT = {
    "title": "ms",
    "initials": "S.",
    "first_name": "Sanne",
    "surname_prefix": "de",
    "surname": "Vries",
    "birth_date": dt.date(1990, 5, 4),
    "phone": "0641576326",
    "email": "sanne@voorbeeld.nl",
    "postal_code": "3511AB",
    "house_number": "12",
    "street": "Oudegracht",
    "city": "Utrecht",
}
PARTNER = {"title": "mr", "first_name": "Tim", "surname": "Jansen", "birth_date": dt.date(1988, 1, 2)}


@pytest.fixture
def branch(branch):
    """A vestiging one can find and call."""
    branch.street, branch.house_number, branch.postal_code, branch.city = "Neude", "1", "3512AD", "Utrecht"
    branch.phone, branch.email = "+31301234567", "utrecht@kantoor.example"
    records.save(branch, None)
    records.commit()
    return branch


@pytest.fixture
def dossier_values(branch):
    return {
        "dossier_type": "home_purchase",
        "profile": "starter",
        "lead_source_id": lead_sources()[0].id,
        "branch_id": branch.id,
    }


@pytest.fixture
def slot(adviser):
    return free_slots(adviser, formats.today() + dt.timedelta(days=14), 120, 1)[0]


@pytest.fixture
def plan(branch, adviser, assistant, dossier_values, slot):
    """A new client with a partner, a new dossier, a talk at the office; the letter as proposed."""

    def make(**more):
        talk = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "assigned_to": adviser, "branch": branch}
        wanted = Plan(
            client=dict(CLIENT),
            partner=dict(PARTNER),
            dossier=dict(dossier_values),
            appointment=talk,
            options=frozenset({"dossier_intake"}),
            told=("confirmation", "moved"),
        )
        for name, value in more.items():
            setattr(wanted, name, value)
        if wanted.letter is None and "letter" not in more:
            seen = operations.rehearse(wanted, assistant)
            wanted.letter = Letter(seen.title, seen.body, seen.seen)
        return wanted

    return make


@pytest.fixture
def known(assistant):
    """Sanne, whom the office knows."""
    relation = relations.create(CLIENT, assistant)
    records.commit()
    return relation
