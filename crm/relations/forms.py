"""Paper of relations."""

import datetime as dt
from typing import Any

from flask import request
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from crm.accounts.models import Branch, User
from crm.forms import AddressField, DayField, Form, NumberField
from crm.relations import person
from crm.relations.models import Relation
from crm.search.picker import RecordField
from crm.texts import lazy_gettext as _

TITLES = [SelectChoice("mr", _("De heer")), SelectChoice("ms", _("Mevrouw")), SelectChoice("none", _("Geen"))]
ADDRESS_FORMS = [SelectChoice("u", _("U")), SelectChoice("je", _("Jij"))]


def filled_in(sentence: Any) -> list[InputRequired]:
    """The rule of a field with a red star."""
    return [InputRequired(sentence)]


class RecordTypeForm(Form):
    """The first step of a new relation (O-014)."""

    record_type = RadioField(
        _("Recordtype"),
        choices=[SelectChoice("client", _("Klant")), SelectChoice("contact", _("Contactpersoon"))],
        default="client",
    )


class PersonForm(Form):
    """What a relation and a partner have in common; after `validate` `values()` gives tidied columns."""

    initials = StringField(_("Voorletters"))
    first_name = StringField(_("Voornaam"))
    surname_prefix = StringField(_("Tussenvoegsel"))
    phone = TelField(_("Telefoonnummer"))
    other_phone = TelField(_("Tweede nummer"))
    email = AddressField(_("E-mailadres"))
    postal_code = StringField(_("Postcode"))
    house_number = StringField(_("Huisnummer"))
    house_number_suffix = StringField(_("Toevoeging"))
    street = StringField(_("Straat"))
    city = StringField(_("Woonplaats"))
    country = SelectField(
        _("Land"), choices=[SelectChoice(code, _(name)) for code, name in person.COUNTRIES.items()], default="NL"
    )

    not_columns: tuple[str, ...] = ()

    def tidied(self) -> tuple[dict[str, Any], dict[str, str]]:
        """(columns as they will be kept, {field: what is wrong})."""
        return person.tidy({name: value for name, value in super().values().items() if name not in self.not_columns})

    def values(self) -> dict[str, Any]:
        """Columns of Relation, tidied."""
        return self.tidied()[0]

    def kept(self) -> dict[str, Any]:
        return self.usable()

    def usable(self) -> dict[str, Any]:
        """The same without what is wrong."""
        clean, problems = self.tidied()
        return {name: value for name, value in clean.items() if name not in problems}

    def validate(self, extra_validators: Any = None) -> bool:
        fine: bool = super().validate(extra_validators)
        for name, problem in self.tidied()[1].items():
            field = self[name]
            if not field.errors:
                field.errors = [problem]
                fine = False
        return fine


class RelationForm(PersonForm):
    """A relation. Abroad neither postcode nor house number need be given; a new house may have no postcode yet."""

    record_type = HiddenField(default="client")
    title = RadioField(_("Aanspreektitel"), choices=TITLES, validators=filled_in(_("Kies De heer, Mevrouw of Geen.")))
    surname = StringField(_("Achternaam"), validators=filled_in(_("Vul de achternaam in.")))
    birth_date = DayField(_("Geboortedatum"), validators=filled_in(_("Vul de geboortedatum in.")))
    phone = TelField(_("Telefoonnummer"), validators=filled_in(_("Vul een telefoonnummer in.")))
    email = AddressField(_("E-mailadres"), validators=filled_in(_("Vul een e-mailadres in.")))
    postal_code = StringField(_("Postcode"), validators=filled_in(_("Vul de postcode in.")))
    no_postal_code = BooleanField(_("Nieuwbouw: nog geen postcode"))
    house_number = StringField(_("Huisnummer"), validators=filled_in(_("Vul het huisnummer in.")))
    street = StringField(_("Straat"), validators=filled_in(_("Vul de straat in.")))
    city = StringField(_("Woonplaats"), validators=filled_in(_("Vul de woonplaats in.")))
    address_form = RadioField(_("Aanspreekvorm"), choices=ADDRESS_FORMS, default="u")
    branch_id = SelectField(_("Vestiging"), coerce=int, validators=filled_in(_("Kies een vestiging.")))
    # Ids of the doubles that were shown when *Toch een nieuwe relatie maken* was clicked.
    seen_doubles = HiddenField(default="")

    not_columns = ("no_postal_code", "seen_doubles")
    contact_may_lack = ("birth_date", "postal_code", "house_number", "street", "city")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """`user`: whose vestigingen may be chosen, the first one preselected."""
        super().__init__(*args, **kwargs)
        branches: list[Branch] = list(user.branches)
        relation = kwargs.get("obj")
        if isinstance(relation, Relation) and relation.branch not in branches:
            branches.append(relation.branch)
        self.branch_id.choices = [SelectChoice(branch.id, branch.name) for branch in branches]
        if self.branch_id.data is None and branches:
            self.branch_id.data = branches[0].id
        if self.record_type.data == "contact":
            self.relax(*self.contact_may_lack)

    def validate(self, extra_validators: Any = None) -> bool:
        if self.country.data != "NL":
            self.relax("postal_code", "house_number")
        if self.no_postal_code.data:
            self.relax("postal_code")
        return super().validate(extra_validators)

    def relax(self, *names: str) -> None:
        """Let these fields be left empty."""
        for name in names:
            field = self[name]
            field.validators, field.flags.required = [Optional()], False


class PartnerForm(PersonForm):
    """The partner, in the same flow (O-017): left alone unless `present`; no e-mail address is needed.

    With `relation_id` or `known` it is somebody the office knows already (O-018) and the rest is not looked at.
    """

    class Meta(Form.Meta):
        csrf = False

    present = BooleanField(_("Partner toevoegen"))
    relation_id = NumberField(widget=HiddenInput(), validators=[Optional()])
    known = RecordField(_("Bestaande relatie"))
    title = RadioField(_("Aanspreektitel"), choices=TITLES, validators=filled_in(_("Kies De heer, Mevrouw of Geen.")))
    surname = StringField(_("Achternaam"), validators=filled_in(_("Vul de achternaam van de partner in.")))
    birth_date = DayField(_("Geboortedatum"), validators=filled_in(_("Vul de geboortedatum van de partner in.")))
    other_address = BooleanField(_("Woont op een ander adres"))

    not_columns = ("present", "relation_id", "known", "other_address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "partner")
        super().__init__(*args, **kwargs)

    def tidied(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The same; who lives at the client's address lives in his country."""
        if self.is_submitted() and not self.other_address.data:
            self.country.data = request.form.get("country") or self.country.data
        return super().tidied()

    @property
    def is_new(self) -> bool:
        """A partner was filled in who is not known yet."""
        return bool(self.present.data and not self.relation_id.data)

    def validate(self, extra_validators: Any = None) -> bool:
        if self.known.is_pending:
            return bool(self.known.validate(self))
        if self.known.data is not None:
            self.present.data, self.relation_id.data = True, self.known.data.id
        return super().validate(extra_validators) if self.is_new else True

    def values(self) -> dict[str, Any]:
        """Columns of Relation, tidied; without an address when the partner lives at the same one."""
        values = super().values()
        if not self.other_address.data:
            for name in ("postal_code", "house_number", "house_number_suffix", "street", "city", "country"):
                values.pop(name)
        return values


class MemberForm(Form):
    """Since when somebody belongs to a household, and as what."""

    role = SelectField(
        _("Rol"),
        choices=[
            SelectChoice("partner", _("Partner")),
            SelectChoice("child", _("Kind")),
            SelectChoice("other", _("Ander gezinslid")),
        ],
    )
    from_on = DayField(_("Sinds"), validators=[Optional()])


class LeaveForm(Form):
    """Somebody leaves a household."""

    until_on = DayField(_("Einddatum"), validators=filled_in(_("Vul in vanaf welke dag dit geldt.")))


class EndForm(LeaveForm):
    """*Relatie beëindigd*."""

    leaves = RadioField(_("Wie verlaat het huishouden?"), coerce=int)


class AccessForm(Form):
    """*Toegang vragen*."""

    reason = TextAreaField(_("Waarom"), validators=[Optional()])
    branch_id = SelectField(_("Voor vestiging"), coerce=int)


class FilterForm(Form):
    """What the list shows; comes from the address."""

    class Meta(Form.Meta):
        csrf = False

    name = StringField(_("Naam begint met"))
    city = StringField(_("Woonplaats"))
    branch = SelectField(_("Vestiging"), coerce=int, default=0)
    checked_since = DayField(_("Gecontroleerd sinds"), validators=[Optional()])

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branch.choices = [SelectChoice(0, _("Alle"))] + [
            SelectChoice(branch.id, branch.name) for branch in user.branches
        ]

    def filters(self) -> dict[str, str | int | dt.date | None]:
        """What to filter by; a field that is wrong filters nothing and says so."""
        self.validate()
        return {
            name: None if self[name].errors else self[name].data for name in ("name", "city", "branch", "checked_since")
        }
