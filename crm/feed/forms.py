"""Paper of the feed."""

from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired

from crm.forms import Form
from crm.texts import lazy_gettext as _


class RegistrationForm(Form):
    text = TextAreaField(_("Registratie"), validators=[InputRequired(_("Schrijf eerst wat er is besproken."))])
    is_public = BooleanField(_("Publiek"))
