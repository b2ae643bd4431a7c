"""E-mail: templates with checked placeholders, compose and preview, sending once, calendar invitations."""

from crm.mail.placeholders import Placeholder, Recipient

__all__ = ["Placeholder", "Recipient"]
