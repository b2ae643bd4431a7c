"""The rule of the working day before (O-011), which needs what the rooms below know of a dossier."""

from crm.activities import operations as activities
from crm.activities.queries import open_tasks
from crm.db import utcnow
from crm.start import queries


def check_preparation() -> None:
    """For every talk whose deadline has come: ask the planner whether to move it when something is missing, and take
    that question back when all is in. Runs every hour; twice the same changes nothing."""
    due = queries.due_talks(utcnow())
    missing = queries.missing_of([dossier for _appointment, dossier in due])
    for appointment, dossier in due:
        if missing[dossier.id]:
            activities.ask_to_move(appointment, missing[dossier.id], None)
            continue
        for task in open_tasks(appointment):
            if task.task_kind == "ask_to_move":
                activities.lapse(task, "Alles is binnen.", None)
