"""Verbs of workflows: start, take a step, stop, go on, bring up to date."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.accounts.models import User
from crm.db import db
from crm.dossiers.models import Part, Service
from crm.feed.operations import post
from crm.records import Refused, ref, save
from crm.texts import N_
from crm.workflows import queries
from crm.workflows.definitions import Definition, Step
from crm.workflows.models import Workflow, WorkflowStep


def start(part: Part, key: str, user: User) -> Workflow:
    """Start a workflow under a dienst, or a product in an office that works with those (U-009); one that runs already
    is given back. Raises Refused."""
    definition = next((one for one in queries.startable(part) if one.key == key), None)
    if definition is None:
        raise Refused("Deze workflow hoort niet bij %(part)s.", part=part.title)
    if not part.dossier.is_open:
        raise Refused("Het dossier is afgesloten. Heropen het eerst.")
    model = type(part)
    db.session.execute(select(model.id).where(model.id == part.id).with_for_update())
    if already := queries.running(part, key):
        return already
    workflow = Workflow(
        definition_key=key,
        definition_version=definition.version,
        definition=definition.as_data(),
        step=definition.steps[0].key,
        dossier=part.dossier,
        dossier_id=part.dossier_id,
    )
    hang(workflow, part)
    save(workflow, user)
    tell(workflow, "started", user, N_("Workflow %(title)s gestart"))
    return workflow


def hang(workflow: Workflow, part: Part) -> None:
    """Put a workflow under a dienst or a product."""
    if isinstance(part, Service):
        workflow.service, workflow.service_id = part, part.id
    else:
        workflow.product, workflow.product_id = part, part.id


def advance(workflow: Workflow, step_key: str, round: int, user: User) -> str:
    """The workflow arrow: take this step, once however often it is clicked; gives what came of it.

    The row of the step is written first, in the same transaction as its effects: whoever comes second finds it and
    does nothing. `round` is 1, and higher for taking a repeatable step again. Raises Refused.
    """
    hold(workflow)
    if earlier := taken(workflow, step_key, round):
        return earlier.outcome
    step = step_to_take(workflow, step_key, round)
    row = WorkflowStep(workflow_id=workflow.id, step=step.key, round=round, user=user, user_id=user.id)
    try:
        with db.session.begin_nested():
            save(row, user)
    except IntegrityError:
        earlier = taken(workflow, step_key, round)
        return earlier.outcome if earlier else ""
    if refusal := queries.why_not(workflow, step, user):
        raise Refused(refusal)
    row.outcome = queries.actions()[step.action].run(workflow.part, workflow, step, user)
    save(row, user)
    if round == 1:
        go_on(workflow, step, user)
    tell(workflow, "step", user, N_("%(title)s: %(step)s"), row.outcome, step=step.title)
    return row.outcome


def hold(workflow: Workflow) -> None:
    """Nobody else takes a step of this workflow until the transaction ends; what somebody just did is read again."""
    current = db.session.scalar(select(Workflow.version).where(Workflow.id == workflow.id).with_for_update())
    if current != workflow.version:
        db.session.refresh(workflow)


def taken(workflow: Workflow, step_key: str, round: int) -> WorkflowStep | None:
    """The row of a step that was taken in this round."""
    query = select(WorkflowStep).where(WorkflowStep.workflow_id == workflow.id, WorkflowStep.step == step_key)
    return db.session.scalars(query.where(WorkflowStep.round == round)).unique().first()


def step_to_take(workflow: Workflow, step_key: str, round: int) -> Step:
    """The step when it is this one's turn, or when it may be taken again. Raises Refused."""
    if workflow.status == "stopped":
        raise Refused("Deze workflow is gestopt. Start hem eerst weer.")
    step = workflow.started_as.step(step_key)
    if step is None:
        raise Refused("Deze stap is er niet in deze workflow.")
    if round > 1:
        if not step.repeatable or taken(workflow, step_key, round - 1) is None:
            raise Refused("%(step)s kan niet nog een keer.", step=step.title)
        return step
    now = workflow.next_step
    if now is None or now.key != step_key:
        title = now.title if now else N_("het einde")
        raise Refused("%(step)s is niet aan de beurt: de workflow is bij %(now)s.", step=step.title, now=title)
    return step


def go_on(workflow: Workflow, step: Step, user: User) -> None:
    """Set the workflow to the step after this one, or to its end."""
    after = workflow.started_as.from_here(step.next, workflow.dossier)
    workflow.step = after.key if after else ""
    workflow.status = "running" if after else "done"
    save(workflow, user)


def stop(workflow: Workflow, user: User) -> None:
    """Stop a running workflow; a stopped one stays so. Raises Refused for one that is done."""
    hold(workflow)
    if workflow.status == "done":
        raise Refused("Deze workflow is al klaar.")
    if workflow.status == "running":
        workflow.status = "stopped"
        save(workflow, user)
        tell(workflow, "stopped", user, N_("Workflow %(title)s gestopt"))


def resume(workflow: Workflow, user: User) -> None:
    """Let a stopped workflow go on where it was. Raises Refused when another of its kind runs there."""
    hold(workflow)
    if workflow.status != "stopped":
        return
    if queries.running(workflow.part, workflow.definition_key):
        raise Refused(
            "Er loopt al een workflow %(title)s onder %(part)s.", title=workflow.title, part=workflow.part.title
        )
    workflow.status = "running"
    save(workflow, user)
    tell(workflow, "resumed", user, N_("Workflow %(title)s weer gestart"))


def bring_up_to_date(workflow: Workflow, version: int, user: User) -> None:
    """Go over to the newer definition; steps that were taken stay taken, and new ones wait their turn (U-021).

    `version` is the one the user was shown; doing it twice does nothing. Raises Refused when there is yet another.
    """
    hold(workflow)
    if workflow.definition_version == version:
        return
    definition = queries.newer(workflow)
    if definition is None or definition.version != version:
        raise Refused("Er is intussen een andere versie van deze workflow. Bekijk die eerst.")
    take_over(workflow, definition)
    save(workflow, user)
    tell(workflow, "updated", user, N_("Workflow %(title)s bijgewerkt naar versie %(version)s"), version=version)


def take_over(workflow: Workflow, definition: Definition) -> None:
    """Put the newer definition in, at the place where the workflow goes on; one at its end runs again for new steps."""
    step = definition.from_here(queries.place_in(workflow, definition), workflow.dossier)
    workflow.definition, workflow.definition_version = definition.as_data(), definition.version
    workflow.step = step.key if step else ""
    if workflow.status != "stopped":
        workflow.status = "running" if step else "done"


def tell(workflow: Workflow, what: str, user: User, text: str, detail: str = "", **values: Any) -> None:
    """Say in the dossier's feed what happened."""
    values = {"title": workflow.title, **values}
    post(ref(workflow.dossier), f"workflow.{what}", user, text, values, icon="arrow-right", detail=detail)


def refuse_running(part: Part) -> None:
    """Raises Refused when a workflow runs under a dienst or product that is about to be removed."""
    if found := queries.running(part):
        raise Refused("Hieronder loopt de workflow %(title)s. Stop die eerst.", title=found.title)
