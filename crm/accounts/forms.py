"""Paper of accounts."""

import json

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm import formats
from crm.access import ADMIN, ADVISER, ASSISTANT
from crm.addresses import seen
from crm.forms import AddressField, Form
from crm.settings import SettingsForm
from crm.texts import gettext
from crm.texts import lazy_gettext as _

NEEDED = _("Vul dit in.")


class Telephone(TelField):
    """A telephone number in any notation, kept as E.164; what was typed stays when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""
        try:
            self.data = formats.phone(self.data)
        except ValueError as error:
            raise ValueError(gettext("Dit is geen telefoonnummer. Voorbeeld: 06 12345678.")) from error

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else formats.show_phone(self.data or "")


def teams_link(form: Form, field: Field) -> None:
    """Only a meeting at Microsoft itself: this link goes to clients."""
    if not formats.is_teams_link((field.data or "").strip()):
        raise ValidationError(gettext("Plak een Teams-link die begint met https://teams.microsoft.com/."))


class TypedForm(Form):
    """Carries along what was being saved when the session ended: [[field, value], …] as JSON, and where it goes."""

    typed = HiddenField(default="")
    typed_at = HiddenField(default="")

    def validate_typed(self, field: Field) -> None:
        """Only pairs of text; anything else is not ours."""
        try:
            pairs = json.loads(field.data or "[]")
        except ValueError:
            pairs = None
        if not isinstance(pairs, list) or not all(is_pair(pair) for pair in pairs):
            field.data = ""


def is_pair(pair: object) -> bool:
    """True for two texts."""
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


class LoginForm(TypedForm):
    email = EmailField(_("E-mailadres"), filters=[lambda text: seen(text or "")], validators=[InputRequired(NEEDED)])
    password = PasswordField(_("Wachtwoord"), validators=[InputRequired(NEEDED)])
    next = HiddenField()


class CodeForm(TypedForm):
    """The second step: six digits of the telephone, or one of the recovery codes."""

    code = StringField(_("Code"), validators=[InputRequired(_("Vul de code van uw telefoon in.")), Length(max=40)])


class SecondFactorForm(Form):
    """The first code of a new secret; `word` holds the secret."""

    code = StringField(_("Code"), validators=[InputRequired(_("Vul de code van uw telefoon in.")), Length(max=40)])
    word = HiddenField()


class ProfileForm(Form):
    """What a user says about himself."""

    name = StringField(_("Naam"), validators=[InputRequired(NEEDED), Length(max=120)])
    phone = Telephone(_("Telefoon"))
    teams_url = URLField(_("Eigen Teams-link"), validators=[Optional(), teams_link])
    signature = TextAreaField(_("Handtekening onder e-mail"), validators=[Length(max=2000)])
    language = RadioField(_("Taal"), choices=[SelectChoice("nl", "Nederlands"), SelectChoice("en", "English")])
    theme = RadioField(
        _("Weergave"),
        choices=[
            SelectChoice("auto", _("Zoals het apparaat")),
            SelectChoice("light", _("Licht")),
            SelectChoice("dark", _("Donker")),
        ],
    )
    shortcuts = BooleanField(_("Sneltoetsen van één letter gebruiken (/, ?, n, g)"))


class PasswordForm(Form):
    """A new password, for who knows the old one."""

    old = PasswordField(_("Huidig wachtwoord"), validators=[InputRequired(NEEDED)])
    new_password = PasswordField(_("Nieuw wachtwoord"), validators=[InputRequired(NEEDED), Length(max=200)])


class NewPasswordForm(Form):
    """A new password, for who came by a one-time link."""

    password = PasswordField(_("Nieuw wachtwoord"), validators=[InputRequired(NEEDED), Length(max=200)])


class ConfirmForm(Form):
    """One's own password again, before something that others must not do at an unguarded screen."""

    own_password = PasswordField(_("Uw wachtwoord"), validators=[InputRequired(NEEDED)])


class Ticks(SelectMultipleField):
    """Some of a short list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class UserForm(Form):
    """A user, as the beheerder makes and edits him."""

    name = StringField(_("Naam"), validators=[InputRequired(NEEDED), Length(max=120)])
    email = AddressField(_("E-mailadres"), validators=[InputRequired(NEEDED), Length(max=200)])
    role = SelectField(
        _("Rol"),
        choices=[
            SelectChoice(ASSISTANT, _("Assistent")),
            SelectChoice(ADVISER, _("Adviseur")),
            SelectChoice(ADMIN, _("Beheerder")),
        ],
    )
    branch_ids = Ticks(_("Vestigingen"), coerce=int)

    def validate_branch_ids(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(gettext("Kies minstens één vestiging."))


class BranchForm(Form):
    """A vestiging of the office."""

    name = StringField(_("Naam"), validators=[InputRequired(NEEDED), Length(max=80)])
    street = StringField(_("Straat"), validators=[Length(max=120)])
    house_number = StringField(_("Huisnummer"), validators=[Length(max=20)])
    postal_code = StringField(_("Postcode"), validators=[Length(max=10)])
    city = StringField(_("Plaats"), validators=[Length(max=80)])
    phone = Telephone(_("Telefoon"))
    email = AddressField(_("E-mailadres"), validators=[Optional()])
    is_active = BooleanField(_("In gebruik"), default=True)

    def validate_postal_code(self, field: Field) -> None:
        try:
            field.data = formats.postal_code(field.data or "")
        except ValueError as error:
            raise ValidationError(gettext("Dit is geen postcode. Voorbeeld: 3511 AB.")) from error


class TokenForm(Form):
    """A new key to the API."""

    name = StringField(_("Waarvoor"), validators=[InputRequired(NEEDED), Length(max=80)])
    scopes = Ticks(_("Mag"), validators=[])
    days = SelectField(
        _("Geldig"),
        coerce=int,
        default=365,
        choices=[
            SelectChoice(30, _("30 dagen")),
            SelectChoice(90, _("90 dagen")),
            SelectChoice(365, _("1 jaar")),
            SelectChoice(0, _("tot u haar intrekt")),
        ],
    )

    def validate_scopes(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(gettext("Kies minstens één recht."))


class SecurityForm(SettingsForm):
    """What an office asks of everyone who logs in."""

    room = "accounts"
    title = _("Inloggen")
    weight = 20

    second_factor = BooleanField(
        _("Iedereen logt in met een tweede factor"),
        description=_("Wie er nog geen heeft, stelt die in bij de volgende klik."),
    )
