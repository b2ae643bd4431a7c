"""Paper of dossiers."""

from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from crm.access import ADVISER
from crm.accounts import queries as accounts
from crm.accounts.forms import Ticks
from crm.accounts.models import User
from crm.dossiers import catalogue, queries, status_path, statuses
from crm.dossiers.models import Dossier
from crm.forms import DayField, DutchNumberField, Form, NumberField, QueryForm, number
from crm.relations.queries import partners_of
from crm.settings import SettingsForm
from crm.texts import gettext
from crm.texts import lazy_gettext as _

NO_SOURCE = _("Kies een bron; weet u die niet, kies dan Algemeen bekend.")
NO_BRANCH = _("Kies voor welke vestiging het dossier is.")


class DossierForm(Form):
    """New dossier, and its details later."""

    lead_source_id = SelectField(_("Bron"), coerce=number, validators=[InputRequired(NO_SOURCE)])
    branch_id = SelectField(_("Vestiging"), coerce=number, validators=[InputRequired(NO_BRANCH)])
    assistant_id = SelectField(_("Assistent"), coerce=number, validators=[Optional()])
    adviser_id = SelectField(_("Adviseur"), coerce=number, validators=[Optional()])
    dossier_type = SelectField(_("Type"), validators=[InputRequired(_("Kies een type."))])
    profile = SelectField(_("Onderwerp"), validators=[InputRequired(_("Kies een onderwerp."))])
    # The onderwerp becomes part of the title of an appointment, which has room for 200.
    profile_other = StringField(_("Anders, namelijk"), validators=[Length(max=100)])
    description = TextAreaField(_("Beschrijving"), validators=[Length(max=10000)])
    confirmed = BooleanField(_("Ja, ik wil een tweede dossier naast het bestaande"))

    def fill_choices(self, user: User, dossier: Dossier | None = None) -> "DossierForm":
        """What may be chosen, with what the dossier has now in it even when that was switched off since."""
        lead_sources, self.colleagues = queries.choices(user)
        sources = [(source.id, gettext(source.name)) for source in lead_sources]
        branches = [(branch.id, branch.name) for branch in queries.branches(user)]
        people = [(person.id, person.name) for person in self.colleagues]
        advisers = [(person.id, person.name) for person in self.colleagues if person.role == ADVISER]
        if dossier:
            sources = with_own(sources, dossier.lead_source)
            branches = with_own(branches, dossier.branch)
            people = with_own(people, dossier.assistant)
            advisers = with_own(advisers, dossier.adviser)
        self.lead_source_id.choices = [("", gettext("Kies een bron")), *sources]
        self.branch_id.choices = [("", gettext("Kies een vestiging")), *branches]
        self.assistant_id.choices = [("", gettext("Niemand")), *people]
        self.adviser_id.choices = [("", gettext("Nog niet bekend")), *advisers]
        types = [(entry.key, gettext(entry.title)) for entry in catalogue.entries("dossier_types")]
        self.dossier_type.choices = [("", gettext("Kies een type")), *types]
        self.profile.choices = [
            ("", gettext("Kies een onderwerp"), {}),
            *map(profile_choice, catalogue.entries("profiles")),
        ]
        return self

    def validate_profile(self, field: SelectField) -> None:
        if self.dossier_type.data and field.data and not catalogue.fits(self.dossier_type.data, field.data):
            wrong = catalogue.title("profiles", field.data), catalogue.title("dossier_types", self.dossier_type.data)
            raise ValidationError(gettext("%(profile)s past niet bij %(type)s.", profile=wrong[0], type=wrong[1]))

    def validate_profile_other(self, field: StringField) -> None:
        if self.profile.data == catalogue.OTHER and not (field.data or "").strip():
            raise ValidationError(gettext("Schrijf bij Anders waar het dossier over gaat."))


class DetailsForm(DossierForm):
    """The details of a dossier that is there: the partner too, who may have come or gone since."""

    partner_id = SelectField(_("Partner"), coerce=number, validators=[Optional()])

    def fill_choices(self, user: User, dossier: Dossier | None = None) -> "DetailsForm":
        """With the partner in the household now, and the one the dossier has."""
        super().fill_choices(user, dossier)
        now = partners_of([dossier.relation_id]).values() if dossier else ()
        people = with_own([(one.id, one.name) for one in now], dossier.partner if dossier else None)
        self.partner_id.choices = [("", gettext("Niemand")), *people]
        return self


def profile_choice(entry: catalogue.Entry) -> SelectChoice:
    """An onderwerp with the types it fits, for the script that leaves out the others."""
    return SelectChoice(entry.key, gettext(entry.title), {"data-types": " ".join(entry.types)})


def with_own(choices: list[tuple[int, str]], record: Any) -> list[tuple[int, str]]:
    """The choices, and what the dossier has now."""
    if record is None or any(choice[0] == record.id for choice in choices):
        return choices
    return [*choices, (record.id, record.name)]


class FilterForm(QueryForm):
    """What a list is narrowed to; it stands in the address."""

    status = SelectField(_("Status"), validate_choice=False, default="")
    branch = SelectField(_("Vestiging"), coerce=number, validate_choice=False)
    adviser = SelectField(_("Adviseur"), coerce=number, validate_choice=False)
    mine = BooleanField(_("Alleen mijn dossiers"))

    def fill_choices(self, user: User) -> "FilterForm":
        every = [(key, gettext(status.title)) for key, status in statuses.current().statuses.items()]
        self.status.choices = [("", gettext("Alle")), ("open", gettext("Alle lopende")), *every]
        self.branch.choices = [("", gettext("Alle")), *((branch.id, branch.name) for branch in user.branches)]
        self.adviser.choices = [("", gettext("Alle")), *((one.id, one.name) for one in accounts.advisers(user))]
        return self

    def filters(self) -> queries.Filters:
        """What was chosen; nonsense in the address is no filter."""
        status = self.status.data if self.status.data in {*statuses.current().statuses, "open"} else ""
        return queries.Filters(status, self.branch.data, self.adviser.data, bool(self.mine.data))


class StatusForm(Form):
    """One step on the status path; which of these are asked depends on the step."""

    reason = TextAreaField(_("Reden"))
    confirmed = BooleanField(_("Ja, sla de stappen daartussen over"))
    assistant_id = SelectField(_("Assistent bepalen"), coerce=number, validators=[Optional()])

    def fill_choices(self, user: User) -> "StatusForm":
        people = [(person.id, person.name) for person in accounts.colleagues(user)]
        self.assistant_id.choices = [("", gettext("Kies de assistent van het dossier")), *people]
        return self

    call_back_on = DayField(_("Klant nabellen op"), validators=[Optional()])


SERVICE_STATUSES = [SelectChoice("open", _("Loopt")), SelectChoice("done", _("Gereed"))]


def choices(name: str, empty: str = "") -> list[SelectChoice]:
    """What a list of the catalogue offers."""
    found = [SelectChoice(entry.key, gettext(entry.title)) for entry in catalogue.entries(name)]
    return [SelectChoice("", empty), *found] if empty else found


class ServiceForm(Form):
    """A dienst."""

    service_kind = SelectField(_("Dienst"), choices=lambda: choices("service_kinds"), validators=[InputRequired()])
    status = SelectField(_("Status"), choices=SERVICE_STATUSES, default="open")


class ProductForm(Form):
    """A product the client has or will have."""

    product_kind = SelectField(_("Product"), choices=lambda: choices("product_kinds"), validators=[InputRequired()])
    status = SelectField(_("Status"), choices=lambda: choices("product_statuses"), default="intended")
    provider = StringField(
        _("Maatschappij"), validators=[InputRequired(_("Schrijf bij welke maatschappij.")), Length(max=100)]
    )
    policy_number = StringField(_("Polis- of leningnummer"), validators=[Length(max=60)])
    amount = DutchNumberField(_("Bedrag (€)"), validators=[Optional(), NumberRange(0, 9_999_999_999)])
    premium = DutchNumberField(_("Premie per maand (€)"), validators=[Optional(), NumberRange(0, 99_999_999)])
    rate = DutchNumberField(_("Rente (%)"), thousands=False, decimals=3, validators=[Optional(), NumberRange(0, 100)])
    fixed_until = DayField(_("Einde rentevaste periode"), validators=[Optional()])
    repayment = SelectField(_("Aflosvorm"), choices=lambda: choices("repayments", gettext("Niet van toepassing")))
    starts_on = DayField(_("Ingangsdatum"), validators=[Optional()])
    ends_on = DayField(_("Einddatum"), validators=[Optional()])


class LeadSourceForm(Form):
    """A bron."""

    name = StringField(_("Naam"), validators=[InputRequired(_("Schrijf hoe de bron heet.")), Length(max=80)])
    weight = NumberField(_("Plaats in de lijst"), default=50, validators=[Optional(), NumberRange(0, 999)])
    is_active = BooleanField(_("In gebruik"), default=True)


class StatusDefinitionForm(Form):
    """A status of the path, as the beheerder sees it."""

    title = StringField(_("Naam"), validators=[InputRequired(_("Schrijf hoe de status heet.")), Length(max=60)])
    phase = StringField(_("Fase"), filters=[lambda text: text or ""], validators=[Length(max=60)])
    weight = NumberField(_("Plaats op het pad"), default=50, validators=[InputRequired(), NumberRange(0, 9999)])
    in_order = BooleanField(_("Hoort in de vaste volgorde"), default=True)
    is_active = BooleanField(_("In gebruik"), default=True)


class NewStatusForm(StatusDefinitionForm):
    """A status of the office's own."""

    meaning = SelectField(
        _("Betekenis"),
        choices=[
            SelectChoice(key, _(title)) for key, title in status_path.MEANINGS.items() if key not in status_path.FIXED
        ],
    )


class StepForm(Form):
    """A step from one status to another."""

    to = SelectField(_("Naar status"), validators=[InputRequired(_("Kies naar welke status de stap gaat."))])
    takes = Ticks(
        _("Voorwaarden"),
        choices=[SelectChoice(name, _(title)) for name, title in status_path.GUARDS.items()],
    )

    def fill_choices(self, path: status_path.StatusPath, origin: str, now: str = "") -> "StepForm":
        """Every status there is no written step to yet, and the one a step leads to now."""
        taken = {origin, *path.statuses[origin].steps}
        free = [
            (one.key, gettext(one.title)) for one in path if one.key == now or (one.is_active and one.key not in taken)
        ]
        self.to.choices = [("", gettext("Kies een status")), *free]
        return self


class DossierSettings(SettingsForm):
    """What an office agrees on at the start (U-009)."""

    room = "dossiers"
    title = _("Dossiers")
    works_with = RadioField(
        _("Het kantoor werkt met"),
        choices=[SelectChoice("services", _("Diensten")), SelectChoice("products", _("Producten"))],
        default="services",
        description=_("Bepaalt wat in een dossier vooraan staat, hoe het tabblad heet en waar workflows onder hangen."),
    )
