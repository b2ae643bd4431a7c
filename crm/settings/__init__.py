"""What an office may set, on one page; rooms and plugins add their own forms."""

from crm.settings.forms import SettingsForm
from crm.settings.queries import setting

__all__ = ["SettingsForm", "setting"]
