"""The task list: its columns, and what may be changed in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms.validators import Optional

from crm import formats, records
from crm.accounts.models import User
from crm.accounts.queries import colleague
from crm.activities import queries
from crm.activities.models import Task
from crm.activities.operations.tasks import put_done, put_due, put_owner
from crm.db import db
from crm.forms import DayField
from crm.lists import Column, Edit, RecordList
from crm.lists.fields import colleague_field
from crm.texts import N_, gettext, when
from crm.texts import lazy_gettext as _

STATUSES = {"open": N_("Open"), "done": N_("Gereed"), "cancelled": N_("Vervallen")}
STRETCH = 500


@dataclass(frozen=True)
class TaskLine:
    """A task and what it is about, as far as the user may see that."""

    task: Task
    subject: Any

    @property
    def id(self) -> int:
        return self.task.id

    @property
    def version(self) -> int:
        return self.task.version


def lines(tasks: Sequence[Task], user: User) -> list[TaskLine]:
    """These tasks with what they are about, asked at once."""
    subjects = records.find_all((task.subject_ref for task in tasks), user)
    return [TaskLine(task, subjects.get(task.subject_ref) if task.subject_ref else None) for task in tasks]


def every(user: User, filters: queries.TaskFilters) -> Iterator[TaskLine]:
    """All tasks of the list, a stretch at a time."""
    tasks = db.session.scalars(queries.task_query(user, filters).execution_options(yield_per=STRETCH))
    for stretch in tasks.partitions():
        yield from lines(stretch, user)


TASKS = RecordList(
    name="tasks",
    kind="task",
    title=_("Takenlijst"),
    endpoint="activities.tasks",
    export="activities.export_tasks",
    permission="activities.tasks",
    columns=(
        Column("title", _("Taak"), lambda line: line.task.title),
        Column("about", _("Gaat over"), lambda line: records.title(line.subject) if line.subject else "", drawn=True),
        Column(
            "due", _("Uiterlijk op"), lambda line: formats.short_date(line.task.due_on), look="text-nowrap", drawn=True
        ),
        Column(
            "assigned", _("Toegewezen aan"), lambda line: line.task.assigned_to.name if line.task.assigned_to else ""
        ),
        Column("status", _("Status"), lambda line: gettext(STATUSES[line.task.status]), drawn=True),
        Column("notes", _("Toelichting"), lambda line: line.task.notes, look="text-break text-pre-line"),
        Column("done", _("Gereed op"), lambda line: when(line.task.done_at) if line.task.done_at else ""),
        Column("created", _("Gemaakt"), lambda line: when(line.task.created_at)),
    ),
    shown=("title", "about", "due", "assigned", "status"),
    edits=(
        Edit(
            "assigned_to_id",
            _("Toegewezen aan"),
            put=lambda task, person, _user: put_owner(task, person),
            field=colleague_field(_("Toegewezen aan"), _("Niemand in het bijzonder"), lambda task: task.assigned_to),
            resolve=colleague,
            column="assigned",
        ),
        Edit(
            "due_on",
            _("Uiterlijk op"),
            put=lambda task, day, _user: put_due(task, day),
            field=lambda _user, _task: DayField(_("Uiterlijk op"), validators=[Optional()]),
            column="due",
        ),
        Edit("status", _("Afronden"), put=lambda task, _value, _user: put_done(task)),
    ),
)
