"""Verbs of the task list."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm import formats
from crm.accounts.models import User
from crm.activities import office, queries
from crm.activities.models import Appointment, Task
from crm.db import db, utcnow
from crm.records import Ref, Refused, check_version, save


def create_task(values: dict[str, Any], user: User | None, subject: Any = None) -> Task:
    """A new task. `values`: title; notes, link, link_text, due_on, assigned_to (User), branch, task_kind, rule_due_on,
    appointment, key.

    A key that is taken gives the task that has it. Raises Refused without a title or a vestiging.
    """
    if values.get("key") and (known := queries.task_by_key(values["key"])):
        return known
    if not (values.get("title") or "").strip():
        raise Refused("Schrijf wat er moet gebeuren.")
    branch_id = branch_of(values, user, subject)
    if branch_id is None:
        raise Refused("Kies een vestiging.")
    appointment = values.get("appointment")
    task = Task(
        task_kind=values.get("task_kind") or "other",
        title=values["title"].strip(),
        notes=values.get("notes") or "",
        link=values.get("link") or "",
        link_text=values.get("link_text") or "",
        due_on=values.get("due_on"),
        rule_due_on=values.get("rule_due_on"),
        key=values.get("key"),
        branch_id=branch_id,
        appointment_id=appointment.id if appointment else None,
        **person("assigned_to", values.get("assigned_to")),
    )
    task.subject_kind, task.subject_id = subject_of(appointment, subject)
    saved: Task = save(task, user)
    return saved


def branch_of(values: dict[str, Any], user: User | None, subject: Any) -> int | None:
    """The vestiging a task belongs to: the one given, else the record's, else the first of who does it or makes it."""
    if branch := values.get("branch"):
        return int(branch.id)
    if owner := values.get("appointment") or subject:
        return int(owner.branch_id)
    for someone in (values.get("assigned_to"), user):
        if someone and someone.branch_ids:
            return int(someone.branch_ids[0])
    return None


def subject_of(appointment: Appointment | None, subject: Any) -> tuple[str | None, int | None]:
    """What a task is about: the record given, else the appointment's."""
    if subject is not None:
        reference: Ref = (subject.kind, subject.id)
        return reference
    return (appointment.subject_kind, appointment.subject_id) if appointment else (None, None)


def create_call_back(appointment: Appointment, user: User | None) -> Task:
    """Klant nabellen for the adviser, a week after the talk, on a working day (O-067, O-068); once per appointment."""
    hold(Appointment, appointment.id)
    rule = call_back_day(appointment)
    values = {
        "task_kind": "call_back",
        "title": "Klant nabellen",
        "key": f"call_back:appointment:{appointment.id}",
        "appointment": appointment,
        "assigned_to": appointment.assigned_to,
        "rule_due_on": rule,
        "due_on": queries.calendar().next(rule),
    }
    return create_task(values, user)


def call_back_day(appointment: Appointment) -> dt.date:
    """One week after the talk (O-068), before it moves to a working day."""
    return formats.local(appointment.starts_at).date() + office.CALL_BACK_AFTER


def ask_to_move(appointment: Appointment, missing: Sequence[str], user: User | None) -> Task:
    """Afspraak verzetten? for the planner, naming what is missing; once per appointment and start (O-011)."""
    hold(Appointment, appointment.id)
    values = {
        "task_kind": "ask_to_move",
        "title": "Afspraak verzetten?",
        "key": f"ask_to_move:appointment:{appointment.id}:{int(appointment.starts_at.timestamp())}",
        "notes": "Ontbreekt nog: " + "; ".join(missing),
        "appointment": appointment,
        "assigned_to": appointment.planner or appointment.assigned_to,
        "due_on": formats.local(office.deadline(appointment.starts_at)).date(),
    }
    return create_task(values, user)


def standing_tasks(
    subject: Any, task_kind: str, ask: Callable[[], Mapping[str, dict[str, Any]]], user: User | None
) -> None:
    """Make the open tasks of this kind about a record exactly those that `ask` gives ({key: values of `create_task`}).

    One that was ticked off and is wanted again is opened with its new day, one that is not wanted any more is done.
    Asked while the record is held: of two who change what is to be done, the second sees what the first did.
    """
    hold(type(subject), subject.id)
    wanted = ask()
    known = {task.key: task for task in queries.tasks_of_kind((subject.kind, subject.id), task_kind)}
    for key, values in wanted.items():
        task = known.get(key)
        if task is None:
            create_task({**values, "task_kind": task_kind, "key": key}, user, subject)
        elif task.status != "open":
            task.link_text, task.due_on, task.rule_due_on = values.get("link_text") or "", values.get("due_on"), None
            reopen(task, user)
    for key_of, task in known.items():
        if key_of not in wanted and task.status == "open":
            complete(task, user)


def edit_task(task: Task, values: dict[str, Any], user: User | None, version: int | None = None) -> Task:
    """Change title, notes, due_on or assigned_to; those left out stay. A date chosen by hand no longer follows the
    appointment. Raises Refused without a title, Conflict."""
    check_version(task, version)
    if "title" in values and not values["title"].strip():
        raise Refused("Schrijf wat er moet gebeuren.")
    if "due_on" in values:
        put_due(task, values["due_on"])
    if "assigned_to" in values:
        put_owner(task, values["assigned_to"])
    for name in ("title", "notes"):
        if name in values:
            setattr(task, name, values[name].strip())
    saved: Task = save(task, user)
    return saved


def put_due(task: Task, day: dt.date | None) -> None:
    """Another day; one chosen by hand no longer follows the appointment. The caller saves."""
    if day != task.due_on:
        task.due_on, task.rule_due_on = day, None


def put_owner(task: Task, someone: User | None) -> None:
    """Whose task it is; the caller saves."""
    task.assigned_to, task.assigned_to_id = someone, someone.id if someone else None


def put_done(task: Task) -> None:
    """Tick a task; one that is ticked stays so. The caller saves. Raises Refused for one that lapsed."""
    if task.status == "cancelled":
        raise Refused("Deze taak is vervallen. Heropen de taak eerst.")
    if task.status == "open":
        close(task, "done")


def complete(task: Task, user: User | None) -> Task:
    """Tick a task; one that is ticked stays so. Raises Refused for one that lapsed."""
    put_done(task)
    saved: Task = save(task, user)
    return saved


def lapse(task: Task, reason: str, user: User | None) -> Task:
    """The task need not be done any more; the reason stands in its notes."""
    if task.status != "open":
        return task
    close(task, "cancelled", reason)
    saved: Task = save(task, user)
    return saved


def reopen(task: Task, user: User | None) -> Task:
    """Back on the list, ticked or lapsed; an open one stays open."""
    if task.status == "open":
        return task
    task.status, task.done_at = "open", None
    saved: Task = save(task, user)
    return saved


def close(task: Task, status: str, note: str = "") -> None:
    """Set a task aside; the caller saves."""
    task.status, task.done_at = status, utcnow()
    if note:
        task.notes = f"{task.notes}\n{note}".strip()


def hold(model: type[Any], identity: int) -> int | None:
    """Make others who hold this row wait until the transaction ends; gives the row's version as it is now."""
    query = select(model.version).where(model.id == identity).with_for_update(key_share=True)
    version: int | None = db.session.scalar(query)
    return version


def person(column: str, user: User | None) -> dict[str, Any]:
    """Relationship and id together, so that the change log sees the id."""
    return {column: user, f"{column}_id": user.id if user else None}
