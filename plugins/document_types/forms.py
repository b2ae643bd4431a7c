"""Paper of types, reasons and checklists."""

import re
from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from crm.plugin import N_, Form, NumberField, Option, QueryForm, RecordField, Ticks, dossier_entries, gettext
from crm.plugin import lazy_gettext as _
from plugins.document_types import content, queries, terms
from plugins.document_types.models import DocumentType

NEEDED_NAME = _("Schrijf hoe het heet.")
CODE = re.compile(r"[0-9]{3}")


def choices_of(words: Mapping[str, str], empty: str = "") -> list[SelectChoice]:
    """What may be chosen, translated when it is shown; with `empty` for nothing."""
    found = [SelectChoice(key, _(text)) for key, text in words.items()]
    return [SelectChoice("", _(empty)), *found] if empty else found


def or_empty(text: Any) -> Any:
    """An empty text for what was not sent."""
    return text or ""


class CodesField(StringField):
    """Codes of HDN with a comma or space between; `data` is a list of them."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = re.split(r"[\s,;]+", valuelist[0].strip()) if valuelist and valuelist[0].strip() else []
        if wrong := [code for code in self.data if not CODE.fullmatch(code)]:
            said = gettext("%(code)s is geen code van HDN: schrijf drie cijfers, zoals 009.", code=wrong[0][:20])
            raise ValueError(said)
        self.data = list(dict.fromkeys(self.data))

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(self.data or [])


class TypeForm(Form):
    """A soort document."""

    name = StringField(_("Naam"), validators=[DataRequired(NEEDED_NAME), Length(max=120)])
    explanation = TextAreaField(_("Uitleg voor de klant"), filters=[or_empty], validators=[Length(max=1000)])
    group = SelectField(_("Groep"), choices=choices_of(terms.GROUPS))
    delivered_by = SelectField(_("Aan te leveren door"), choices=choices_of(terms.DELIVERED_BY))
    scope = SelectField(_("Gevraagd"), choices=choices_of(terms.SCOPES), default=terms.HOUSEHOLD)
    item_name = StringField(_("Per wat"), filters=[or_empty], validators=[Length(max=40)])
    item_count = NumberField(_("Aantal aan het begin"), default=1, validators=[InputRequired(), NumberRange(1, 20)])
    validity = SelectField(_("Geldigheid"), choices=choices_of(terms.VALIDITIES))
    validity_count = NumberField(_("Aantal"), validators=[Optional(), NumberRange(1, 999)])
    condition = StringField(_("Wanneer nodig"), filters=[or_empty], validators=[Length(max=200)])
    formats = Ticks(
        _("Bestanden"),
        choices=[SelectChoice(key, text) for key, text in terms.FORMATS.items()],
        default=list(terms.USUAL_FORMATS),
    )
    hdn_codes = CodesField(_("Codes van HDN"), default=list)
    retention_years = NumberField(_("Bewaren (jaren)"), validators=[Optional(), NumberRange(0, 99)])
    signable = BooleanField(_("Kan digitaal ondertekend worden"))
    is_invoice = BooleanField(_("Is een factuur"))
    is_active = BooleanField(_("In gebruik"), default=True)
    reason_ids = Ticks(_("Eigen redenen van afkeuring"), coerce=int)

    def fill_choices(self, document_type: DocumentType | None = None) -> "TypeForm":
        """The reasons that fit some types only: those in use, and those the type has now."""
        now = document_type.reason_ids if document_type else []
        self.reasons = list(queries.reasons_by_key().values())
        own = [one for one in self.reasons if not one.is_general]
        self.reason_ids.choices = [SelectChoice(one.id, one.name) for one in own if one.is_active or one.id in now]
        return self

    def validate_item_name(self, field: StringField) -> None:
        if self.scope.data == terms.ITEM and not field.data.strip():
            raise ValidationError(gettext("Schrijf per wat het wordt gevraagd, zoals werkgever of lening."))

    def validate_validity(self, field: SelectField) -> None:
        # At this field: the number itself may be left empty, and then is not checked.
        if field.data in terms.COUNTED and self.validity_count.data is None and not self.validity_count.errors:
            raise ValidationError(gettext("Schrijf ernaast hoeveel."))

    def validate_formats(self, field: Ticks) -> None:
        if not field.data:
            raise ValidationError(gettext("Kies ten minste één soort bestand."))


class FilterForm(QueryForm):
    """What the list of types is narrowed to; it stands in the address."""

    q = StringField(_("Naam of code"), filters=[or_empty])
    group = SelectField(_("Groep"), choices=choices_of(terms.GROUPS, N_("Alle")), validate_choice=False, default="")
    delivered_by = SelectField(
        _("Aan te leveren door"), choices=choices_of(terms.DELIVERED_BY, N_("Alle")), validate_choice=False, default=""
    )
    inactive = BooleanField(_("Ook wat niet in gebruik is"))

    def filters(self) -> queries.Filters:
        """What was chosen; nonsense in the address is no filter."""
        group = self.group.data if self.group.data in terms.GROUPS else ""
        delivered_by = self.delivered_by.data if self.delivered_by.data in terms.DELIVERED_BY else ""
        return queries.Filters(self.q.data or "", group, delivered_by, bool(self.inactive.data))


class ReasonForm(Form):
    """A reason to reject a document."""

    name = StringField(_("Naam"), validators=[DataRequired(NEEDED_NAME), Length(max=80)])
    text = TextAreaField(
        _("Tekst voor de klant"),
        validators=[DataRequired(_("Schrijf wat de klant te lezen krijgt.")), Length(max=500)],
    )
    is_general = BooleanField(_("Past bij elke soort"))
    weight = NumberField(_("Plaats in de lijst"), default=500, validators=[InputRequired(), NumberRange(0, 9999)])
    is_active = BooleanField(_("In gebruik"), default=True)


class TypeField(RecordField):
    """One type in use, found by its name or code."""

    placeholder = N_("Zoek op naam of code …")

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, kinds=("document_type",), **kwargs)

    def offered(self, words: str) -> list[Option]:
        return [Option(f"document_type:{one.id}", one.name, gettext(terms.GROUPS[one.group])) for one in found(words)]

    @property
    def address(self) -> str:
        return url_for("document_types.suggest")


def found(words: str) -> list[DocumentType]:
    """The first types in use with these words."""
    return list(queries.page_of(queries.Filters(words), limit=8))


def entries(name: str, empty: str = "") -> list[SelectChoice]:
    """What dossiers can be about."""
    return choices_of({one.key: one.title for one in dossier_entries(name)}, empty)


class TemplateForm(Form):
    """A stukkenlijst-sjabloon."""

    name = StringField(_("Naam"), validators=[DataRequired(NEEDED_NAME), Length(max=120)])
    description = TextAreaField(_("Toelichting"), filters=[or_empty], validators=[Length(max=500)])
    phase = SelectField(_("Fase"), choices=choices_of(terms.PHASES))
    dossier_types = Ticks(_("Type dossier"), choices=lambda: entries("dossier_types"))
    profiles = Ticks(_("Onderwerp"), choices=lambda: entries("profiles"))
    situations = Ticks(_("Situatie"), choices=lambda: choices_of(content.situations()))
    weight = NumberField(_("Plaats in de lijst"), default=500, validators=[InputRequired(), NumberRange(0, 9999)])
    is_active = BooleanField(_("In gebruik"), default=True)


class ItemForm(Form):
    """One row of a checklist."""

    type = TypeField(_("Soort document"), needed=_("Kies een soort document."))
    situation = SelectField(_("Alleen bij"), choices=lambda: choices_of(content.situations(), N_("Altijd")), default="")
    choice = StringField(_("Keuze uit"), filters=[or_empty], validators=[Length(max=60)])
    option = NumberField(_("Mogelijkheid"), default=1, validators=[InputRequired(), NumberRange(1, 9)])
    replaces = TypeField(_("In plaats van"))


class PreviewForm(QueryForm):
    """For whom several checklists are combined; it stands in the address."""

    dossier_type = SelectField(
        _("Type dossier"), choices=lambda: entries("dossier_types", N_("Alle")), validate_choice=False, default=""
    )
    profile = SelectField(
        _("Onderwerp"), choices=lambda: entries("profiles", N_("Alle")), validate_choice=False, default=""
    )
    phase = SelectField(_("Fase"), choices=choices_of(terms.PHASES, N_("Alle")), validate_choice=False, default="")
    situations = Ticks(_("Situatie"), choices=lambda: choices_of(content.situations()), validate_choice=False)


class CatalogueForm(Form):
    """A catalogue as a file."""

    file = FileField(_("Bestand (TOML)"), validators=[FileRequired(_("Kies een bestand."))])


class ApplyForm(Form):
    """The file that was looked at, and what it would change."""

    text = HiddenField(validators=[InputRequired()])
    fingerprint = HiddenField(validators=[InputRequired()])
