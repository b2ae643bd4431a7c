"""What goes in and comes out of the API, field by field."""

import datetime as dt
from typing import Any

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Date, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from marshmallow import RAISE, ValidationError, pre_load

from crm.formats import LARGEST, cleaned, is_in_reach
from crm.relations.person import COUNTRIES, LONGEST
from crm.service_requests.typed import LABELS
from crm.service_requests.typed import LONGEST as TYPED_LONGEST
from crm.texts import N_

IDENTITY = Range(0, LARGEST, error=N_("Dit nummer bestaat niet."))
FROM_ONE_TO_HUNDRED = Range(1, 100, error=N_("Kies een getal van 1 tot en met 100."))
IN_REACH = N_("Kies een datum van 1900 tot en met 2100.")

TOO_LONG = N_("Dit is te lang: gebruik ten hoogste 100 tekens.")
NOT_EMPTY = {"minLength": 1, "pattern": r"\S"}


def in_reach(day: dt.date) -> None:
    """Raises ValidationError for a day or moment of other times."""
    if not is_in_reach(day):
        raise ValidationError(IN_REACH)


def text(**more: Any) -> String:
    """A text that is always there, empty when unknown."""
    return String(required=True, **more)


def maybe(field: type[Any], **more: Any) -> Any:
    """A value that is null when unknown."""
    return field(required=True, allow_none=True, **more)


class Named(Schema):
    """A record in the margin of another."""

    id = Integer(required=True)
    name = String(required=True)


class Whole(Schema):
    """What every record has; moments are UTC."""

    id = Integer(required=True)
    version = Integer(required=True)
    created_at = AwareDateTime(required=True, format="iso")
    updated_at = AwareDateTime(required=True, format="iso")


class RelationOut(Whole):
    """A person. Phones are E.164; `title` is mr, ms, none or empty; `address_form` u or je."""

    record_type, title = text(), text()
    initials, first_name, surname_prefix, surname, name = text(), text(), text(), text(), text()
    birth_date = maybe(Date)
    phone, other_phone, email = text(), text(), text()
    street, house_number, house_number_suffix = text(), text(), text()
    postal_code, city, country = text(), text(), text()
    address_form = text()
    checked_at = maybe(AwareDateTime, format="iso")
    branch = Nested(Named, required=True)


class LeadSourceOut(Schema):
    """Bron of a dossier."""

    key, name = text(), text()


class DossierOut(Whole):
    """An advice case; `status`, `dossier_type` and `profile` are keys."""

    number, title, status, dossier_type, profile, profile_other = text(), text(), text(), text(), text(), text()
    description, closing_reason = text(), text()
    relation_id = Integer(required=True)
    partner_id, household_id = maybe(Integer), maybe(Integer)
    branch = Nested(Named, required=True)
    lead_source = Nested(LeadSourceOut, required=True)
    adviser = Nested(Named, required=True, allow_none=True)
    assistant = Nested(Named, required=True, allow_none=True)


class ServiceRequestOut(Whole):
    """A serviceaanvraag: `typed` as the client wrote it, the rest tidied."""

    status, topic, channel, name, email, phone = text(), text(), text(), text(), text(), text()
    postal_code, message, consent_text, closing_reason = text(), text(), text(), text()
    typed = Dict(keys=String(), values=String(), required=True)
    consent_at = maybe(AwareDateTime, format="iso")
    branch = Nested(Named, required=True)
    assigned_to = Nested(Named, required=True, allow_none=True)
    relation_id, dossier_id, appointment_id = maybe(Integer), maybe(Integer), maybe(Integer)


class AppointmentOut(Whole):
    """An event in an adviser's agenda; `description` is for the office only."""

    category, title, teams_url, description, status, uid = text(), text(), text(), text(), text(), text()
    starts_at = AwareDateTime(required=True, format="iso")
    ends_at = AwareDateTime(required=True, format="iso")
    by_video = Boolean(required=True)
    sequence = Integer(required=True)
    branch = Nested(Named, required=True)
    assigned_to = Nested(Named, required=True)
    subject_kind, subject_id = maybe(String), maybe(Integer)


class TaskOut(Whole):
    """Something somebody must do; `due_on` is a working day."""

    task_kind, title, notes, status = text(), text(), text(), text()
    due_on, rule_due_on = maybe(Date), maybe(Date)
    done_at = maybe(AwareDateTime, format="iso")
    branch_id = Integer(required=True)
    assigned_to = Nested(Named, required=True, allow_none=True)
    appointment_id = maybe(Integer)
    subject_kind, subject_id = maybe(String), maybe(Integer)


class PostOut(Whole):
    """A post in the feed; `post_kind` registration was written by a person."""

    post_kind, text = String(required=True), String(required=True)
    is_public = Boolean(required=True)
    author = Nested(Named, required=True, allow_none=True)
    by = String(required=True, metadata={"description": "Who did it: a user, a client, or empty for Sleutel itself."})
    subject_kind, subject_id = maybe(String), maybe(Integer)


class HitOut(Schema):
    """Something the search box finds."""

    kind, title, detail = text(), text(), text()
    id = Integer(required=True)


def page_of(item: type[Schema]) -> type[Schema]:
    """A page: `items`, and `next`, the address of the next page or null."""
    name = item.__name__.removesuffix("Out") + "Page"
    fields = {"items": List(Nested(item), required=True), "next": maybe(String)}
    made: type[Schema] = type(name, (Schema,), {**fields, "__doc__": "A page."})
    return made


class PageIn(Schema):
    """Which page of a list."""

    limit = Integer(load_default=50, validate=FROM_ONE_TO_HUNDRED)
    cursor = String(load_default=None, allow_none=True)
    updated_since = AwareDateTime(load_default=None, allow_none=True, format="iso", validate=in_reach)


class FeedIn(Schema):
    """Whose feed: `subject` is "relation:12"."""

    subject = String(required=True)
    limit = Integer(load_default=50, validate=FROM_ONE_TO_HUNDRED)
    cursor = String(load_default=None, allow_none=True)


class SearchIn(Schema):
    """What to search for; `kind` narrows it to one kind of record."""

    q = String(
        required=True, validate=Length(1, 200, error=N_("Schrijf waar u naar zoekt, in ten hoogste 200 tekens."))
    )
    kind = String(load_default=None, allow_none=True)
    limit = Integer(load_default=20, validate=FROM_ONE_TO_HUNDRED)


def line(**more: Any) -> String:
    """A line of text as it is typed on a form."""
    return String(validate=Length(max=LONGEST, error=TOO_LONG), **more)


class Sent(Schema):
    """What a program sends in a body: its texts are as they are kept before any rule looks at them, as in a form.
    What it does not know it refuses, and the description says so."""

    class Meta:
        unknown = RAISE

    @pre_load
    def clean(self, data: Any, **_more: Any) -> Any:
        return cleaned(data)


class PersonIn(Sent):
    """A person as typed; it is tidied and checked as on the form."""

    title = String(validate=OneOf(["mr", "ms", "none", ""], error=N_("Kies uit mr, ms, none.")))
    initials, first_name, surname_prefix = line(), line(), line()
    surname = line(required=True, metadata=NOT_EMPTY)
    birth_date = Date(allow_none=True, validate=in_reach)
    phone, other_phone, email = String(), String(), String()
    street, house_number, house_number_suffix = line(), line(), line()
    postal_code, city = line(), line()
    country = String(
        validate=OneOf([*COUNTRIES, ""], error=N_("Dit land staat niet in de lijst: gebruik de code, zoals NL."))
    )
    address_form = String(validate=OneOf(["u", "je"], error=N_("Kies uit u, je.")))


class RelationIn(PersonIn):
    """A new relation, with the partner when there is one. `seen_doubles`: ids of doubles that are somebody else."""

    record_type = String(validate=OneOf(["client", "contact"], error=N_("Kies uit client, contact.")))
    branch_id = Integer(validate=IDENTITY)
    partner = Nested(PersonIn)
    partner_id = Integer(validate=IDENTITY)
    seen_doubles = List(Integer(validate=IDENTITY), load_default=list)


def typed(name: str) -> String:
    """An answer of the public form."""
    if name == "message":
        return String(validate=Length(max=TYPED_LONGEST[name], error=N_("Gebruik ten hoogste 2000 tekens.")))
    if name == "surname":
        return line(required=True, metadata=NOT_EMPTY, error_messages={"required": N_("Vul uw achternaam in.")})
    return line()


class ServiceRequestIn(Sent.from_dict({name: typed(name) for name in LABELS if name != "branch"})):  # type: ignore[misc]
    """A request as the client typed it; `profile` is starter, next_time_buyer, refinancer, increaser or other.

    A telephone number or an e-mail address must be there.
    """

    branch_id = Integer(validate=IDENTITY)
    assigned_to_id = Integer(validate=IDENTITY)
    consent_text = String(load_default="")
