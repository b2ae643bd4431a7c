"""Paper of service requests."""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, Regexp

from crm.accounts.models import User
from crm.db import utcnow
from crm.forms import Form, number
from crm.lists.fields import colleague_choices
from crm.search.picker import RecordField
from crm.service_requests.models import ServiceRequest
from crm.service_requests.typed import LABELS, PROFILES, STATUSES, TOPICS, TRANSITIONS, problems
from crm.settings import SettingsForm
from crm.texts import gettext
from crm.texts import lazy_gettext as _

ORIGINS = r"^\s*(https://[a-z0-9.-]+(:\d+)?\s*)+$"
FASTEST, SLOWEST = 3, 12 * 60 * 60  # seconds between showing the form and sending it


def options(names: Mapping[Any, str]) -> list[SelectChoice]:
    """A field's choices: what is sent and what is shown."""
    return [SelectChoice(value, _(label)) for value, label in names.items()]


def signer() -> URLSafeTimedSerializer:
    """Signs the moment at which a public form was shown: no session, so that it works inside another site."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="service-request")


class RequestForm(Form):
    """What is asked of the client; `problems` says what is wrong with the answers."""

    initials = StringField(_("Voorletters"))
    first_name = StringField(_("Voornaam"))
    surname_prefix = StringField(_("Tussenvoegsel"))
    surname = StringField(_("Achternaam"))
    birth_date = StringField(_("Geboortedatum"))
    phone = StringField(_("Telefoonnummer"))
    email = StringField(_("E-mailadres"))
    postal_code = StringField(_("Postcode"))
    house_number = StringField(_("Huisnummer"))
    street = StringField(_("Straat"))
    city = StringField(_("Woonplaats"))
    profile = RadioField(_("Waar gaat het over?"), choices=options(PROFILES), validators=[Optional()])
    branch = SelectField(_("Vestiging"), default="")
    message = TextAreaField(_("Opmerking"))

    def __init__(self, branches: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branches = {str(branch.id): branch for branch in branches}
        self.branch.choices = options({id: branch.name for id, branch in self.branches.items()})
        self.surname.flags.required = True

    def typed(self) -> dict[str, str]:
        """The answers as typed; the vestiging by its name."""
        answers = {name: self[name].data or "" for name in LABELS}
        chosen = self.branches.get(answers["branch"])
        return {**answers, "branch": chosen.name if chosen else ""}

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        found = problems(self.typed())
        for name, sentence in found.items():
            self[name].errors = [sentence]
        return good and not found


class PublicForm(RequestForm):
    """The same for the client: with consent, and without a session. `website` is the trap: people don't see it."""

    consent = BooleanField(validators=[InputRequired(_("Zet een vinkje, dan mogen wij contact met u opnemen."))])
    website = StringField(_("Laat dit veld leeg"))
    shown = HiddenField()

    class Meta(Form.Meta):
        csrf = False

    def __init__(self, branches: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(branches, *args, **kwargs)
        self.branch.choices = [SelectChoice("", _("Geen voorkeur")), *self.branch.choices]
        if not self.shown.data:
            self.shown.data = signer().dumps("")

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if self.website.data:
            self.website.errors = [gettext("Dit veld moet leeg blijven. Haal weg wat er staat.")]
            return False
        return self.check_shown() and good

    def check_shown(self) -> bool:
        """False when the form was not ours, too old, or sent faster than anyone types."""
        try:
            _nothing, moment = signer().loads(self.shown.data, max_age=SLOWEST, return_timestamp=True)
        except (SignatureExpired, BadSignature):
            self.shown.data = signer().dumps("")
            self.shown.errors = [gettext("Het formulier stond lang open. Kijk het na en verstuur het nog een keer.")]
            return False
        if (utcnow() - moment).total_seconds() < FASTEST:
            self.shown.errors = [gettext("Dat ging wel erg snel. Kijk na wat u invulde en verstuur het nog een keer.")]
            return False
        return True


class EditForm(Form):
    """*Bewerken*: only the statuses that may follow are offered (domain.md §5.2)."""

    status = SelectField(_("Status"))
    reason = StringField(_("Reden"))
    topic = SelectField(_("Onderwerp"), choices=options(TOPICS))
    branch_id = SelectField(_("Vestiging"), coerce=int)
    assigned_to_id = SelectField(_("Toegewezen aan"), coerce=number, validators=[Optional()])
    relation = RecordField(_("Klant"))

    def __init__(self, request: ServiceRequest, user: User, *args: Any, **kwargs: Any) -> None:
        """With the vestigingen and colleagues of this user, and those the request has now."""
        super().__init__(*args, obj=request, data={"reason": request.closing_reason}, **kwargs)
        self.status.choices = options({key: STATUSES[key] for key in (request.status, *TRANSITIONS[request.status])})
        self.branches = {
            branch.id: branch for branch in sorted({request.branch, *user.branches}, key=lambda one: one.name)
        }
        self.branch_id.choices = [SelectChoice(id, branch.name) for id, branch in self.branches.items()]
        self.assigned_to_id.choices = colleague_choices(user, gettext("Niemand"), request.assigned_to)

    def shown(self, record: Any) -> dict[str, Any]:
        return {**super().shown(record), "reason": record.closing_reason}

    def values(self) -> dict[str, Any]:
        values = {name: value for name, value in super().values().items() if name != "relation"}
        return {**values, "branch": self.branches[self.branch_id.data]}


class ServiceRequestSettings(SettingsForm):
    """What an office decides about the public form."""

    room = "service_requests"
    title = _("Aanvraagformulier")

    consent_text = TextAreaField(
        _("Toestemming"),
        default=(
            "Ik geef toestemming om mijn gegevens te gebruiken om contact met mij op te nemen over mijn vraag. "
            "Mijn gegevens worden niet voor iets anders gebruikt."
        ),
        description=_("Bij elke aanvraag bewaren wij de tekst waarmee de klant akkoord ging."),
        validators=[InputRequired(_("Zonder tekst geen toestemming. Schrijf waarvoor de klant die geeft."))],
    )
    frame_ancestors = StringField(
        _("Websites die het formulier mogen tonen"),
        default="",
        description=_("Adressen zoals https://www.kantoor.nl, met spaties ertussen. Leeg: geen enkele."),
        validators=[
            Optional(),
            Regexp(ORIGINS, message=_("Schrijf elk adres als https://www.kantoor.nl, zonder pad.")),
        ],
    )
    usual_branch = StringField(
        _("Vestiging voor aanvragen zonder voorkeur"),
        default="",
        description=_("De naam van de vestiging. Leeg: de oudste."),
    )
