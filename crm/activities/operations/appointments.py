"""Verbs of the agenda: appointments and absences."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from crm.accounts.models import User
from crm.activities import office, queries
from crm.activities.models import TOLD, Absence, Appointment
from crm.activities.operations.tasks import call_back_day, close, hold, person
from crm.activities.queries import Remark
from crm.db import db, utcnow
from crm.feed import operations as feed
from crm.formats import is_teams_link
from crm.records import Refused, check_version, discard, keep, save, save_many

TEXTS = ("category", "title", "description")


class Warned(Refused):
    """The adviser is not free, and the planner has not said that he wants it all the same."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__(" ".join(remark.text for remark in remarks))
        self.remarks = remarks


def plan(values: dict[str, Any], subject: Any, user: User | None, options: Collection[str] = ()) -> Appointment:
    """Put an appointment of `subject` in an adviser's agenda (O-047 … O-053).

    `values`: starts_at (aware; needed); assigned_to (User; else the record's adviser), category (else orientation),
    ends_at (else the category's minutes later), title (else generated), by_video, teams_url (else the adviser's own),
    description, branch (else the record's), confirmed (keys of the remarks the planner has seen). `options` are keys
    of `queries.options` to apply as well.
    Raises Refused for times and links that cannot be, Warned for a clash or absence that was not confirmed.
    """
    filled = fill(values, subject)
    adviser: User = filled["assigned_to"]
    insist_free(adviser, filled["starts_at"], filled["ends_at"], values.get("confirmed", ()))
    appointment = Appointment(**filled, planner_id=user.id if user else None)
    appointment.subject_kind, appointment.subject_id = subject.kind, subject.id
    save(appointment, user)
    tell(appointment, "planned", user)
    if options and user:
        for option in queries.options(subject, user):
            if option.key in options:
                option.apply(appointment, user)
    return appointment


def fill(values: dict[str, Any], subject: Any) -> dict[str, Any]:
    """The columns of a new appointment: what was given, and the defaults for what was not."""
    adviser = values.get("assigned_to") or db.session.get(User, subject.adviser_id or 0)
    if adviser is None:
        raise Refused("Kies aan wie de afspraak is toegewezen.")
    category = values.get("category") or "orientation"
    by_video = bool(values.get("by_video"))
    branch = values.get("branch") or subject.branch
    topic = subject.appointment_topic
    filled = {
        "category": category,
        "by_video": by_video,
        "title": values.get("title") or office.make_title(category, by_video, branch.name, topic),
        "starts_at": values["starts_at"],
        "ends_at": values.get("ends_at") or end_of(values["starts_at"], category),
        "teams_url": (values.get("teams_url") or adviser.teams_url) if by_video else "",
        "description": values.get("description") or "",
        **person("assigned_to", adviser),
        "branch": branch,
        "branch_id": branch.id,
    }
    check(filled)
    return filled


def end_of(starts_at: dt.datetime, category: str) -> dt.datetime:
    """When a talk of this category ends unless said otherwise (O-052): real time, also in a clock-change night."""
    known = office.categories().get(category)
    if known is None:
        raise Refused("Kies een categorie uit de lijst.")
    return starts_at + dt.timedelta(minutes=known.minutes)


def check(filled: dict[str, Any]) -> None:
    """Raises Refused for what cannot be."""
    if filled["category"] not in office.categories():
        raise Refused("Kies een categorie uit de lijst.")
    if filled["ends_at"] <= filled["starts_at"]:
        raise Refused("De eindtijd ligt voor de begintijd. Kies een latere eindtijd.")
    if filled["ends_at"] - filled["starts_at"] > queries.LONGEST:
        raise Refused("Een afspraak duurt hooguit een dag. Kies een eerdere eindtijd.")
    if not filled["assigned_to"].is_enabled:
        raise Refused("%(name)s werkt hier niet meer. Kies iemand anders.", name=filled["assigned_to"].name)
    check_teams_url(filled["teams_url"])


def check_teams_url(url: str) -> None:
    """Raises Refused for a link that does not lead to a Teams meeting."""
    if url and not is_teams_link(url):
        raise Refused(
            "Dit is geen Teams-link. Plak de hele link uit Teams: hij begint met https://teams.microsoft.com/ of "
            "https://teams.live.com/."
        )


def insist_free(
    adviser: User, starts_at: dt.datetime, ends_at: dt.datetime, confirmed: Collection[str], but: int | None = None
) -> None:
    """Raises Warned when the adviser is taken and the planner did not confirm exactly that.

    The adviser's row is held until the transaction ends, so that of two planners at once the second one is warned.
    """
    hold(User, adviser.id)
    unseen = [remark for remark in queries.taken(adviser, starts_at, ends_at, but) if remark.key not in confirmed]
    if unseen:
        raise Warned(unseen)


def hold_fresh(appointment: Appointment) -> None:
    """Nobody else changes this appointment until the transaction ends; what somebody just changed is read again."""
    if hold(Appointment, appointment.id) != appointment.version:
        db.session.refresh(appointment)


def edit(
    appointment: Appointment, values: dict[str, Any], user: User | None, version: int | None = None
) -> Appointment:
    """Change an appointment; `values` as for `plan`, those left out stay (O-055 … O-057).

    A link of the adviser's own goes with him: another adviser brings his, or none (O-048).
    Deadline, follow-up task and the client's confirmation follow a new time. Raises Refused, Warned, Conflict.
    """
    hold_fresh(appointment)
    check_version(appointment, version)
    if not appointment.is_open:
        raise Refused("Deze afspraak is al afgerond of geannuleerd. Plan een nieuwe afspraak.")
    before = {name: getattr(appointment, name) for name in TOLD}
    old_adviser = appointment.assigned_to
    wanted = wanted_values(appointment, values)
    check(wanted)
    if (wanted["starts_at"], wanted["ends_at"], wanted["assigned_to_id"]) != (
        before["starts_at"],
        before["ends_at"],
        before["assigned_to_id"],
    ):
        confirmed = values.get("confirmed", ())
        insist_free(wanted["assigned_to"], wanted["starts_at"], wanted["ends_at"], confirmed, but=appointment.id)
    with db.session.no_autoflush:
        for name, value in wanted.items():
            setattr(appointment, name, value)
        if before != {name: getattr(appointment, name) for name in TOLD}:
            note_change(appointment)
        save(appointment, user)
    follow(appointment, before["starts_at"], old_adviser, user)
    return appointment


def wanted_values(appointment: Appointment, values: dict[str, Any]) -> dict[str, Any]:
    """The columns as they will be: what was given, else what is there."""
    adviser = values.get("assigned_to") or appointment.assigned_to
    branch = values.get("branch") or appointment.branch
    by_video = values.get("by_video", appointment.by_video)
    teams_url = values.get("teams_url", appointment.teams_url)
    if adviser.id != appointment.assigned_to_id and teams_url == appointment.assigned_to.teams_url:
        teams_url = ""  # who had the talk is not in the room of who has it now
    teams_url = teams_url or adviser.teams_url
    return {
        **{name: values.get(name) or getattr(appointment, name) for name in (*TEXTS, "starts_at", "ends_at")},
        "description": values.get("description", appointment.description),
        "by_video": by_video,
        "teams_url": teams_url if by_video else "",
        **person("assigned_to", adviser),
        "branch": branch,
        "branch_id": branch.id,
    }


def note_change(appointment: Appointment) -> None:
    """The invitation gets a higher number (RFC 5545); a client who was told must be told again."""
    appointment.sequence += 1
    if appointment.status == "confirmed":
        appointment.status = "rescheduled"


def follow(appointment: Appointment, starts_at: dt.datetime, adviser: User, user: User | None) -> None:
    """Let the feed and the open tasks follow a change of time or adviser (O-057, O-068)."""
    moved, handed_over = appointment.starts_at != starts_at, appointment.assigned_to_id != adviser.id
    if moved:
        tell(appointment, "moved", user, was=queries.moment(starts_at))
    elif handed_over:
        tell(appointment, "handed_over", user, was=adviser.name)
    if not (moved or handed_over):
        return
    tasks, rule = queries.open_tasks(appointment), call_back_day(appointment)
    due = queries.calendar().next(rule)
    for task in tasks:
        if task.task_kind == "ask_to_move" and moved:
            close(task, "cancelled", "De afspraak is verzet.")
        if task.task_kind == "call_back" and moved and task.rule_due_on:
            task.rule_due_on, task.due_on = rule, due
        if task.task_kind == "call_back" and handed_over and task.assigned_to_id == adviser.id:
            task.assigned_to, task.assigned_to_id = appointment.assigned_to, appointment.assigned_to_id
    save_many(tasks, user)


def move(
    appointment: Appointment,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    user: User | None,
    version: int | None = None,
    confirmed: Collection[str] = (),
) -> Appointment:
    """Give an appointment another time. Raises Refused, Warned, Conflict."""
    hold_fresh(appointment)
    check_version(appointment, version, "starts_at", "ends_at")
    return edit(appointment, {"starts_at": starts_at, "ends_at": ends_at, "confirmed": confirmed}, user)


def confirm(appointment: Appointment, user: User | None) -> Appointment:
    """The client knows the appointment as it is now, or that it is off: a mail was sent, or somebody called."""
    if appointment.is_open:
        appointment.status, appointment.told = "confirmed", facts(appointment)
    elif appointment.status == "cancelled" and appointment.told:
        appointment.told = {**appointment.told, "off": True}
    saved: Appointment = save(appointment, user)
    return saved


def facts(appointment: Appointment) -> dict[str, Any]:
    """What a client is told of an appointment as it is now, as `Appointment.told` keeps it."""
    found = {name: getattr(appointment, name) for name in TOLD}
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in found.items()}


def cancel(appointment: Appointment, reason: str, user: User | None, version: int | None = None) -> Appointment:
    """The talk will not take place; its open tasks lapse. Raises Refused without a reason, Conflict."""
    hold_fresh(appointment)
    check_version(appointment, version)
    if not appointment.is_open:
        raise Refused("Deze afspraak is al afgerond of geannuleerd.")
    if not reason.strip():
        raise Refused("Schrijf waarom de afspraak niet doorgaat.")
    appointment.status, appointment.sequence = "cancelled", appointment.sequence + 1
    save(appointment, user)
    tell(appointment, "cancelled", user, reason=reason.strip())
    tasks = queries.open_tasks(appointment)
    for task in tasks:
        close(task, "cancelled", f"De afspraak is geannuleerd: {reason.strip()}")
    save_many(tasks, user)
    return appointment


def close_appointment(appointment: Appointment, status: str, user: User | None) -> Appointment:
    """The talk was "held", or the client did not come ("no_show"). Raises Refused before it began."""
    if status not in ("held", "no_show"):
        raise ValueError(status)
    if not appointment.is_open:
        raise Refused("Deze afspraak is al afgerond of geannuleerd.")
    if appointment.starts_at > utcnow():
        raise Refused("Deze afspraak moet nog beginnen.")
    appointment.status = status
    save(appointment, user)
    tell(appointment, status, user)
    asked = [task for task in queries.open_tasks(appointment) if task.task_kind == "ask_to_move"]
    for task in asked:
        close(task, "cancelled", "De afspraak is geweest.")
    save_many(asked, user)
    return appointment


def tell(appointment: Appointment, what: str, user: User | None, **more: Any) -> None:
    """Say in the record's feed what happened; never the description (O-053)."""
    if appointment.subject_ref is None:
        return
    feed.post(
        appointment.subject_ref,
        f"appointment.{what}",
        user,
        text=appointment.title,
        appointment=appointment.id,
        starts_at=appointment.starts_at.isoformat(),
        ends_at=appointment.ends_at.isoformat(),
        adviser=appointment.assigned_to.name,
        place="Teams" if appointment.by_video else appointment.branch.name,
        **more,
    )


# --- Absences ------------------------------------------------------------------------------------------------


def add_absence(
    person: User, starts_at: dt.datetime, ends_at: dt.datetime, reason: str, user: User
) -> tuple[Absence, list[Appointment]]:
    """Someone is away; gives the absence and the appointments it overlaps, which must be moved by hand.

    Raises Refused for another's absence, unless the beheerder enters it, and for an end before the start.
    """
    own_or_admin(person.id, user)
    if ends_at <= starts_at:
        raise Refused("De laatste dag ligt voor de eerste. Kies een latere dag of tijd.")
    hold(User, person.id)
    absence = Absence(user_id=person.id, starts_at=starts_at, ends_at=ends_at, reason=reason.strip())
    keep(absence)
    return absence, list(queries.clashes(person.id, starts_at, ends_at))


def remove_absence(absence: Absence, user: User) -> None:
    """Someone can be planned again. Raises Refused for another's absence, unless the beheerder does it."""
    own_or_admin(absence.user_id, user)
    discard(absence)


def own_or_admin(user_id: int, user: User) -> None:
    """Raises Refused when this is somebody else's and the user is no beheerder."""
    if user_id != user.id and not user.is_admin:
        raise Refused("Alleen een beheerder wijzigt de afwezigheid van een ander.")
