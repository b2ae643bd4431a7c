"""What workflows says to the house."""

from crm.access import Permission
from crm.dossiers.models import Product, Service
from crm.hookspecs import impl
from crm.records import Kind
from crm.texts import N_
from crm.ui import Panel
from crm.workflows import actions, operations, queries, views
from crm.workflows.models import STATUSES, Workflow, WorkflowStep


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("workflows.run", "Workflows starten en stappen zetten")]


@impl
def record_kinds():
    return [
        Kind(
            "workflow",
            Workflow,
            queries.visible_workflows,
            lambda one: one.title,
            label=N_("Workflow"),
            icon="route",
            labels={"definition_key": N_("Workflow"), "definition_version": N_("Versie")},
            choices={"definition_key": workflow_titles, "step": step_titles, "status": STATUSES},
        ),
        Kind(
            "workflow_step",
            WorkflowStep,
            queries.visible_steps,
            lambda step: step.step,
            label=N_("Workflowstap"),
            labels={"workflow_id": N_("Workflow"), "round": N_("Ronde"), "outcome": N_("Uitkomst")},
            choices={"step": step_titles},
        ),
    ]


def workflow_titles():
    """What each workflow is called, for its history."""
    return {one.key: one.title for one in queries.current_definitions().values()}


def step_titles():
    """What each step is called; those of one key in several workflows are the same step."""
    return {step.key: step.title for one in queries.current_definitions().values() for step in one.steps}


@impl
def workflow_actions():
    return actions.core_actions()


@impl
def panels(subject, user, place):
    if place != "under" or not isinstance(subject, Service | Product):
        return []
    return [Panel("workflows", "Workflows", "workflows/_under.html", lambda: views.under(subject), weight=10)]


@impl
def before_save(changes, user):
    """A dienst or product with a running workflow stays."""
    for change in changes:
        if change.kind in ("service", "product") and change.action == "delete":
            operations.refuse_running(change.record)
