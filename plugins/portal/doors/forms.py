"""Paper of doors."""

from wtforms import PasswordField, StringField

from crm.furniture import Form, lazy_gettext


class PlainForm(Form):
    """A button."""


class CodeForm(Form):
    """The six digits of a text message, however they were typed."""

    code = StringField(lazy_gettext("Code uit de sms"))

    @property
    def digits(self) -> str:
        return "".join(sign for sign in self.code.data or "" if sign.isdecimal())


class NewMailForm(Form):
    email = StringField(lazy_gettext("Uw e-mailadres"))


class PasswordForm(Form):
    password = PasswordField(lazy_gettext("Nieuw wachtwoord"))


class LogInForm(Form):
    email = StringField(lazy_gettext("E-mailadres"))
    password = PasswordField(lazy_gettext("Wachtwoord"))
