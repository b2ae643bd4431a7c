"""Verbs of the agenda and the task list."""

from crm.activities.operations.appointments import (
    Warned,
    add_absence,
    cancel,
    check_teams_url,
    close_appointment,
    confirm,
    edit,
    move,
    plan,
    remove_absence,
)
from crm.activities.operations.tasks import (
    ask_to_move,
    complete,
    create_call_back,
    create_task,
    edit_task,
    lapse,
    reopen,
    standing_tasks,
)

__all__ = [
    "Warned",
    "add_absence",
    "ask_to_move",
    "cancel",
    "check_teams_url",
    "close_appointment",
    "complete",
    "confirm",
    "create_call_back",
    "create_task",
    "edit",
    "edit_task",
    "lapse",
    "move",
    "plan",
    "remove_absence",
    "reopen",
    "standing_tasks",
]
