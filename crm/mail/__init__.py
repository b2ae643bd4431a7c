"""E-mail: templates with checked placeholders, compose and preview, sending once, calendar invitations."""

from crm.mail.placeholders import Placeholder, Recipient
from crm.mail.purposes import MailPurpose

__all__ = ["MailPurpose", "Placeholder", "Recipient"]
