"""Paper of documents."""

from collections.abc import Mapping

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.forms import DayField, Form, NumberField
from crm.settings import SettingsForm
from crm.texts import lazy_gettext as _


class DocumentForm(Form):
    """What a document is called, what it is, and its own date."""

    name = StringField(_("Naam"), validators=[InputRequired(_("Geef het document een naam.")), Length(max=200)])
    document_type = SelectField(_("Soort"), default="")
    dated_on = DayField(_("Datum op het document"), validators=[Optional()])

    def fill_choices(self, types: Mapping[str, str]) -> "DocumentForm":
        """The office's types; one that is no longer in use stays while the document has it. Without types no field."""
        now = self.document_type.object_data
        if not types and not now:
            del self.document_type
            return self
        gone = [SelectChoice(now, now)] if now and now not in types else []
        found = [SelectChoice(key, name) for key, name in types.items()]
        self.document_type.choices = [SelectChoice("", _("Nog niet gekozen")), *gone, *found]
        return self


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
