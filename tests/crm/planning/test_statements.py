"""What the planning screen costs: the same few statements however much a client has behind him."""

import gc

import pytest

from crm import records
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.relations import operations as relations
from crm.service_requests import operations as service_requests
from tests.crm.planning.conftest import CLIENT, PARTNER

ADDRESS = "/planning/orientation"


@pytest.fixture
def busy_client(assistant, branch, dossier_values):
    """Makes a client with a partner, so many dossiers and so many requests; gives their ids."""

    def make(count, usable=True):
        relation = relations.create(CLIENT, assistant, dict(PARTNER))
        for _number in range(count):
            dossier = dossiers.create(relation, {**dossier_values, "confirmed": True}, assistant)
            if not usable:
                dossiers.change_status(dossier, "cancelled", assistant, reason="niet door")
            request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "Akkoord.", branch)
            service_requests.link(request, relation, assistant)
        records.commit()
        return {"relation": relation.id, "dossier": dossier.id, "request": request.id}

    return make


@pytest.fixture
def count(as_assistant, statements):
    """How many statements an answer takes when nothing is in memory yet."""

    def ask(method, address, **more):
        db.session.expunge_all()
        gc.collect()
        statements.clear()
        answer = getattr(as_assistant, method)(address, **more)
        assert answer.status_code == 200, answer.text
        return len(statements)

    return ask


@pytest.mark.parametrize("entry", ["relation", "dossier", "request"])
@pytest.mark.parametrize("usable", [True, False])
def test_a_known_client(count, busy_client, adviser, statements, entry, usable):
    few, many = busy_client(1, usable), busy_client(12, usable)
    count("get", ADDRESS)
    costs = [count("get", f"{ADDRESS}?{entry}={ids[entry]}") for ids in (few, many)]
    assert costs[0] == costs[1] <= 8, "\n".join(statements)


def test_a_new_client_with_a_request(count, branch, adviser, statements, known):
    request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "Akkoord.", branch)
    records.commit()
    address = f"{ADDRESS}?request={request.id}"
    count("get", ADDRESS)
    assert count("get", address) <= 8, "\n".join(statements)


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_the_steps_on_the_way(count, busy_client, adviser, branch, slot, statements, headers):
    few, many = busy_client(1), busy_client(12)
    half = {"adviser": str(adviser.id), "branch": str(branch.id), "place": "office", "do": "refresh"}
    moment = {"slot": slot.starts_at.isoformat()}
    count("get", ADDRESS)
    for step in (
        {"do": "search", "q": "06 41576326"},
        {"do": "new", "q": "06 41576326"},
        {"choose": "relation"},
        {"relation_id": "relation", "request_id": "request", "do": "clear"},
        {"relation_id": "relation", **half},
        {"relation_id": "relation", "request_id": "request", "dossier": "dossier", **half},
        {"new_client": "1", **half, **moment},
    ):
        costs = [
            count("post", ADDRESS, headers=headers, data={name: ids.get(text, text) for name, text in step.items()})
            for ids in (few, many)
        ]
        assert costs[0] == costs[1] <= 8, (step, "\n".join(statements))


def test_a_rehearsed_confirmation_costs_the_same_for_many_dossiers(
    count, busy_client, adviser, branch, slot, statements
):
    few, many = busy_client(1), busy_client(12)
    whole = {"adviser": str(adviser.id), "branch": str(branch.id), "place": "office", "send": "y", "do": "refresh"}
    whole |= {"slot": slot.starts_at.isoformat()}
    costs = [
        count("post", ADDRESS, data={**whole, "relation_id": ids["relation"], "dossier": ids["dossier"]})
        for ids in (few, many)
    ]
    assert costs[0] == costs[1], "\n".join(statements)
