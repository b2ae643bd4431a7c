"""Calls of the protocol: what each takes and gives is said once, and is what is read, written and described."""

import functools
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import jsonify, request
from marshmallow import Schema
from werkzeug.routing import UnicodeConverter
from werkzeug.wrappers import Response

from crm.furniture import config
from plugins.portal.entrances import for_office
from plugins.portal.protocol.problems import Problem

NAME = "[A-Za-z0-9_-]{1,64}"


class Name(UnicodeConverter):
    """`<name:…>`: what the CRM calls a vault, a kind, an item; any other address does not exist."""

    regex = NAME


@dataclass(frozen=True)
class Call:
    """What a call takes and gives; `refuses` are the codes of its problems beside those that every call has."""

    body: type[Schema] | None
    query: type[Schema] | None
    gives: type[Schema] | None
    refuses: tuple[int, ...]


def call(
    *, gives: type[Schema] | None, body: type[Schema] | None = None, query: type[Schema] | None = None,
    refuses: tuple[int, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:  # fmt: skip
    """Mark a view as a call: it gets what was sent as arguments, and what it returns is written as `gives` says; with
    None it answers itself."""

    def mark(view: Callable[..., Any]) -> Callable[..., Response]:
        @functools.wraps(view)
        def answer(**names: str) -> Response:
            asked = query().load(request.args.to_dict()) if query else {}
            sent = body().load(body_sent()) if body else {}
            given = view(**names, **asked, **sent)
            return jsonify(gives().dump(given)) if gives else given

        answer.call = Call(body, query, gives, refuses)  # type: ignore[attr-defined]
        return for_office(answer)

    return mark


def body_sent() -> dict[str, Any]:
    """The body of this call. Raises Problem 400 for what is no JSON object."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Problem(400, "The body is no JSON.") from None
    if not isinstance(body, dict):
        raise Problem(400, "The body is no JSON object.")
    return body


def come_in() -> None:
    """Let only the CRM in, by one of the keys that are good now. Raises Problem 401."""
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    known = [good for good in config("KLUIS_API_KEYS") if hmac.compare_digest(good.encode(), key.strip().encode())]
    if kind.lower() != "bearer" or not known:
        raise Problem(401, "Send a valid key: Authorization: Bearer …")
