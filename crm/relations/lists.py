"""The list of relations: its columns, and what may be changed in it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from wtforms import TelField

from crm import formats
from crm.accounts.models import User
from crm.db import utcnow
from crm.forms import AddressField
from crm.lists import Column, Edit, RecordList
from crm.records import Refused
from crm.relations import operations, person
from crm.relations.models import Relation
from crm.texts import gettext
from crm.texts import lazy_gettext as _


def name_of(relation: Relation) -> str:
    """As the list sorts: "Vries, de Sanne"."""
    surname = f"{relation.surname}, {relation.surname_prefix}" if relation.surname_prefix else relation.surname
    return f"{surname} {relation.first_name or relation.initials}".strip()


def day_of(moment: dt.datetime | None) -> str:
    return formats.short_date(formats.local(moment).date()) if moment else ""


def put_channel(name: str) -> Callable[[Relation, Any, User], None]:
    """Write a telephone number or e-mail address, tidied."""

    def put(relation: Relation, value: Any, user: User) -> None:
        try:
            operations.filled(relation, {name: value or ""}, user)
        except operations.Unfit as unfit:
            raise Refused(unfit.problems.get(name) or str(unfit)) from unfit

    return put


def put_checked(relation: Relation, moment: Any, user: User) -> None:
    """The known data were gone through with the client (O-029)."""
    relation.checked_at, relation.checked_by_id = moment, user.id


def simple(key: str, title: Any, look: str = "") -> Column:
    """A column that says what the relation's attribute holds."""
    return Column(key, title, lambda relation: str(getattr(relation, key) or ""), look)


RELATIONS = RecordList(
    name="relations",
    kind="relation",
    title=_("Relaties"),
    endpoint="relations.index",
    export="relations.export",
    permission="relations.write",
    columns=(
        Column("name", _("Naam"), name_of, parts=("initials", "first_name", "surname_prefix", "surname")),
        Column(
            "birth_date",
            _("Geboortedatum"),
            lambda relation: formats.short_date(relation.birth_date),
            look="text-nowrap",
        ),
        Column("phone", _("Telefoonnummer"), lambda relation: formats.show_phone(relation.phone), look="text-nowrap"),
        simple("email", _("E-mailadres"), "text-break"),
        simple("city", _("Woonplaats")),
        Column("branch", _("Vestiging"), lambda relation: relation.branch.name),
        Column("checked", _("Gecontroleerd op"), lambda relation: day_of(relation.checked_at), look="text-nowrap"),
        simple("id", _("Relatienummer")),
        Column(
            "record_type", _("Recordtype"), lambda relation: gettext(person.RECORD_TYPES.get(relation.record_type, ""))
        ),
        Column("title", _("Aanspreektitel"), lambda relation: gettext(person.TITLES.get(relation.title, ""))),
        simple("initials", _("Voorletters")),
        simple("first_name", _("Voornaam")),
        simple("surname_prefix", _("Tussenvoegsel")),
        simple("surname", _("Achternaam")),
        Column(
            "other_phone",
            _("Tweede nummer"),
            lambda relation: formats.show_phone(relation.other_phone),
            look="text-nowrap",
        ),
        simple("street", _("Straat")),
        simple("house_number", _("Huisnummer")),
        simple("house_number_suffix", _("Toevoeging")),
        Column(
            "postal_code",
            _("Postcode"),
            lambda relation: formats.show_postal_code(relation.postal_code),
            look="text-nowrap",
        ),
        Column(
            "country", _("Land"), lambda relation: gettext(person.COUNTRIES.get(relation.country, relation.country))
        ),
        Column(
            "address_form",
            _("Aanspreekvorm"),
            lambda relation: gettext("Jij") if relation.address_form == "je" else gettext("U"),
        ),
        Column("created", _("Sinds"), lambda relation: day_of(relation.created_at), look="text-nowrap"),
    ),
    shown=("name", "birth_date", "phone", "email", "city", "branch", "checked"),
    edits=(
        Edit(
            "phone",
            _("Telefoonnummer"),
            put=put_channel("phone"),
            field=lambda _user, _relation: TelField(_("Telefoonnummer")),
            column="phone",
            many=False,
        ),
        Edit(
            "email",
            _("E-mailadres"),
            put=put_channel("email"),
            field=lambda _user, _relation: AddressField(_("E-mailadres")),
            column="email",
            many=False,
        ),
        Edit(
            "checked_at",
            _("Gegevens gecontroleerd: zet Gecontroleerd op vandaag"),
            put=put_checked,
            resolve=lambda _value, _user: utcnow(),
        ),
    ),
)
