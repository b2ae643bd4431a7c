"""An office that works with products: workflows hang under those (domain.md U-009, U-034)."""

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.records import Refused
from crm.settings import operations as settings
from crm.workflows import operations, queries
from crm.workflows.models import Workflow
from tests.crm.dossiers.conftest import make_appointment


@pytest.fixture
def product(dossier, assistant):
    typed = {"product_kind": "mortgage", "provider": "Voorbeeldbank"}
    made = dossiers.save_product(dossier, typed, assistant)
    records.commit()
    return made


@pytest.fixture
def with_products(admin):
    settings.change("dossiers", {"works_with": "products"}, admin)
    records.commit()


def tab(client, dossier):
    return client.get(f"/dossiers/{dossier.id}?tab=holdings").text


def test_a_workflow_is_started_under_the_product_and_its_arrow_works(
    with_products, dossier, product, adviser, assistant, as_assistant
):
    page = tab(as_assistant, dossier)
    assert f"/products/{product.id}/workflows" in page and "Workflow starten" in page
    for _twice in range(2):
        sent = {"key": "orientation"}
        assert as_assistant.post(f"/products/{product.id}/workflows", data=sent).status_code == 302
    workflow = db.session.scalars(select(Workflow)).one()
    assert (workflow.product, workflow.service, workflow.part) == (product, None, product)
    assert "Plan eerst een afspraak" in tab(as_assistant, dossier)
    make_appointment(dossier, adviser, assistant)
    answer = as_assistant.post(f"/workflows/{workflow.id}/advance", data={"step": "plan", "round": 1})
    assert answer.location.endswith(f"#product-{product.id}")
    db.session.refresh(workflow)
    assert workflow.step == "confirm" and "Afspraak op" in tab(as_assistant, dossier)


def test_nothing_is_started_under_a_dienst_then_and_what_ran_goes_on(
    dossier, service, product, assistant, as_assistant, admin
):
    workflow = operations.start(service, "orientation", assistant)
    settings.change("dossiers", {"works_with": "products"}, admin)
    records.commit()
    page = tab(as_assistant, dossier)
    assert f"/services/{service.id}/workflows" not in page and f"/products/{product.id}/workflows" in page
    assert f'id="workflow-{workflow.id}"' in page
    assert as_assistant.post(f"/workflows/{workflow.id}/stop").status_code == 302
    assert as_assistant.post(f"/workflows/{workflow.id}/resume").status_code == 302
    with pytest.raises(Refused, match="hoort niet bij"):
        operations.start(service, "orientation", assistant)


def test_an_office_with_diensten_starts_none_under_a_product(dossier, product, assistant, as_assistant):
    page = tab(as_assistant, dossier)
    assert f"/products/{product.id}/workflows" not in page and "is er geen workflow" not in page
    with pytest.raises(Refused, match="hoort niet bij"):
        operations.start(product, "orientation", assistant)


def test_a_product_with_a_running_workflow_stays(with_products, product, assistant):
    operations.start(product, "application", assistant)
    with pytest.raises(Refused, match="Hieronder loopt"):
        dossiers.remove(product, assistant)


def test_only_workflows_for_this_kind_of_product_are_offered(with_products, dossier, product, assistant):
    assert {one.key for one in queries.startable(product)} == {"orientation", "application", "aftercare"}
    life = dossiers.save_product(dossier, {"product_kind": "life_insurance", "provider": "V"}, assistant)
    assert [one.key for one in queries.startable(life)] == ["orientation"]


def test_users_of_another_vestiging_see_no_workflow_of_a_product(with_products, product, assistant, stranger):
    workflow = operations.start(product, "orientation", assistant)
    assert records.find(records.ref(workflow), assistant) is workflow
    assert records.find(records.ref(workflow), stranger) is None
