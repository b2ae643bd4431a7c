"""What the protocol's calls hold; what is not known here is ignored, so that the other side may say more."""

import datetime as dt
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from crm.furniture import NoAddress, clean, email

LONGEST = 200
LONG = 5000  # of an explanation or a verdict
LARGEST = 2**31 - 1  # what a column of every database holds
SHA256 = validate.Regexp(r"^[0-9a-f]{64}$")
STATES = (
    "open", "checking", "refused", "received", "in_review", "approved", "partial", "rejected", "expired", "other",
)  # fmt: skip
FILE_STATES = ("checking", "refused", "checked")


class Text(fields.String):
    """A text of at most LONGEST signs, as it is kept: what a CRM saved before such signs went would never come in."""

    def __init__(self, most: int = LONGEST, **more: Any) -> None:
        super().__init__(validate=[validate.Length(max=most)], **more)

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str:
        return clean(super()._deserialize(value, *args, **more) or "")


class Address(fields.String):
    """An e-mail address, by the house's one rule for it."""

    def _deserialize(self, value: Any, *details: Any, **more: Any) -> str:
        try:
            return email(super()._deserialize(value, *details, **more))
        except NoAddress as error:
            raise validate.ValidationError(str(error)) from error


class Number(fields.Integer):
    """A whole number that every database keeps."""

    def __init__(self, least: int = 0, **more: Any) -> None:
        super().__init__(validate=validate.Range(min=least, max=LARGEST), **more)


class Known(Schema):
    class Meta:
        unknown = EXCLUDE


# --- What the CRM sends --------------------------------------------------------------------------------------


class Office(Known):
    name = Text(required=True)
    colour = fields.String(load_default="#0054a6", validate=validate.Regexp(r"^#[0-9a-fA-F]{6}$"))
    phone = Text(load_default="")
    vault_name = Text(load_default="Kluis")


class Contact(Known):
    first_name = Text(required=True)
    email = Address(required=True)
    mobile = fields.String(required=True, validate=validate.Regexp(r"^\+[1-9][0-9]{6,14}$"))
    form = fields.String(load_default="u", validate=validate.OneOf(("u", "jij")))


class NewInvitation(Known):
    generation = Number(least=1, required=True, strict=True)
    link = fields.String(required=True, validate=SHA256, metadata={"description": "SHA-256 of the token in the link"})
    valid_until = fields.AwareDateTime(required=True, format="iso")
    contact = fields.Nested(Contact, required=True)


class NewItem(Known):
    version = Number(least=1, required=True, strict=True)
    content = fields.Dict(keys=fields.String(), required=True, metadata={"description": "as its kind has it"})


class Acknowledgement(Known):
    up_to = Number(required=True, strict=True)


class Since(Known):
    after = Number(load_default=0)
    wait = Number(load_default=0)


class AsOf(Known):
    version = Number(least=1, required=True)


# --- Contents of items, by kind ------------------------------------------------------------------------------


class Person(Known):
    first_name = Text()
    name = Text()
    adviser = Text()
    phone = Text()


class SentFile(Known):
    upload = Text(required=True)
    name = Text(most=LONG)
    state = fields.String(validate=validate.OneOf(FILE_STATES))
    words = Text(most=LONG)
    why = Text(most=LONG)
    may_withdraw = fields.Boolean(truthy={True}, falsy={False})


class Day(fields.String):
    """A day as ISO 8601 has it, or nothing."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str:
        text: str = super()._deserialize(value, *args, **more)
        try:
            return dt.date.fromisoformat(text).isoformat() if text else ""
        except ValueError as error:
            raise validate.ValidationError("is no day (2026-12-01)") from error


class Request(Known):
    title = Text(required=True)
    group = Text()
    explanation = Text(most=LONG)
    until = Day()
    place = fields.Integer(strict=True, validate=validate.Range(min=-LARGEST, max=LARGEST))
    state = fields.String(validate=validate.OneOf(STATES))
    words = Text(most=LONG)
    message = Text(most=LONG)
    by = Text()
    may_upload = fields.Boolean(truthy={True}, falsy={False})
    accepts = fields.List(Text())
    files = fields.List(fields.Nested(SentFile))


# --- What the portal answers ---------------------------------------------------------------------------------


class About(Known):
    version = fields.String(required=True)
    kinds = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    limits = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    features = fields.List(fields.String(), required=True)
    now = fields.AwareDateTime(required=True, format="iso")


class Account(Known):
    state = fields.String(required=True, validate=validate.OneOf(("invited", "expired", "locked", "active")))
    generation = fields.Integer(required=True)
    activated_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")


class Item(Known):
    kind = fields.String(required=True)
    ref = fields.String(required=True, attribute="name")
    version = fields.Integer(required=True)
    digest = fields.String(required=True)


class Items(Known):
    items = fields.List(fields.Nested(Item), required=True)


class Event(Known):
    number = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True, format="iso")
    vault = fields.String(required=True)
    kind = fields.String(required=True)
    says = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    hash = fields.String(required=True, validate=SHA256)


class Events(Known):
    events = fields.List(fields.Nested(Event), required=True)


class Wiped(Known):
    """A file of a client that went with the vault: `digest` is empty for one that was never whole."""

    upload = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True)


class Receipt(Known):
    vault = fields.String(required=True)
    wiped_at = fields.AwareDateTime(required=True, format="iso")
    items = fields.List(fields.Nested(Item), required=True)
    uploads = fields.List(fields.Nested(Wiped), required=True)


class Said(Known):
    """A problem (RFC 9457)."""

    type = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.Dict()
