"""The list of types: its columns, and what may be changed in it."""

from typing import Any

from wtforms import SelectField

from crm.plugin import Column, Edit, RecordList, Refused, db, gettext
from crm.plugin import lazy_gettext as _
from plugins.document_types import operations, terms, words
from plugins.document_types.forms import choices_of
from plugins.document_types.models import DocumentType


def put_party(document_type: DocumentType, key: str, _user: Any) -> None:
    """Write who delivers it."""
    document_type.delivered_by = key


def switch_on(document_type: DocumentType, _value: Any, _user: Any) -> None:
    """Take a type in use. Raises Refused when another in use is called the same."""
    operations.refuse_double(document_type, {"name": document_type.name, "is_active": True})
    beside = (one for one in db.session.dirty if isinstance(one, DocumentType) and one is not document_type)
    if any(one.is_active and one.name == document_type.name for one in beside):  # of the same change
        raise Refused("Er is al een soort document %(name)s. Kies een andere naam.", name=document_type.name)
    document_type.is_active = True


def switch_off(document_type: DocumentType, _value: Any, _user: Any) -> None:
    """Take a type out of use; what was asked stays."""
    document_type.is_active = False


def yes(is_so: bool) -> str:
    """A tick as a word, empty for no."""
    return gettext("ja") if is_so else ""


def retention(document_type: DocumentType) -> str:
    """How long it is kept."""
    years = document_type.retention_years
    return gettext("Als het dossier") if years is None else gettext("%(count)s jaar", count=years)


TYPES = RecordList(
    name="document_types",
    kind="document_type",
    title=_("Soorten documenten"),
    endpoint="document_types.index",
    export="document_types.export_list",
    permission="document_types.manage",
    columns=(
        Column("name", _("Soort document"), lambda one: one.name),
        Column("group", _("Groep"), lambda one: gettext(terms.GROUPS.get(one.group, one.group))),
        Column(
            "delivered_by",
            _("Aan te leveren door"),
            lambda one: gettext(terms.DELIVERED_BY.get(one.delivered_by, one.delivered_by)),
        ),
        Column("scope", _("Gevraagd"), words.scope),
        Column("validity", _("Geldigheid"), words.validity),
        Column("hdn_codes", _("HDN"), lambda one: ", ".join(one.hdn_codes)),
        Column("is_active", _("In gebruik"), lambda one: yes(one.is_active), drawn=True),
        Column("condition", _("Wanneer nodig"), lambda one: one.condition),
        Column("explanation", _("Uitleg voor de klant"), lambda one: one.explanation),
        Column("formats", _("Bestanden"), lambda one: one.format_names),
        Column("retention", _("Bewaren"), retention),
        Column("is_invoice", _("Factuur"), lambda one: yes(one.is_invoice)),
        Column("signable", _("Digitaal ondertekenen"), lambda one: yes(one.signable)),
        Column("key", _("Sleutel"), lambda one: one.key),
    ),
    shown=("name", "group", "delivered_by", "scope", "validity", "hdn_codes", "is_active"),
    edits=(
        Edit(
            "delivered_by",
            _("Aan te leveren door"),
            put=put_party,
            field=lambda _user, _record: SelectField(_("Aan te leveren door"), choices=choices_of(terms.DELIVERED_BY)),
            column="delivered_by",
        ),
        Edit("switch_on", _("In gebruik nemen"), put=switch_on),
        Edit("switch_off", _("Buiten gebruik stellen"), put=switch_off),
    ),
)
