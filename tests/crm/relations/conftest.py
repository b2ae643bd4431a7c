"""People for the tests of relations."""

import datetime as dt

import pytest

from crm import records
from crm.accounts.models import User
from crm.relations import operations
from crm.relations.models import Relation

SANNE = {
    "title": "ms", "first_name": "Sanne", "initials": "S.", "surname_prefix": "de", "surname": "Vries",
    "birth_date": dt.date(1990, 5, 4), "phone": "06 41 57 63 26", "email": "Sanne.deVries@voorbeeld.nl",
    "postal_code": "5526 ty", "house_number": "12", "street": "Molenweg", "city": "Hapert",
}  # fmt: skip
TIM = {
    "title": "mr",
    "first_name": "Tim",
    "initials": "T.",
    "surname_prefix": "",
    "surname": "Jansen",
    "birth_date": dt.date(1988, 1, 2),
}


def typed(values: dict, **more: str) -> dict[str, str]:
    """Values as a browser sends them."""
    sent = {name: value.isoformat() if isinstance(value, dt.date) else str(value) for name, value in values.items()}
    return {"country": "NL", "address_form": "u", **sent, **more}


def typed_partner(values: dict, **more: str) -> dict[str, str]:
    """A partner's values as a browser sends them."""
    sent = {"partner-present": "y", "partner-country": "NL"}
    return sent | {f"partner-{name}": str(value) for name, value in {**values, **more}.items()}


def make_relation(user: User, **values) -> Relation:
    """A saved relation like Sanne, committed to the test's own transaction."""
    relation = operations.create({**SANNE, **values}, user)
    records.commit()
    return relation


@pytest.fixture
def sanne(assistant: User) -> Relation:
    return make_relation(assistant)
