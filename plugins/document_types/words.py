"""How long a document is good, and a reason to reject one, in words. What goes to clients is Dutch."""

import re

from crm.plugin import N_
from crm.plugin import gettext as _
from plugins.document_types import terms
from plugins.document_types.models import DocumentType

UNITS = {terms.MONTHS: ("maand", "maanden"), terms.WEEKS: ("week", "weken"), terms.YEARS: ("jaar", "jaar")}
ONE = {
    terms.MONTHS: N_("Ten hoogste 1 maand oud"),
    terms.WEEKS: N_("Ten hoogste 1 week oud"),
    terms.YEARS: N_("Van het laatste jaar"),
}
MORE = {
    terms.MONTHS: N_("Ten hoogste %(count)s maanden oud"),
    terms.WEEKS: N_("Ten hoogste %(count)s weken oud"),
    terms.YEARS: N_("Van de laatste %(count)s jaren"),
}


def age(document_type: DocumentType) -> str:
    """How old a document may be, as a client reads it: "3 maanden"; empty when nothing says so."""
    count = document_type.validity_count
    if not document_type.has_age or count is None:
        return ""
    one, more = UNITS[document_type.validity]
    return f"{count} {one if count == 1 else more}"


def validity(document_type: DocumentType) -> str:
    """How long a document is good, in the language of who reads the screen."""
    count = document_type.validity_count
    if not document_type.has_age or count is None:
        return _(terms.VALIDITIES.get(document_type.validity, document_type.validity))
    said = ONE[document_type.validity] if count == 1 else MORE[document_type.validity]
    return _(said, count=count) if count > 1 else _(said)


def scope(document_type: DocumentType) -> str:
    """For whom one is asked: "Per persoon, per werkgever"."""
    said = _(terms.SCOPES.get(document_type.scope, document_type.scope))
    if not document_type.item_name:
        return said
    per = _("per %(item)s", item=document_type.item_name)
    return per.capitalize() if document_type.scope == terms.ITEM else f"{said}, {per}"


def reason(text: str, document_type: DocumentType, explanation: str = "") -> str:
    """The text of a reason as the client reads it, with what the adviser adds; the word itself while he has not."""
    text = text.replace(f"{{{{{terms.VALIDITY_WORD}}}}}", age(document_type))
    word = f"{{{{{terms.EXPLANATION_WORD}}}}}"
    return text.replace(word, explanation.strip() or f"[{terms.EXPLANATION_WORD}]")


def unknown(text: str) -> list[str]:
    """The words between {{ }} that nobody fills in."""
    used = re.findall(r"\{\{\s*([^{}]*?)\s*\}\}", text)
    return [word for word in used if word not in (terms.VALIDITY_WORD, terms.EXPLANATION_WORD)]
