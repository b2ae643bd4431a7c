"""What the demo office has made: what it charges and its numbers, all invented, and the agreement of one dossier."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crm.accounts.models import User
from crm.document_templates import operations
from crm.document_templates.models import DocumentTemplate
from crm.documents import storage
from crm.settings import operations as settings

OFFICE = {
    "advice_fee": Decimal(1750),
    "mediation_fee": Decimal(950),
    "afm_number": "12000000",
    "kvk_number": "00000000",
    "kifid_number": "300.000000",
}
AGREEMENT = "service_agreement"


def fill(dossiers: Sequence[Any], user: User, templates: Sequence[DocumentTemplate]) -> None:
    """The office's own numbers, and the opdracht tot dienstverlening of the first dossier. Raises Refused."""
    settings.change("document_templates", OFFICE, user)
    template = next(one for one in templates if one.content_key == AGREEMENT)
    draft = operations.compose(dossiers[0], template, template.name, template.body, user)
    operations.check_complete(draft)
    pdf = operations.set_in_type(draft)
    operations.make(draft, storage.sealer().keep([pdf]), operations.pages_of(pdf), user, "demo")
