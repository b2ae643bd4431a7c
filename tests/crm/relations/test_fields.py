"""What is typed of a relation is kept, field by field; a new column is one of them, or is said here to be ours."""

import datetime as dt

import pytest

from crm import records
from crm.db import db
from crm.relations import operations
from crm.relations.forms import PartnerForm, PersonForm, RelationForm
from crm.relations.models import Relation

# Columns that nobody types: worked out, or written by what happens.
OURS = {
    "id", "version", "created_at", "updated_at", "checked_at", "checked_by_id", "import_id", "sort_name", "match_name",
}  # fmt: skip
VALUES = {
    "record_type": "contact", "title": "ms", "initials": "S.A.", "first_name": "Sanne", "surname_prefix": "de",
    "surname": "Vries", "birth_date": dt.date(1990, 5, 4), "phone": "+31641576326", "other_phone": "+31302345678",
    "email": "sanne@voorbeeld.nl", "street": "Oudegracht", "house_number": "12", "house_number_suffix": "bis",
    "postal_code": "3511AB", "city": "Utrecht", "country": "BE", "address_form": "je",
}  # fmt: skip


def test_every_column_is_typed_or_ours():
    assert set(operations.FIELDS) == {column.name for column in Relation.__table__.columns} - OURS
    assert set(VALUES) == set(operations.FIELDS) - {"branch_id"}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_typed_is_kept(assistant, branch, name):
    made = operations.create({"surname": "Anders", "branch_id": branch.id, name: VALUES[name]}, assistant)
    records.commit()
    db.session.refresh(made)
    assert getattr(made, name) == VALUES[name] != Relation.__table__.columns[name].default


@pytest.mark.parametrize("form", [PersonForm, RelationForm, PartnerForm])
def test_every_field_of_a_form_that_is_a_column_is_kept(form):
    fields = {name for name in dir(form) if hasattr(getattr(form, name), "_formfield")}
    assert (fields & set(Relation.__table__.columns.keys())) - OURS <= set(operations.FIELDS)
