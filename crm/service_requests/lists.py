"""The queue of service requests: its columns, and what may be changed in it."""

from crm import formats
from crm.accounts.queries import colleague
from crm.lists import Column, Edit, RecordList
from crm.lists.fields import colleague_field
from crm.service_requests.operations import hand_to
from crm.texts import gettext, when
from crm.texts import lazy_gettext as _

REQUESTS = RecordList(
    name="service-requests",
    kind="service_request",
    title=_("Serviceaanvragen"),
    endpoint="service_requests.index",
    export="service_requests.export",
    permission="service_requests.write",
    columns=(
        Column("name", _("Naam"), lambda request: request.name),
        Column("created", _("Ontvangen"), lambda request: when(request.created_at), drawn=True),
        Column("topic", _("Onderwerp"), lambda request: gettext(request.topic_title)),
        Column("phone", _("Telefoonnummer"), lambda request: formats.show_phone(request.phone), look="text-nowrap"),
        Column("email", _("E-mailadres"), lambda request: request.email, look="text-break"),
        Column("branch", _("Vestiging"), lambda request: request.branch.name),
        Column(
            "assigned", _("Toegewezen aan"), lambda request: request.assigned_to.name if request.assigned_to else ""
        ),
        Column("status", _("Status"), lambda request: gettext(request.status_title), drawn=True),
        Column("channel", _("Via"), lambda request: gettext(request.channel_title)),
        Column("relation", _("Klant"), lambda request: request.relation.name if request.relation else ""),
        Column(
            "postal_code",
            _("Postcode"),
            lambda request: formats.show_postal_code(request.postal_code),
            look="text-nowrap",
        ),
        Column("message", _("Opmerking"), lambda request: request.message, look="text-break"),
    ),
    shown=("name", "created", "topic", "phone", "email", "branch", "assigned", "status"),
    edits=(
        Edit(
            "assigned_to_id",
            _("Toegewezen aan"),
            put=hand_to,
            field=colleague_field(_("Toegewezen aan"), _("Niemand"), lambda request: request.assigned_to),
            resolve=colleague,
            column="assigned",
        ),
    ),
)
