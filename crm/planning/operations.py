"""Verbs of planning: the whole procedure in one transaction, a rehearsal of it, and undoing it as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.accounts.models import User
from crm.activities import operations as activities
from crm.activities.models import Appointment
from crm.db import db, utcnow
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from crm.dossiers.queries import why_not_reusable
from crm.mail import operations as mail
from crm.mail import placeholders
from crm.mail.markup import escape, escape_title, to_text
from crm.mail.models import Message
from crm.mail.operations import Draft
from crm.planning import queries, trail
from crm.planning.models import PlanningRun
from crm.records import Refused, lock, save
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.relations.queries import partner_of
from crm.service_requests import operations as service_requests
from crm.service_requests.models import ServiceRequest
from crm.texts import N_

CONFIRMATION = "appointment_confirmation"
CALL_BACK = "planning_call_back"


@dataclass
class Letter:
    """The confirmation as the planner has it before him: `seen` is the fingerprint of the proposal it came from."""

    title: str
    body: str
    seen: str


@dataclass
class Plan:
    """All that was chosen on the screen.

    `client`, `partner` and `dossier` are a record that is there or values for their room's `create`; `appointment`
    are values for activities.plan; `options` keys of its ticks, and CALL_BACK for the task Klant nabellen where the
    dossier is in intake already; `checked` says that a known client's data were gone through (O-029); of what was
    `typed` of a known client `parts` are taken over, unless he has another `version` by now. `letter` None sends
    nothing.
    """

    client: Relation | Mapping[str, Any]
    dossier: Dossier | Mapping[str, Any]
    appointment: Mapping[str, Any]
    partner: Relation | Mapping[str, Any] | None = None
    request: ServiceRequest | None = None
    options: frozenset[str] = frozenset()
    told: tuple[str, ...] = ()
    checked: bool = False
    typed: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    version: int | None = None
    letter: Letter | None = None


@dataclass
class Proposal:
    """What the confirmation will say. `title` and `body` may be adjusted; words of blocks stay in them as words.

    `text` is how a client reads it, `problems` why it can't go yet, `left_out` blocks nobody fills.
    """

    title: str
    body: str
    text: str
    to: str
    seen: str
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Changed(Refused):
    """The confirmation is no longer what the planner saw; `proposal` is what it would be now."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__(
            N_("De gegevens in de bevestiging zijn veranderd sinds u haar zag. Kijk haar na en plan opnieuw.")
        )
        self.proposal = proposal


def carry_out(plan: Plan, user: User) -> PlanningRun:
    """Steps 1.1 … 1.10 of the procedure, each as if it was done singly; all or nothing.

    Raises Refused (also relations' Unfit, activities' Warned, mail's Doubt) and Changed.
    """
    with db.session.begin_nested(), trail.following() as followed:
        appointment, dossier = make(plan, user)
        message = send(plan.letter, appointment, user) if plan.letter else None
        run = PlanningRun(
            made=followed.rows(),
            told=list(plan.told),
            dossier_id=dossier.id,
            appointment_id=appointment.id,
            message_id=message.id if message else None,
            user_id=user.id,
        )
    saved: PlanningRun = save(run, user)
    return saved


def make(plan: Plan, user: User) -> tuple[Appointment, Dossier]:
    """Everything but the mail."""
    client = whose(plan, user)
    dossier = which(plan, client, user)
    if plan.request:
        service_requests.link_dossier(plan.request, dossier, user)
    appointment = activities.plan(dict(plan.appointment), dossier, user, plan.options)
    if CALL_BACK in plan.options:
        activities.create_call_back(appointment, user)
    if plan.request:
        service_requests.link_appointment(plan.request, appointment, user)
    return appointment, dossier


def whose(plan: Plan, user: User) -> Relation:
    """The client with the partner: known or new, and whose request it was."""
    if not isinstance(plan.client, Relation):
        if plan.request:
            return service_requests.create_client(plan.request, plan.client, user, plan.partner)
        return relations.create(plan.client, user, plan.partner)
    relations.take_over(plan.client, plan.typed, plan.parts, user, plan.version)
    if plan.checked:
        relations.mark_checked(plan.client, user)
    if plan.request:
        service_requests.link(plan.request, plan.client, user)
    if plan.partner is not None:
        partner = plan.partner
        if not isinstance(partner, Relation):
            partner = relations.create(relations.living_with(plan.client, partner), user)
        relations.link_partner(plan.client, partner, user)
    return plan.client


def which(plan: Plan, client: Relation, user: User) -> Dossier:
    """The dossier: one that is there and may be used (O-044), or a new one. Raises Refused."""
    if not isinstance(plan.dossier, Dossier):
        return dossiers.create(client, dict(plan.dossier), user, partner_of(client))
    if client.id not in (plan.dossier.relation_id, plan.dossier.partner_id):
        raise Refused("Dit dossier is van iemand anders. Kies een dossier van deze klant.")
    if reason := why_not_reusable(plan.dossier):
        raise Refused(reason)
    return plan.dossier


def send(letter: Letter, appointment: Appointment, user: User) -> Message:
    """Queue the confirmation as the planner adjusted it. Raises Refused and Changed."""
    proposed, draft = propose(appointment, user)
    if proposed.seen != letter.seen:
        raise Changed(proposed)
    adjusted = mail.compose_for(
        appointment, CONFIRMATION, user, title=letter.title, body=letter.body, basis=draft.basis
    )
    return mail.queue(adjusted, user)


def rehearse(plan: Plan, user: User) -> Proposal:
    """Do it all, see what the confirmation says, and leave nothing. Raises what `carry_out` raises."""
    attempt = db.session.begin_nested()
    try:
        appointment, _dossier = make(plan, user)
        return propose(appointment, user)[0]
    finally:
        attempt.rollback()


def propose(appointment: Appointment, user: User) -> tuple[Proposal, Draft]:
    """The office's confirmation for this appointment: by form of address and place."""
    draft = mail.compose_for(appointment, CONFIRMATION, user)
    words = {name: word for name, word in draft.known.items() if not word.is_block}
    template = draft.template
    title = placeholders.fill(template.subject if template else "", words, escape_title)
    body = placeholders.fill_body(template.body if template else "", words, escape)
    text = to_text(placeholders.without_blocks(draft.body))
    seen = placeholders.digest(f"{title.text}\n{body.text}")
    return Proposal(title.text, body.text, text, draft.to, seen, draft.problems, draft.left_out), draft


def undo(run: PlanningRun, user: User) -> PlanningRun:
    """*Alles ongedaan maken*, as long as the mail waits; what somebody went on with stays (`kept` says so).

    Raises Refused when it is too late; undoing again changes nothing.
    """
    held: PlanningRun = lock(PlanningRun, run.id)
    if held.status == "undone":
        return held
    message = db.session.get(Message, held.message_id) if held.message_id else None
    if not queries.can_undo(held, message):
        raise Refused("De bevestiging is al verstuurd. Ongedaan maken kan niet meer: annuleer of verzet de afspraak.")
    others = trail.touched(held.made)
    if message:
        mail.undo(message, user)
    held.kept = trail.take_back(held.made, others, user)
    held.status, held.undone_at = "undone", utcnow()
    saved: PlanningRun = save(held, user)
    return saved
