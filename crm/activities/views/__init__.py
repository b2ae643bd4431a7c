"""Windows of the agenda and the task list; importing them hangs them on the blueprint."""

from crm.activities.views import agenda, appointments, planning, tasks
from crm.activities.views.frame import pages

__all__ = ["agenda", "appointments", "pages", "planning", "tasks"]
