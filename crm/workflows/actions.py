"""What the core itself offers to the steps of a workflow."""

from collections.abc import Mapping
from typing import Any

from crm.activities import office
from crm.activities import operations as activities
from crm.activities import queries as agenda
from crm.dossiers import operations as dossiers
from crm.dossiers import queries, status_path, statuses
from crm.dossiers.models import Dossier, Part
from crm.formats import day_label, local, short_date, today
from crm.mail import operations as mail
from crm.mail import placeholders
from crm.mail import queries as templates
from crm.mail.purposes import purposes
from crm.records import Refused, ref
from crm.texts import N_, said
from crm.workflows import WorkflowAction

NO_APPOINTMENT = N_("Plan eerst een afspraak met Nieuw event.")
ASKED = {status_path.REASON, status_path.CONFIRMATION, status_path.ASSISTANT}


def core_actions() -> list[WorkflowAction]:
    """The actions of the core."""
    return [
        WorkflowAction("core.check_appointment", "Nagaan dat er een afspraak is", check_appointment, needs_appointment),
        WorkflowAction("core.send_mail", "E-mail sturen", send_mail, mail_ready, mail_options),
        WorkflowAction("core.change_status", "Status wijzigen", change_status, status_ready, status_options),
        WorkflowAction("core.create_task", "Taak maken", create_task, check=task_options),
        WorkflowAction("core.complete_task", "Taak afronden", complete_task, check=complete_options),
    ]


def needs_appointment(part: Part, *_asked: Any) -> str:
    """Why not: there is no appointment."""
    return "" if part.dossier.open_appointments else said(NO_APPOINTMENT)


def check_appointment(part: Part, _workflow: Any, _step: Any, _user: Any) -> str:
    """Nothing but look: the appointment is planned in the feed. Raises Refused when it is not."""
    appointment = queries.open_appointment(part.dossier)
    if appointment is None:
        raise Refused(NO_APPOINTMENT)
    starts = local(appointment.starts_at)
    return f"Afspraak op {day_label(starts.date())} om {starts:%H.%M} uur"


# --- E-mail --------------------------------------------------------------------------------------------------


def mail_options(options: Mapping[str, Any]) -> str:
    """What is wrong with these options: one of a purpose mail knows and a template's name."""
    if set(options) not in ({"purpose"}, {"template"}):
        return "options moet purpose of template hebben, en niets anders"
    if "purpose" in options and options["purpose"] not in purposes():
        return f"onbekende purpose {options['purpose']!r}; bekend: {', '.join(sorted(purposes()))}"
    return ""


def mail_ready(part: Part, _workflow: Any, step: Any, _user: Any) -> str:
    """Why not: no address, or no appointment for a mail that is about one."""
    dossier = part.dossier
    if not any(person.email for person in dossier.applicants):
        return said(
            N_("Van %(name)s is geen e-mailadres bekend. Vul het eerst in bij de relatie."), name=dossier.relation.name
        )
    about_appointment = str(step.options.get("purpose", "")).startswith("appointment")
    return said(NO_APPOINTMENT) if about_appointment and not dossier.open_appointments else ""


def send_mail(part: Part, _workflow: Any, step: Any, user: Any) -> str:
    """Queue the office's mail for a purpose, or the template with a name, in the form of the client."""
    dossier = part.dossier
    appointment = queries.open_appointment(dossier)
    template = template_for(dossier, appointment, step.options, user)
    message = mail.queue(mail.compose(dossier, template, user, appointment), user)
    return f"{template.name} gaat naar {message.to}"


def template_for(dossier: Dossier, appointment: Any, options: Mapping[str, Any], user: Any) -> Any:
    """The variant of the wanted template that fits the client and the place of the talk. Raises Refused."""
    form, place = templates.form_of(placeholders.recipients(dossier)), templates.place_of(appointment)
    if purpose := options.get("purpose"):
        found = templates.best(templates.office_templates(purpose), purpose, form, place)
    else:
        named = [one for one in templates.templates(user) if one.name == options["template"]]
        found = next(iter(templates.choices(named, form, place)), None)
    if found is None:
        raise Refused(
            "Er is geen sjabloon voor %(use)s.", use=options.get("template") or purposes()[options["purpose"]]
        )
    return found


# --- Status --------------------------------------------------------------------------------------------------


def status_options(options: Mapping[str, Any]) -> str:
    """What is wrong with these options: a status of the path."""
    known = [one.key for one in status_path.starting_path().on_path()]
    if set(options) != {"to"} or options["to"] not in known:
        return f"options.to moet een status van het pad zijn: {', '.join(known)}"
    return ""


def is_past(dossier: Dossier, to: str) -> bool:
    """Is the dossier in this status already, or further on?"""
    return dossier.status == to or statuses.current().is_ahead(to, dossier.status)


def is_off(to: str) -> bool:
    """Did the office switch this status off?"""
    status = statuses.current().get(to)
    return status is None or not status.is_active


def status_ready(part: Part, _workflow: Any, step: Any, user: Any) -> str:
    """Why not: no such step, or one that asks what an arrow cannot give."""
    dossier, to = part.dossier, step.options["to"]
    if is_past(dossier, to) or is_off(to):
        return ""
    takes, title = statuses.current().needs(dossier.status, to), statuses.title(to)
    if takes is None:
        return said(N_("Van %(status)s kan de status niet naar %(to)s."), status=dossier.status_title, to=title)
    if takes & ASKED:
        return said(N_("Zet de status op het dossier zelf op %(to)s: daarbij wordt nog iets gevraagd."), to=title)
    return dossiers.why_not(takes, user, queries.current(dossier.open_appointments))


def change_status(part: Part, _workflow: Any, step: Any, user: Any) -> str:
    """Set the dossier's status, unless it is there or further already, or the office does without that status."""
    dossier, to = part.dossier, step.options["to"]
    if is_past(dossier, to):
        return f"Status was al {dossier.status_title}"
    if is_off(to):
        return f"Status {statuses.title(to)} is niet in gebruik; overgeslagen"
    dossiers.change_status(dossier, to, user)
    return f"Status is {statuses.title(to)}"


# --- Tasks ---------------------------------------------------------------------------------------------------


def task_options(options: Mapping[str, Any]) -> str:
    """What is wrong with these options: title, days and who gets the task."""
    if not set(options) <= {"title", "days", "assign"} or not options.get("title"):
        return "options moet title hebben, en mag days en assign hebben"
    if not isinstance(options.get("days", 0), int) or options.get("days", 0) < 0:
        return "options.days moet een aantal werkdagen zijn"
    wrong = options.get("assign", "adviser") not in ("adviser", "assistant")
    return "options.assign moet adviser of assistant zijn" if wrong else ""


def create_task(part: Part, _workflow: Any, step: Any, user: Any) -> str:
    """A task in the dossier for its adviser or assistent, due in so many working days."""
    dossier, options = part.dossier, step.options
    someone = getattr(dossier, options.get("assign", "adviser"))
    due_on = office.calendar().add(today(), options.get("days", 0))
    values = {"title": options["title"], "due_on": due_on, "assigned_to": someone, "branch": dossier.branch}
    activities.create_task(values, user, dossier)
    return f"Taak voor {someone.name if someone else 'de vestiging'}, {short_date(due_on)}"


def complete_options(options: Mapping[str, Any]) -> str:
    """What is wrong with these options: the kind of task and what people call it."""
    wanted = {"task_kind", "title"}
    return "" if set(options) == wanted and all(options.values()) else "options moet task_kind en title hebben"


def complete_task(part: Part, _workflow: Any, step: Any, user: Any) -> str:
    """Tick off the dossier's open task of a kind. Raises Refused when there never was one."""
    kind, title = step.options["task_kind"], step.options["title"]
    tasks = [task for task in agenda.tasks_of(ref(part.dossier)) if task.task_kind == kind]
    waiting = [task for task in tasks if task.status == "open"]
    if not tasks:
        raise Refused("Er is nog geen taak %(title)s in dit dossier.", title=title)
    for task in waiting[:1]:
        activities.complete(task, user)
    return f"{title} is gereed" if waiting else f"{title} was al gereed"
