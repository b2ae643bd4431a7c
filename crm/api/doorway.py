"""Who comes in to the API: a bearer token, what it is good for, how often it may ask, and calls that come twice."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, jsonify, make_response, request
from sqlalchemy.exc import SQLAlchemyError

from crm.access import allowed
from crm.accounts.models import ApiToken, User
from crm.accounts.queries import by_token
from crm.api import operations
from crm.api.problems import Problem
from crm.db import db, utcnow
from crm.records import commit, keep, lock, rollback
from crm.texts import N_
from crm.texts import gettext as _
from crm.web import READING, view_of_request

# What a token is good for, and what its user must be allowed to do besides.
PERMISSIONS = {
    "relations:read": "relations.read",
    "relations:write": "relations.write",
    "dossiers:read": "dossiers.read",
    "service_requests:read": "service_requests.read",
    "service_requests:write": "service_requests.write",
    "appointments:read": "activities.read",
    "tasks:read": "activities.tasks",
    "feed:read": "feed.read",
    "search": "search.use",
}
NOTED_EVERY = dt.timedelta(hours=1)
LONGEST_KEY = 200
UNKNOWN, TWICE = N_("Dit veld bestaat niet."), N_("Geef dit één keer.")
_counts: dict[int, tuple[int, int]] = {}
_guard = threading.Lock()


def come_in() -> None:
    """Before every call: let the token in or raise Problem (401, 403, 429)."""
    wanted = getattr(view_of_request(), "scope", None)
    if wanted is None:
        return
    token = token_of_request()
    if wanted not in token.scopes.split():
        raise Problem(403, _("Deze sleutel mist het recht %(scope)s.", scope=wanted), kind="scope")
    if not allowed(token.user, PERMISSIONS[wanted]):
        raise Problem(403, N_("De gebruiker van deze sleutel mag dit niet."))
    slow_down(token)
    if token.last_used_at is None or utcnow() - token.last_used_at > NOTED_EVERY:
        token = note_use(token)
    g.token = token
    refuse_unknown_questions()
    refuse_other_types()
    refuse_unreadable()


def refuse_unknown_questions() -> None:
    """Raises Problem (422) for what this address does not ask, or that is answered twice: a slip would find
    everything."""
    declared = getattr(view_of_request(), "_spec", {}).get("args", [])
    known = {name for schema, place in declared if place == "query" for name in schema.fields}
    wrong = {name: [UNKNOWN] for name in request.args if name not in known}
    wrong |= {name: [TWICE] for name in known if len(request.args.getlist(name)) > 1}
    if wrong:
        raise Problem(422, errors=wrong)


def refuse_other_types() -> None:
    """Raises Problem (415) for a body that is not sent as JSON."""
    if request.method not in READING and not request.is_json and (request.mimetype or request.get_data()):
        sentence = N_("Stuur de gegevens als JSON, met Content-Type: application/json.")
        raise Problem(415, sentence, headers={"Accept-Post": "application/json"})


def refuse_unreadable() -> None:
    """Raises Problem (422) for JSON beyond measure; what is no JSON at all the schema refuses."""
    try:
        json.loads(request.get_data()) if request.is_json else None
    except (json.JSONDecodeError, UnicodeDecodeError):
        return
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets without end
        raise Problem(422, errors={"body": [N_("Dit is geen JSON.")]}) from None


def token_of_request() -> ApiToken:
    """The token in the Authorization header. Raises Problem."""
    kind, _space, text = request.headers.get("Authorization", "").partition(" ")
    token = by_token(text.strip()) if kind.lower() == "bearer" and text.strip() else None
    if token is None:
        wrong = ', error="invalid_token"' if text else ""
        sentence = N_("Stuur een geldige sleutel mee: Authorization: Bearer …")
        raise Problem(401, sentence, headers={"WWW-Authenticate": f'Bearer realm="sleutel"{wrong}'})
    return token


def slow_down(token: ApiToken) -> None:
    """Raises Problem when this token asked more often than API_RATE this minute, of this process."""
    minute, rate = int(time.time() // 60), int(current_app.config["API_RATE"])
    with _guard:
        began, count = _counts.get(token.id, (minute, 0))
        count = count + 1 if began == minute else 1
        _counts[token.id] = (minute, count)
    if count > rate:
        wait = str(60 - int(time.time() % 60))
        raise Problem(429, _("Wacht %(count)s seconden.", count=wait), headers={"Retry-After": wait})


def note_use(token: ApiToken) -> ApiToken:
    """Write when the token was last used, at most once an hour, in a small transaction of its own."""
    reads, digest, identity = db.session.info.get("read"), token.digest, token.id
    rollback()
    db.session.info["read"] = False
    try:
        row = lock(ApiToken, identity)
        row.last_used_at = utcnow()
        keep(row)
        commit()
    except SQLAlchemyError:
        current_app.logger.warning("the last use of an API token could not be noted")
        rollback()
    finally:
        db.session.info["read"] = reads if request.method in READING else False
    found = db.session.get(ApiToken, identity)
    if found is None or found.digest != digest:
        raise Problem(401)
    return found


def caller() -> User:
    """The user whose token this is: his vestigingen are what the call sees."""
    user: User = g.token.user
    return user


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view whose call has one effect however often it comes with the same Idempotency-Key."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return make_response(view(*args, **kwargs))
        if len(key) > LONGEST_KEY:
            raise Problem(
                422, errors={"Idempotency-Key": [_("Gebruik ten hoogste %(most)s tekens.", most=LONGEST_KEY)]}
            )
        try:
            call = operations.begin(g.token, request.path, key, request.get_data())
        except operations.OtherBody as refusal:
            raise Problem(422, errors={"Idempotency-Key": [str(refusal)]}, kind="idempotency-key") from refusal
        if call.status:
            again = make_response(jsonify(call.body), call.status)
            again.headers["Location"] = call.location
            return again
        response = make_response(view(*args, **kwargs))
        operations.end(call, response.status_code, response.get_json(), response.headers.get("Location", ""))
        return response

    return guarded
