"""Verbs of service requests: take one in, link it, turn it into a client, close it."""

from collections.abc import Mapping
from typing import Any

from crm.accounts.models import Branch, User
from crm.accounts.queries import colleague
from crm.activities.models import Appointment
from crm.db import utcnow
from crm.dossiers.models import Dossier
from crm.feed.operations import post
from crm.formats import local, short_date
from crm.mail import operations as mail
from crm.mail.models import Message
from crm.mail.placeholders import recipients
from crm.mail.queries import ANY, best, form_of, office_templates
from crm.records import Refused, check_version, lock, save
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.service_requests.models import ServiceRequest
from crm.service_requests.typed import LABELS, STATUSES, TOPICS, TRANSITIONS, full_name, person, problems
from crm.texts import gettext as _
from crm.texts import said
from crm.ui import AppointmentOption

RECEIVED = "service_request_received"


class Unanswerable(Refused):
    """Answers that can't be right; `problems` maps a question to a Dutch sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(f"{said(LABELS[name])}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def receive(
    values: Mapping[str, str],
    consent_text: str,
    branch: Branch,
    user: User | None = None,
    channel: str = "web",
    assigned_to: User | None = None,
) -> ServiceRequest:
    """A new request. `values` are the answers as typed ({field of LABELS: text}) and kept as such.

    `consent_text` is what the client agreed to, empty when nobody was asked (a call); `assigned_to` handles it. Raises
    Refused when there is no name or no way to answer.
    """
    typed = {name: text for name in LABELS if (text := values.get(name) or "")}
    if found := problems(typed):
        raise Unanswerable(found)
    tidied = person(typed)
    request: ServiceRequest = save(
        ServiceRequest(
            topic="other" if typed.get("profile") == "other" else "orientation",
            channel=channel,
            name=full_name(tidied),
            email=tidied["email"],
            phone=tidied["phone"],
            postal_code=tidied["postal_code"],
            message=typed.get("message", ""),
            typed=typed,
            consent_text=consent_text,
            consent_at=utcnow() if consent_text else None,
            branch=branch,
            assigned_to=assigned_to,
            assigned_to_id=assigned_to.id if assigned_to else None,
        ),
        user,
    )
    if channel == "web":
        acknowledge(request)
    return request


def acknowledge(request: ServiceRequest) -> Message | None:
    """Mail the client that the request came in; None without an address, a template, or something the text needs."""
    form = form_of(recipients(request))
    template = best(office_templates(RECEIVED), RECEIVED, form, ANY)
    if not request.email or template is None:
        return None
    draft = mail.compose(request, template, None)
    return None if draft.problems else mail.queue(draft, None)


def edit(request: ServiceRequest, values: Mapping[str, Any], user: User, version: int | None) -> ServiceRequest:
    """Change topic, vestiging, who handles it and status (O-077) in one go. Raises Refused and Conflict.

    `values`: topic, branch, status, reason; `assigned_to_id`, when it is there, is a colleague's id or None.
    """
    check_version(request, version)
    if values["topic"] not in TOPICS:
        raise Refused("Kies een onderwerp uit de lijst.")
    if values["branch"].id != request.branch_id and values["branch"].id not in user.branch_ids:
        raise Refused("Kies een vestiging waar u zelf bij hoort.")
    handler_id = values.get("assigned_to_id", request.assigned_to_id)
    handler = request.assigned_to if handler_id == request.assigned_to_id else colleague(handler_id, user)
    request.topic, request.branch = values["topic"], values["branch"]
    hand_to(request, handler, user)
    if values["status"] != request.status:
        return change_status(request, values["status"], user, values["reason"])
    saved: ServiceRequest = save(request, user)
    return saved


def hand_to(request: ServiceRequest, person: User | None, _user: User) -> None:
    """Put who handles the request in it, unsaved; both sides of the link say the same at once."""
    request.assigned_to, request.assigned_to_id = person, person.id if person else None


def change_status(request: ServiceRequest, to: str, user: User | None, reason: str = "") -> ServiceRequest:
    """Move a request along domain.md §5.2; vervallen and opening again need a reason. Raises Refused."""
    if to == request.status:
        return request
    if to not in TRANSITIONS[request.status]:
        raise Refused("De status kan niet van %(status)s naar %(to)s.", status=request.status_title, to=STATUSES[to])
    again = request.status == "done"
    if (to == "cancelled" or again) and not reason.strip():
        raise Refused("Schrijf op waarom.")
    request.status, request.closing_reason = to, reason.strip()
    saved: ServiceRequest = save(request, user)
    note(saved, f"Serviceaanvraag {'opnieuw ' if again else ''}op {STATUSES[to].lower()} gezet", user, reason.strip())
    return saved


def close(request: ServiceRequest, user: User, version: int | None = None) -> ServiceRequest:
    """Set a request to gereed; one that already is stays so. Raises Refused and Conflict."""
    check_version(request, version)
    return change_status(request, "done", user)


def create_client(
    request: ServiceRequest, values: Mapping[str, Any], user: User, partner: Mapping[str, Any] | Relation | None = None
) -> Relation:
    """*Maak klant aan* (O-020): a relation, with the partner, from a request; a second click gives the first's.

    `values` and `partner` as for relations.operations.create. Raises relations.operations.Unfit and Refused.
    """
    held: ServiceRequest = lock(ServiceRequest, request.id)
    if held.relation is not None:
        return held.relation
    relation = relations.create(values, user, partner)
    link(held, relation, user)
    return relation


def link(request: ServiceRequest, relation: Relation, user: User) -> ServiceRequest:
    """Say whose request this is; an open one is then in behandeling. Raises Refused when it is somebody else's."""
    held: ServiceRequest = lock(ServiceRequest, request.id)
    if held.relation_id == relation.id:
        return held
    if held.relation_id:
        raise Refused("Deze serviceaanvraag hoort al bij een andere relatie.")
    held.relation = relation
    if held.status == "open":
        held.status = "in_progress"
    held.relation_id = relation.id
    saved: ServiceRequest = save(held, user)
    note(saved, "Serviceaanvraag gekoppeld", user)
    return saved


def link_dossier(request: ServiceRequest, dossier: Dossier, user: User) -> ServiceRequest:
    """Say in which dossier this request is handled. Raises Refused when it is one of other people."""
    if request.relation_id not in (dossier.relation_id, dossier.partner_id):
        raise Refused("Dit dossier is niet van de relatie van deze serviceaanvraag.")
    request.dossier = dossier
    saved: ServiceRequest = save(request, user)
    return saved


def link_appointment(request: ServiceRequest, appointment: Appointment, user: User) -> ServiceRequest:
    """Say which appointment came of this request; an open one is then in behandeling."""
    request.appointment_id = appointment.id
    if request.dossier_id is None and appointment.subject_kind == Dossier.kind:
        request.dossier_id = appointment.subject_id
    if request.status == "open":
        request.status = "in_progress"
    saved: ServiceRequest = save(request, user)
    return saved


def close_after(request: ServiceRequest, appointment: Appointment, user: User) -> None:
    """The appointment was planned because of this request: link it and set it to gereed (O-076). Raises Refused."""
    link_appointment(request, appointment, user)
    close(request, user)


def close_option(request: ServiceRequest) -> AppointmentOption:
    """The tick that sets a request to gereed when its appointment is saved; never preselected (O-076)."""
    return AppointmentOption(
        f"close_request:{request.id}",
        _("Serviceaanvraag van %(date)s op gereed zetten", date=short_date(local(request.created_at).date())),
        lambda appointment, user: close_after(request, appointment, user),
    )


def note(request: ServiceRequest, text: str, user: User | None, detail: str = "") -> None:
    """Tell it in the feed of the request, of the client, and of the dossier when there is one."""
    subjects = [("service_request", request.id), ("relation", request.relation_id), ("dossier", request.dossier_id)]
    for kind, id in subjects:
        if id:
            post((kind, id), "service_request", user, text, request_id=request.id, detail=detail)
