"""Paper of document templates: the templates, the text of one document, what an office sets."""

import re
from typing import Any

from flask_login import current_user
from wtforms import BooleanField, ColorField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.document_templates import operations
from crm.forms import DutchNumberField, Form
from crm.mail.forms import LONGEST_BODY, one_line
from crm.settings import SettingsForm
from crm.texts import lazy_gettext as _

LONGEST_TITLE = 120
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
TOO_LIGHT = _("Deze kleur is op wit papier niet goed te lezen. Kies een donkerdere.")
DIGITS = _("Schrijf alleen cijfers en punten, zoals 300.012345.")
FEE = [Optional(), NumberRange(0, 100_000, _("Schrijf een bedrag van 0 tot 100.000."))]


def known_words(_form: Form, field: Any) -> None:
    """Refuse a word between {{ }} that does not exist."""
    if wrong := operations.check_text(field.data or "", current_user):
        raise ValidationError(" ".join(wrong))


def luminance(colour: str) -> float:
    """How light "#rrggbb" is, from 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable(_form: Form, field: Any) -> None:
    """Refuse what is no colour, and one that cannot be read on white."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", field.data or ""):
        raise ValidationError(_("Kies een kleur, zoals #0054a6."))
    if 1.05 / (luminance(field.data) + 0.05) < LEAST_CONTRAST:
        raise ValidationError(TOO_LIGHT)


def number(_form: Form, field: Any) -> None:
    """Refuse what is no number of a register."""
    if field.data and not re.fullmatch(r"[0-9. ]{1,20}", field.data):
        raise ValidationError(DIGITS)


class TemplateForm(Form):
    """A template of the office."""

    name = StringField(
        _("Naam"),
        validators=[InputRequired(_("Geef het sjabloon een naam.")), Length(max=LONGEST_TITLE), one_line],
    )
    purpose = StringField(_("Waarvoor"), validators=[Length(max=300), one_line])
    body = TextAreaField(
        _("Tekst"), validators=[InputRequired(_("Schrijf een tekst.")), Length(max=LONGEST_BODY), known_words]
    )
    is_active = BooleanField(_("In gebruik"), default=True)


class MakeForm(Form):
    """The text of one document before it is made. `sending` names this sending, `basis` the values in it; `replaces` is
    the number of the version that is made anew."""

    title = StringField(
        _("Titel"), validators=[InputRequired(_("Geef het document een titel.")), Length(max=LONGEST_TITLE), one_line]
    )
    body = TextAreaField(_("Tekst"), validators=[InputRequired(_("Schrijf een tekst.")), Length(max=LONGEST_BODY)])
    basis = HiddenField()
    replaces = HiddenField()
    sending = HiddenField(validators=[Length(max=64)])


class DocumentTemplateSettings(SettingsForm):
    """How the documents of an office look, and what they say of it."""

    room = "document_templates"
    title = _("Documenten die Sleutel maakt")
    weight = 46

    colour = ColorField(_("Kleur van koppen en lijnen"), default="#0054a6", validators=[readable])
    advice_fee = DutchNumberField(
        _("Kosten van advies (€)"), default=None, validators=FEE,
        description=_("Wat een klant betaalt, met btw als die er is. Staat in de opdracht en de vergelijkingskaart."),
    )  # fmt: skip
    mediation_fee = DutchNumberField(_("Kosten van bemiddeling (€)"), default=None, validators=FEE)
    afm_number = StringField(_("Vergunningnummer AFM"), default="", validators=[number])
    kvk_number = StringField(_("Nummer Kamer van Koophandel"), default="", validators=[number])
    kifid_number = StringField(_("Aansluitnummer Kifid"), default="", validators=[number])
