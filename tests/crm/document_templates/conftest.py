"""A dossier whose office has filled in all that the documents it starts with ask."""

from decimal import Decimal

import pytest

from crm import records
from crm.db import db
from crm.document_templates.models import DocumentTemplate
from crm.documents import blobs
from crm.settings import operations as settings
from tests.crm.mail.conftest import make_dossier

ADDRESS = {"street": "Dorpsstraat", "house_number": "1", "postal_code": "3511AA", "city": "Utrecht"}


@pytest.fixture
def files(app, tmp_path, monkeypatch):
    """The folder where sealed files lie."""
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    app.extensions.pop("crm.documents.blobs", None)
    yield blobs.blob_store().folder
    app.extensions.pop("crm.documents.blobs", None)


@pytest.fixture
def office(app, branch, adviser, admin):
    """Vestiging Utrecht with an address, an adviser one can call, and what the office charges."""
    branch.street, branch.house_number, branch.postal_code, branch.city = "Maliebaan", "10", "3581CA", "Utrecht"
    branch.phone, branch.email, adviser.phone = "+31302345678", "utrecht@kantoor.example", "+31302345679"
    records.save_many([branch, adviser], None)
    settings.change("office", {"name": "Kantoor Zuid"}, admin)
    fees = {"advice_fee": Decimal(1750), "mediation_fee": Decimal(950)}
    numbers = {"afm_number": "12000000", "kvk_number": "00000000", "kifid_number": "300.000000"}
    settings.change("document_templates", fees | numbers, admin)
    records.commit()
    return branch


@pytest.fixture
def dossier(office, assistant, adviser):
    """Sanne de Vries and Tim Jansen, with Peter van Dijk as adviser."""
    partner = {"title": "mr", "first_name": "Tim", "surname": "Jansen", "email": "tim@voorbeeld.nl"}
    made = make_dossier(assistant, office, partner, **ADDRESS)
    made.adviser = adviser
    records.save(made, None)
    records.commit()
    return made


@pytest.fixture
def template(app):
    """One of the templates an office starts with, by its key."""
    return lambda key: db.session.query(DocumentTemplate).filter_by(content_key=key).one()
