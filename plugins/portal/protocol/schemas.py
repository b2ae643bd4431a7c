"""What the protocol's calls hold; what is not known here is ignored, so that a newer CRM may say more."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from crm.furniture import NoAddress, clean, email

LONGEST = 200


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


class Known(Schema):
    class Meta:
        unknown = EXCLUDE


class PutIn(Known):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**53))
    content = fields.Dict(keys=fields.String(), required=True)


class ContactIn(Known):
    first_name = Text(required=True)
    email = Address(required=True)
    mobile = fields.String(required=True, validate=validate.Regexp(r"^\+[1-9][0-9]{6,14}$"))
    form = fields.String(load_default="u", validate=validate.OneOf(("u", "jij")))


class InvitationIn(Known):
    generation = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 1))
    link = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    valid_until = fields.AwareDateTime(required=True, format="iso")
    contact = fields.Nested(ContactIn, required=True)


class AcknowledgementIn(Known):
    up_to = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=2**53))


class OfficeIn(Known):
    name = Text(required=True)
    colour = fields.String(load_default="#0054a6", validate=validate.Regexp(r"^#[0-9a-fA-F]{6}$"))
    phone = Text(load_default="")
    vault_name = Text(load_default="Kluis")
