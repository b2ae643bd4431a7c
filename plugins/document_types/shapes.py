"""What a row of the catalogue's file may hold, field by field, and what is said when it does not."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Integer, List, Nested, String
from marshmallow import ValidationError, validates_schema

from crm.plugin import N_, dossier_entries
from crm.plugin import gettext as _
from plugins.document_types import content, terms, words

Messages = dict[str, str | list[Any] | dict[Any, Any]]
MISSING: Messages = {"required": N_("Dit ontbreekt.")}
TEXT: Messages = MISSING | dict.fromkeys(("invalid", "null"), N_("Dit moet een tekst zijn."))
NUMBER: Messages = dict.fromkeys(("invalid", "null"), N_("Dit moet een geheel getal zijn."))
TICK: Messages = dict.fromkeys(("invalid", "null"), N_("Dit moet true of false zijn."))
LIST: Messages = dict.fromkeys(("invalid", "null"), N_("Dit moet een lijst zijn."))
NO_KEY = N_("Een sleutel heeft ten hoogste 60 kleine letters, cijfers en streepjes (_).")
NO_CODE = N_("Een code van HDN is drie cijfers, zoals 009.")
Check = Callable[[Any], None]


def length(most: int, least: int = 0) -> Check:
    """So many characters."""

    def check(value: str) -> None:
        if not least <= len(value.strip()) or len(value) > most:
            raise ValidationError(_("Schrijf %(least)s tot en met %(most)s tekens.", least=least, most=most))

    return check


def between(least: int, most: int) -> Check:
    """A number in this range."""

    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValidationError(_("Kies een getal van %(least)s tot en met %(most)s.", least=least, most=most))

    return check


def among(known: Callable[[], Mapping[str, Any]]) -> Check:
    """One of these keys."""

    def check(value: str) -> None:
        if value not in known():
            raise ValidationError(_("Kies uit: %(known)s.", known=", ".join(known())))

    return check


def like(pattern: str, said: str) -> Check:
    """A text of this form."""

    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValidationError(said)

    return check


def entries(name: str) -> Callable[[], Mapping[str, Any]]:
    """What dossiers can be about."""
    return lambda: {one.key: one.title for one in dossier_entries(name)}


def string(*checks: Check, needed: bool = False) -> String:
    return String(required=needed, validate=list(checks), error_messages=TEXT)


def whole(least: int, most: int) -> Integer:
    return Integer(strict=True, validate=between(least, most), error_messages=NUMBER)


def tick() -> Boolean:
    return Boolean(truthy={True}, falsy={False}, error_messages=TICK)


def several(check: Check) -> List:
    return List(String(validate=check, error_messages=TEXT), error_messages=LIST)


class RowShape(Schema):
    """What every row has."""

    error_messages = {"unknown": N_("Dit veld bestaat niet."), "type": N_("Dit moet een rij met velden zijn.")}
    key = string(like(r"[a-z0-9_]{1,60}", NO_KEY), needed=True)
    is_active = tick()


class ReasonShape(RowShape):
    """A reason to reject a document."""

    name = string(length(80, 1), needed=True)
    text = string(length(500, 1), needed=True)
    is_general = tick()
    weight = whole(0, 9999)

    @validates_schema
    def check_words(self, row: dict[str, Any], **_more: Any) -> None:
        if wrong := words.unknown(row["text"]):
            said = _("{{%(word)s}} bestaat niet. Gebruik {{geldigheid}} of {{toelichting}}.", word=wrong[0])
            raise ValidationError(said, "text")


class TypeShape(RowShape):
    """A type."""

    name = string(length(120, 1), needed=True)
    group = string(among(lambda: terms.GROUPS), needed=True)
    explanation = string(length(1000))
    delivered_by = string(among(lambda: terms.DELIVERED_BY))
    scope = string(among(lambda: terms.SCOPES))
    item_name = string(length(40))
    item_count = whole(1, 20)
    validity = string(among(lambda: terms.VALIDITIES))
    validity_count = whole(1, 999)
    condition = string(length(200))
    formats = several(among(lambda: terms.FORMATS))
    hdn_codes = several(like("[0-9]{3}", NO_CODE))
    retention_years = whole(0, 99)
    is_invoice = tick()
    signable = tick()
    reasons = several(length(60, 1))

    @validates_schema
    def check_together(self, row: dict[str, Any], **_more: Any) -> None:
        if (row.get("validity") in terms.COUNTED) != ("validity_count" in row):
            raise ValidationError(
                _("Een aantal hoort bij %(known)s.", known=", ".join(terms.COUNTED)), "validity_count"
            )
        if row.get("scope") == terms.ITEM and not row.get("item_name", "").strip():
            raise ValidationError(_("Schrijf per wat het wordt gevraagd, zoals werkgever of lening."), "item_name")
        if row.get("formats") == []:
            raise ValidationError(_("Kies ten minste één soort bestand."), "formats")


class ItemShape(Schema):
    """A row of a checklist."""

    error_messages = RowShape.error_messages
    type = string(length(60, 1), needed=True)
    situation = string(among(content.situations))
    choice = string(length(60))
    option = whole(1, 9)
    replaces = string(length(60))

    @validates_schema
    def check_together(self, row: dict[str, Any], **_more: Any) -> None:
        if row.get("replaces") and row["replaces"] == row.get("type"):
            raise ValidationError(_("Een soort kan niet in plaats van zichzelf komen."), "replaces")


class TemplateShape(RowShape):
    """A checklist."""

    name = string(length(120, 1), needed=True)
    description = string(length(500))
    phase = string(among(lambda: terms.PHASES))
    dossier_types = several(among(entries("dossier_types")))
    profiles = several(among(entries("profiles")))
    situations = several(among(content.situations))
    weight = whole(0, 9999)
    items = List(Nested(ItemShape), error_messages=LIST)


SHAPES: dict[str, Schema] = {"reasons": ReasonShape(), "types": TypeShape(), "templates": TemplateShape()}


def problems(name: str, row: Any) -> Iterator[str]:
    """What is wrong with a row, each with the field it is about."""
    for path, said in flat(SHAPES[name].validate(row)):
        yield f"{path}: {_(said)}" if path else _(said)


def flat(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of marshmallow's answer; a row of a list by its number, from 1."""
    if isinstance(found, dict):
        for key, inner in found.items():
            part = str(key + 1) if isinstance(key, int) else key
            yield from flat(inner, path if key == "_schema" else f"{path}.{part}".strip("."))
    else:
        yield from ((path, str(said)) for said in found)
