"""Questions about workflows: what there is, what runs under a dienst, whether it is out of date."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm import paths
from crm.accounts.models import User
from crm.db import db
from crm.dossiers.catalogue import catalogue
from crm.dossiers.models import Dossier, Part, Product, Service
from crm.dossiers.queries import in_sight
from crm.host import by_name, hook, once_per_app
from crm.settings import setting
from crm.texts import N_, said
from crm.workflows import WorkflowAction, definitions
from crm.workflows.definitions import Definition
from crm.workflows.models import Workflow, WorkflowStep

log = logging.getLogger(__name__)


def actions() -> dict[str, WorkflowAction]:
    """What steps can do, by key; asked once, at the start."""

    def collect() -> dict[str, WorkflowAction]:
        return by_name(hook.workflow_actions, "workflow action", lambda action: action.key)

    return once_per_app("crm.workflow_actions", collect)


def current_definitions() -> dict[str, Definition]:
    """Every definition that can be started, by key; those of a plugin that is off are left out.

    Read and checked once, at the start. Raises DefinitionError.
    """

    def collect() -> dict[str, Definition]:
        found = {}
        for definition in definitions.read(paths.content() / "workflows"):
            if absent := absent_offerers(definition):
                log.info("workflow %s needs what is switched off: %s", definition.key, ", ".join(sorted(absent)))
                continue
            lists = catalogue()
            definitions.check_actions(definition, actions(), lists["service_kinds"], lists["product_kinds"])
            found[definition.key] = definition
        return found

    return once_per_app("crm.workflow_definitions", collect)


def absent_offerers(definition: Definition) -> set[str]:
    """Who would have to offer this definition's actions and offers none at all: plugins that are off."""
    offering = {offerer(key) for key in actions()}
    return {offerer(step.action) for step in definition.steps} - offering


def offerer(key: str) -> str:
    """Who offers an action: "vault" of "vault.invite"."""
    return key.partition(".")[0]


def has_workflows(part: Part) -> bool:
    """Does the office start workflows under this: a dienst, or a product where it works with those (U-009)?"""
    return isinstance(part, Product) == (setting("dossiers.works_with") == "products")


def startable(part: Part) -> list[Definition]:
    """The definitions for this kind of dienst or product, by title."""
    if not has_workflows(part):
        return []
    fitting = (one for one in current_definitions().values() if is_for(one, part))
    return sorted(fitting, key=lambda definition: definition.title)


def is_for(definition: Definition, part: Part) -> bool:
    """Is this definition for this kind of dienst or product?"""
    if isinstance(part, Product):
        return part.product_kind in definition.product_kinds
    return part.service_kind in definition.service_kinds


def visible_workflows(user: User) -> Select[Workflow]:
    """Workflows of dossiers this user may see."""
    return select(Workflow).join(Workflow.dossier).where(in_sight(user))


def visible_steps(user: User) -> Select[WorkflowStep]:
    """Steps of workflows this user may see."""
    mine = visible_workflows(user).with_only_columns(Workflow.id)
    return select(WorkflowStep).where(WorkflowStep.workflow_id.in_(mine))


def workflows_of(dossier: Dossier) -> Sequence[Workflow]:
    """Every workflow of a dossier the caller was allowed to load, with its steps, oldest first, in one statement."""
    query = select(Workflow).where(Workflow.dossier_id == dossier.id)
    query = query.options(joinedload(Workflow.steps)).order_by(Workflow.id)
    return db.session.scalars(query).unique().all()


def running(part: Part, key: str = "") -> Workflow | None:
    """A workflow that runs under this dienst or product, of this definition when one is named."""
    column = Workflow.service_id if isinstance(part, Service) else Workflow.product_id
    query = select(Workflow).where(column == part.id, Workflow.status == "running")
    if key:
        query = query.where(Workflow.definition_key == key)
    return db.session.scalars(query.limit(1)).first()


def steps_of(workflow: Workflow) -> Sequence[WorkflowStep]:
    """The steps that were taken, asked anew, first one first."""
    query = select(WorkflowStep).where(WorkflowStep.workflow_id == workflow.id).order_by(WorkflowStep.id)
    return db.session.scalars(query).unique().all()


def newer(workflow: Workflow) -> Definition | None:
    """The definition of today when it is newer than the one this workflow was started with (U-021)."""
    definition = current_definitions().get(workflow.definition_key)
    return definition if definition and definition.version > workflow.definition_version else None


def why_not(workflow: Workflow, step: definitions.Step, user: User) -> str:
    """The reason the arrow cannot take this step now; empty when it can. Asks the database nothing."""
    action = actions().get(step.action)
    if action is None:
        return said(
            N_("De actie %(action)s is er nu niet: het onderdeel dat haar aanbiedt staat uit."), action=step.action
        )
    if not workflow.dossier.is_open:
        return said(N_("Het dossier is afgesloten."))
    return action.ready(workflow.part, workflow, step, user)


def ways_out(workflow: Workflow, step: definitions.Step, user: User) -> Sequence[tuple[str, str]]:
    """(label, address) of the pages where the reason of `why_not` is mended."""
    action = actions().get(step.action)
    return action.mend(workflow.part, workflow, step, user) if action and workflow.dossier.is_open else ()


@dataclass(frozen=True)
class Difference:
    """What bringing a workflow up to date changes."""

    added: list[str]
    gone: list[str]
    renamed: list[tuple[str, str]]
    next_title: str


def difference(workflow: Workflow, definition: Definition) -> Difference:
    """Steps that come, go and are called otherwise, and the step that is next then."""
    old, new = ({step.key: step for step in one.steps} for one in (workflow.started_as, definition))
    step = definition.from_here(place_in(workflow, definition), workflow.dossier)
    return Difference(
        [one.title for key, one in new.items() if key not in old],
        [one.title for key, one in old.items() if key not in new],
        [(old[key].title, one.title) for key, one in new.items() if key in old and old[key].title != one.title],
        step.title if step else "",
    )


def place_in(workflow: Workflow, definition: Definition) -> str:
    """Where a workflow goes on in another version: at its own step, else at the first that was not taken; "" is the
    end."""
    if definition.step(workflow.step):
        return workflow.step
    taken = {step.step for step in steps_of(workflow)}
    return next((step.key for step in definition.steps if step.key not in taken), "")
