"""Questions about the office."""

from crm.furniture import db
from plugins.portal.office.models import Office


def office() -> Office:
    """The office, with starting words until the CRM put its own."""
    return db.session.get(Office, 1) or Office(name="Sleutel", colour="#0f766e", phone="", vault_name="Kluis")
