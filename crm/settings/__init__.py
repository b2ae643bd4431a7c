"""What an office may set, on one page; rooms and plugins add their own forms."""

from crm.settings.forms import SettingsForm
from crm.settings.operations import touch
from crm.settings.queries import kept, setting

__all__ = ["SettingsForm", "kept", "setting", "touch"]
