"""Windows of the task list."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import formats, records
from crm.accounts.queries import colleagues
from crm.activities import operations, queries
from crm.activities.forms import NewTaskForm, TaskForm, task_data
from crm.activities.lists import every, lines
from crm.activities.queries import TaskFilters
from crm.activities.views.frame import (
    SLOTS,
    Answer,
    is_fragment,
    is_local,
    mail_url,
    pages,
    subject_of,
)
from crm.lists.shown import as_file, opened
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires, say, subject_or_404
from crm.workdays import DAY


def filters_of_request() -> TaskFilters:
    """What the address narrows the list to; anything unknown counts as not said."""
    whose, status = request.args.get("whose", "mine"), request.args.get("status", "open")
    return TaskFilters(
        whose if whose in ("mine", "branch") else "mine",
        status if status in ("open", "done", "cancelled") else "open",
        request.args.get("kind", ""),
        max(request.args.get("page", 1, int), 1),
    )


@pages.get("/tasks")
@requires("activities.read")
def tasks() -> Answer:
    """The task list; filters and columns stand in the address."""
    shown, filters = opened("tasks"), filters_of_request()
    if shown.away:
        return redirect(shown.away)
    found = queries.task_list(current_user, filters)
    rows = lines(found[: queries.PAGE], current_user)
    return render_template(
        "activities/tasks.html", shown=shown, rows=rows, filters=filters, more=len(found) > queries.PAGE,
        today=formats.today(),
    )  # fmt: skip


@pages.get("/tasks/export.csv")
@requires("activities.export", writes_on_get=True)
def export_tasks() -> Response:
    """Exactly what the list shows with these filters and columns, all pages of it."""
    filters = filters_of_request()
    return as_file("tasks", lambda user: every(user, filters))


@pages.get("/tasks/<int:id>")
@requires("activities.read")
def show_task(id: int) -> str:
    task = get_or_404("task", id)
    appointment = records.find(("appointment", task.appointment_id), current_user) if task.appointment_id else None
    slots = []
    mail = ""
    if task.task_kind == "ask_to_move" and task.status == "open" and appointment and appointment.is_open:
        minutes = int((appointment.ends_at - appointment.starts_at).total_seconds() // 60)
        slots = queries.free_slots(appointment.assigned_to, formats.today() + DAY, minutes, SLOTS)
        mail = mail_url(appointment, "appointment_moved_incomplete")
    return render_template(
        "activities/task.html", task=task, appointment=appointment, subject=subject_of(task), slots=slots, mail=mail,
        today=formats.today(),
    )  # fmt: skip


@pages.route("/tasks/new", methods=["GET", "POST"])
@requires("activities.tasks")
def new_task() -> Answer:
    """Taak: about the record of `kind` and `id` in the address, or about nothing."""
    kind, record_id = request.args.get("kind"), request.args.get("id", type=int)
    subject = subject_or_404(kind, record_id) if kind and record_id else None
    make = TaskForm if subject else NewTaskForm
    form = make(colleagues(current_user), data={"assigned_to": current_user.id})
    if form.validate_on_submit():
        try:
            task = operations.create_task(form.task(), current_user, subject or form.about.data)
            flash(_("Taak gemaakt: %(title)s", title=task.title))
            return go(subject) if subject else redirect(url_for("activities.tasks"))
        except Refused as refused:
            form.title.errors = [str(refused)]
    template = "activities/_task_form.html" if is_fragment() else "activities/new_task.html"
    return render_template(template, form=form, subject=subject), 422 if form.is_submitted() else 200


@pages.route("/tasks/<int:id>/edit", methods=["GET", "POST"])
@requires("activities.tasks")
def edit_task(id: int) -> Answer:
    task = get_or_404("task", id)
    people = list(colleagues(current_user))
    if task.assigned_to and task.assigned_to not in people:
        people.append(task.assigned_to)
    form = TaskForm(people, data=task_data(task))
    form.record = task
    if form.submit(lambda: operations.edit_task(task, form.task(), current_user, form.version.data), "title"):
        flash(_("De taak is opgeslagen."))
        return go(task)
    return render_template("activities/edit_task.html", task=task, form=form), form.code


@pages.post("/tasks/<int:id>/<any(complete, reopen):what>")
@requires("activities.tasks")
def tick(id: int, what: str) -> Response:
    """Tick a task or take the tick back; the message offers the other."""
    task = getattr(operations, what)(get_or_404("task", id), current_user)
    back = request.values.get("back", "")
    back = back if is_local(back) else url_for("activities.tasks")
    if task.status == "done":
        undo = url_for("activities.tick", id=task.id, what="reopen", back=back)
        say(_("Gereed: %(title)s", title=task.title), undo, _("Ongedaan maken"))
    else:
        say(_("Weer open: %(title)s", title=task.title))
    return redirect(back)
