"""A couple's dossier with a dienst and a product, and files for its stukken."""

import datetime as dt

import pytest

from crm import records
from crm.documents import operations as documents
from crm.documents import storage
from crm.dossiers import operations as dossiers
from crm.dossiers import queries as dossier_queries
from crm.relations import operations as relations
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import giving, operations
from plugins.document_types.requests.wanting import Wanted, expand, title_of


@pytest.fixture
def types(app):
    return catalogue.types_by_key()


@pytest.fixture
def dossier(branch, assistant, adviser):
    """Of Sanne de Vries and Tim Jansen, starters."""
    typed = {"first_name": "Sanne", "surname_prefix": "de", "surname": "Vries", "birth_date": dt.date(1990, 5, 4)}
    partner = {"first_name": "Tim", "surname": "Jansen", "birth_date": dt.date(1988, 1, 2)}
    relation = relations.create({**typed, "branch_id": branch.id}, assistant, partner)
    values = {"dossier_type": "home_purchase", "profile": "starter", "branch_id": branch.id}
    values |= {"lead_source_id": dossier_queries.lead_sources()[0].id, "adviser_id": adviser.id}
    made = dossiers.create(relation, values, assistant)
    records.commit()
    return made


@pytest.fixture
def service(dossier, assistant):
    made = dossiers.save_service(dossier, {"service_kind": "mortgage_advice"}, assistant)
    records.commit()
    return made


@pytest.fixture
def product(dossier, assistant):
    made = dossiers.save_product(dossier, {"product_kind": "mortgage", "provider": "Voorbeeldbank"}, assistant)
    records.commit()
    return made


@pytest.fixture
def ask(dossier, service, types, assistant):
    """Ask one stuk by the key of its type, under the dienst and of the first applicant: ask("payslip")."""

    def ask(key, item="", part=service, **values):
        one = types[key]
        person = dossier.relation if one.scope == "person" else None
        wanted = Wanted(one, person, item, title_of(one, person, item), values.pop("phase", "advice"))
        (made,) = operations.ask(dossier, [wanted], part, assistant, **values)
        records.commit()
        return made

    return ask


@pytest.fixture
def files(app, tmp_path, monkeypatch):
    """The folder where sealed files lie."""
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))
    app.extensions.pop("crm.documents.blobs", None)
    yield
    app.extensions.pop("crm.documents.blobs", None)


@pytest.fixture
def document(dossier, files, assistant):
    """Make a document of the dossier; it was checked unless told otherwise: document("loonstrook.pdf")."""

    def document(name="loonstrook.pdf", checked=True):
        kept = storage.sealer().keep([b"%PDF-1.7"])
        made = documents.receive(records.ref(dossier), name, kept, assistant)
        if checked:
            check(made)
        records.commit()
        return made

    return document


def check(document, mimetype="application/pdf"):
    """The check of its newest version ends well."""
    documents.accept(document.newest, documents.Checked(mimetype, mimetype, 1), None)


@pytest.fixture
def given(ask, document, assistant):
    """A stuk that came in: given("payslip")."""

    def given(key="title_deed", **values):
        request = ask(key, **values)
        giving.give(request, document(), assistant)
        records.commit()
        return request

    return given


def everything(dossier, types):
    """Sixty stukken to ask of a dossier."""
    found = [one for document_type in types.values() for one in expand(document_type, dossier.applicants)]
    return found[:60]
