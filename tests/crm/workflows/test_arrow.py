"""The workflow arrow: each step once, in turn; stop, go on, bring up to date."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from crm import records
from crm.activities.models import Task
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.mail.models import Message
from crm.records import Refused
from crm.workflows import operations, queries
from crm.workflows.definitions import Step
from crm.workflows.models import Workflow, WorkflowStep
from tests.crm.dossiers.conftest import make_appointment


@pytest.fixture
def workflow(service, assistant):
    made = operations.start(service, "orientation", assistant)
    records.commit()
    return made


@pytest.fixture
def today(app, monkeypatch):
    """What the definitions of today are; a test puts others in it."""
    found = dict(queries.current_definitions())
    monkeypatch.setitem(app.extensions, "crm.workflow_definitions", found)
    return found


def tab(client, dossier):
    return client.get(f"/dossiers/{dossier.id}?tab=holdings").text


def arrow(client, workflow, step, round=1, **more):
    return client.post(f"/workflows/{workflow.id}/advance", data={"step": step, "round": round, **more})


def rows():
    return db.session.scalars(select(WorkflowStep).order_by(WorkflowStep.id)).unique().all()


def with_address(dossier):
    person = dossier.relation
    person.email, person.title = "sanne@voorbeeld.nl", "ms"
    records.save(person, None)
    records.commit()


def test_started_once_under_the_dienst_from_the_page(dossier, service, as_assistant):
    assert "Oriëntatiegesprek" in tab(as_assistant, dossier) and "Workflow starten" in tab(as_assistant, dossier)
    for _ in range(2):
        answer = as_assistant.post(f"/services/{service.id}/workflows", data={"key": "orientation"})
        assert answer.status_code == 302
    workflow = db.session.scalars(select(Workflow)).one()
    page = tab(as_assistant, dossier)
    assert "Plan eerst een afspraak met Nieuw event." in page and f"/workflows/{workflow.id}/advance" not in page
    assert "Workflow Oriëntatiegesprek gestart" in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_each_arrow_does_its_step_and_says_so_in_the_feed(dossier, workflow, adviser, assistant, as_assistant, branch):
    branch.phone, branch.street, branch.city = "+31302345678", "Maliebaan 1", "Utrecht"
    records.save(branch, None)
    with_address(dossier)
    make_appointment(dossier, adviser, assistant)
    for step in ("plan", "confirm", "intake", "call_back"):
        assert workflow.next_step.key == step
        assert arrow(as_assistant, workflow, step).status_code == 302
        db.session.refresh(workflow)
    assert workflow.status == "done" and dossier.status == "intake"
    assert db.session.scalars(select(Message)).unique().one().status == "queued"
    task = db.session.scalars(select(Task)).unique().one()
    assert (task.title, task.status) == ("Klant nabellen", "done")
    feed = as_assistant.get(f"/dossiers/{dossier.id}").text
    assert "Oriëntatiegesprek: Bevestiging sturen" in feed and "Klant nabellen is gereed" in feed
    page = tab(as_assistant, dossier)
    assert "klaar" in page and "Marieke Bakker" in page


def test_the_same_arrow_twice_has_one_effect(dossier, workflow, adviser, assistant, as_assistant):
    make_appointment(dossier, adviser, assistant)
    first = arrow(as_assistant, workflow, "plan", once="same")
    again = [arrow(as_assistant, workflow, "plan", once="same"), arrow(as_assistant, workflow, "plan", once="other")]
    assert {answer.location for answer in again} == {first.location} and len(rows()) == 1
    db.session.refresh(workflow)
    assert workflow.step == "confirm"


def test_a_step_that_fails_leaves_nothing(dossier, workflow, adviser, assistant, as_assistant):
    assert arrow(as_assistant, workflow, "plan").status_code == 409
    make_appointment(dossier, adviser, assistant)
    arrow(as_assistant, workflow, "plan")
    answer = arrow(as_assistant, workflow, "confirm")
    assert answer.status_code == 409 and "e-mailadres" in answer.text
    assert [row.step for row in rows()] == ["plan"] and not db.session.scalars(select(Message)).unique().all()


def test_steps_out_of_turn_are_refused(dossier, workflow, adviser, assistant, as_assistant):
    make_appointment(dossier, adviser, assistant)
    for step, round, said in (
        ("call_back", 1, "niet aan de beurt"),
        ("plan", 2, "nog een keer"),
        ("x", 1, "is er niet"),
    ):
        answer = arrow(as_assistant, workflow, step, round)
        assert answer.status_code == 409 and said in answer.text
    assert not rows()


def test_a_repeatable_step_is_taken_again_once_per_round(dossier, assistant, as_assistant, adviser):
    with_address(dossier)
    dossier.adviser, dossier.adviser_id = adviser, adviser.id
    records.save(dossier, None)
    dossier.branch.phone = "+31302345678"
    records.save(dossier.branch, None)
    service = dossiers.save_service(dossier, {"service_kind": "aftercare"}, assistant)
    workflow = operations.start(service, "aftercare", assistant)
    records.commit()
    assert arrow(as_assistant, workflow, "ask").status_code == 302
    assert "Nogmaals" in tab(as_assistant, dossier)
    for _ in range(2):
        assert arrow(as_assistant, workflow, "ask", 2).status_code == 302
    assert [(row.step, row.round) for row in rows()] == [("ask", 1), ("ask", 2)]
    assert arrow(as_assistant, workflow, "call").status_code == 302
    assert "Klant bellen over nazorg" in [task.title for task in db.session.scalars(select(Task)).unique()]


def test_stopped_and_started_again(dossier, workflow, service, adviser, assistant, as_assistant):
    make_appointment(dossier, adviser, assistant)
    as_assistant.post(f"/workflows/{workflow.id}/stop")
    assert "gestopt" in tab(as_assistant, dossier)
    answer = arrow(as_assistant, workflow, "plan")
    assert answer.status_code == 409 and "Start hem eerst weer" in answer.text
    as_assistant.post(f"/workflows/{workflow.id}/resume")
    assert arrow(as_assistant, workflow, "plan").status_code == 302


def test_a_dienst_with_a_running_workflow_stays(workflow, service, as_assistant):
    answer = as_assistant.post(f"/services/{service.id}/remove")
    assert answer.status_code == 409 and "Stop die eerst" in answer.text
    as_assistant.post(f"/workflows/{workflow.id}/stop")
    assert as_assistant.post(f"/services/{service.id}/remove").status_code == 302


def test_not_started_in_a_closed_dossier_or_under_another_dienst(dossier, service, assistant):
    with pytest.raises(Refused, match="hoort niet bij"):
        operations.start(service, "aftercare", assistant)
    dossiers.change_status(dossier, "cancelled", assistant, "Klant wil niet")
    with pytest.raises(Refused, match="afgesloten"):
        operations.start(service, "orientation", assistant)


def test_steps_that_are_not_for_this_dossier_are_passed_over(dossier, service, today, assistant):
    definition = today["orientation"]
    plan = replace(definition.steps[0], when={"profile": ["refinancer"]})
    today["orientation"] = replace(definition, steps=(plan, *definition.steps[1:]))
    assert operations.start(service, "orientation", assistant).next_step.key == "confirm"


@pytest.mark.requirement("U-021", side="crm")
def test_an_out_of_date_one_says_so_and_is_brought_up_to_date(
    dossier, workflow, today, adviser, assistant, as_assistant
):
    make_appointment(dossier, adviser, assistant)
    arrow(as_assistant, workflow, "plan")
    old = today["orientation"]
    extra = Step("note", "Route sturen", "core.create_task", "intake", options={"title": "Route sturen"})
    steps = {step.key: step for step in old.steps}
    confirm = replace(steps["confirm"], title="Bevestiging mailen", next="note")
    today["orientation"] = replace(old, version=2, steps=(steps["plan"], confirm, extra, steps["intake"]))
    assert workflow.next_step.title == "Bevestiging sturen"
    page = tab(as_assistant, dossier)
    assert "Deze workflow is verouderd: versie 1, nieuw is 2." in page and "Bijwerken" in page
    page = as_assistant.get(f"/workflows/{workflow.id}/update").text
    for text in ("Nieuw: Route sturen", "Vervalt: Klant nabellen", "Bevestiging sturen heet nu Bevestiging mailen"):
        assert text in page
    assert as_assistant.post(f"/workflows/{workflow.id}/update", data={"to": 3}).status_code == 409
    for _ in range(2):
        assert as_assistant.post(f"/workflows/{workflow.id}/update", data={"to": 2}).status_code == 302
    db.session.refresh(workflow)
    assert (workflow.definition_version, workflow.next_step.title) == (2, "Bevestiging mailen")
    assert [row.step for row in rows()] == ["plan"] and "verouderd" not in tab(as_assistant, dossier)


def test_a_finished_one_goes_on_when_steps_were_added(workflow, today, assistant):
    records.save_many(
        [WorkflowStep(workflow_id=workflow.id, step=step.key) for step in workflow.started_as.steps], None
    )
    workflow.status, workflow.step = "done", ""
    records.save(workflow, None)
    old = today["orientation"]
    extra = Step("note", "Route sturen", "core.create_task", options={"title": "Route sturen"})
    last = replace(old.steps[-1], next="note")
    today["orientation"] = replace(old, version=2, steps=(*old.steps[:-1], last, extra))
    operations.bring_up_to_date(workflow, 2, assistant)
    assert (workflow.status, workflow.next_step.key) == ("running", "note")


def test_an_action_whose_plugin_is_off_says_so(workflow, assistant):
    step = replace(workflow.next_step, action="vault.invite")
    assert "staat uit" in queries.why_not(workflow, step, assistant)


def test_another_vestiging_cannot_touch_it(workflow, service, client, stranger):
    from tests.conftest import log_in

    log_in(client, stranger)
    assert arrow(client, workflow, "plan").status_code == 404
    assert client.post(f"/services/{service.id}/workflows", data={"key": "orientation"}).status_code == 404
    assert client.get(f"/workflows/{workflow.id}/update").status_code == 404
