"""Meldingen: what happened while a user was elsewhere, such as the end of long work."""

from crm.notifications.operations import notify

__all__ = ["notify"]
