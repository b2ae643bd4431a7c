"""The list of dossiers: its columns, and what may be changed in it."""

from typing import Any

from crm.access import ADVISER
from crm.accounts.queries import colleague
from crm.dossiers.models import Dossier
from crm.dossiers.operations import point
from crm.formats import local, short_date
from crm.lists import Column, Edit, RecordList
from crm.lists.fields import colleague_field
from crm.texts import gettext
from crm.texts import lazy_gettext as _


def name_of(record: Any) -> str:
    """The name of who or what is there, empty for nobody."""
    return str(record.name) if record else ""


def subject_of(dossier: Dossier) -> str:
    return f"{gettext(dossier.type_title)} · {gettext(dossier.profile_title)}"


DOSSIERS = RecordList(
    name="dossiers",
    kind="dossier",
    title=_("Dossiers"),
    endpoint="dossiers.index",
    export="dossiers.export",
    permission="dossiers.write",
    columns=(
        Column("family", _("Relatie"), lambda dossier: dossier.family),
        Column("number", _("Nummer"), lambda dossier: dossier.number, look="text-nowrap"),
        Column("subject", _("Dossier"), subject_of),
        Column("status", _("Status"), lambda dossier: gettext(dossier.status_title), drawn=True),
        Column("adviser", _("Adviseur"), lambda dossier: name_of(dossier.adviser)),
        Column("assistant", _("Assistent"), lambda dossier: name_of(dossier.assistant)),
        Column("branch", _("Vestiging"), lambda dossier: dossier.branch.name),
        Column(
            "created", _("Gemaakt"), lambda dossier: short_date(local(dossier.created_at).date()), look="text-nowrap"
        ),
        Column("relation", _("Aanvrager"), lambda dossier: dossier.relation.name),
        Column("partner", _("Partner"), lambda dossier: name_of(dossier.partner)),
        Column("type", _("Type"), lambda dossier: gettext(dossier.type_title)),
        Column("profile", _("Onderwerp"), lambda dossier: gettext(dossier.profile_title)),
        Column("lead_source", _("Bron"), lambda dossier: dossier.lead_source.name),
    ),
    shown=("family", "number", "subject", "status", "adviser", "assistant", "branch", "created"),
    edits=(
        Edit(
            "assistant_id",
            _("Assistent"),
            put=lambda dossier, person, _user: point(dossier, "assistant", person),
            field=colleague_field(_("Assistent"), _("Niemand"), lambda dossier: dossier.assistant),
            resolve=colleague,
            column="assistant",
        ),
        Edit(
            "adviser_id",
            _("Adviseur"),
            put=lambda dossier, person, _user: point(dossier, "adviser", person),
            field=colleague_field(_("Adviseur"), _("Nog niet bekend"), lambda dossier: dossier.adviser, ADVISER),
            resolve=colleague,
            column="adviser",
        ),
    ),
)
