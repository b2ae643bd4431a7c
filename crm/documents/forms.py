"""Paper of documents."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.forms import DayField, Form, NumberField
from crm.settings import SettingsForm
from crm.texts import lazy_gettext as _


class DocumentForm(Form):
    """What a document is called, and its own date."""

    name = StringField(_("Naam"), validators=[InputRequired(_("Geef het document een naam.")), Length(max=200)])
    dated_on = DayField(_("Datum op het document"), validators=[Optional()])


class DocumentSettings(SettingsForm):
    """What an office decides about files."""

    room = "documents"
    title = _("Documenten")
    weight = 45

    most_megabytes = NumberField(
        _("Grootste bestand (MB)"),
        default=25,
        description=_("Een groter bestand wordt geweigerd, met deze grens erbij."),
        validators=[NumberRange(1, 200, _("Kies een grens van 1 tot en met 200 MB."))],
    )
