"""Verbs of the API: calls that may come twice."""

import datetime as dt
import hashlib

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.accounts.models import ApiToken
from crm.api.models import ApiCall
from crm.db import db, utcnow
from crm.records import Refused, commit, discard, keep

KEPT_FOR = dt.timedelta(days=2)
BATCH = 500


class OtherBody(Refused):
    """An Idempotency-Key that came before, with something else in the call."""


def begin(token: ApiToken, address: str, key: str, body: bytes) -> ApiCall:
    """The call under this key: one that ended before (its `status` is set), or a new one to be ended.

    A second call at the same moment waits here for the first. Raises OtherBody.
    """
    name = hashlib.sha256(f"{token.id}|{address}|{key}".encode()).hexdigest()
    digest = hashlib.sha256(body).hexdigest()
    call = db.session.get(ApiCall, name)
    if call is None:
        call = ApiCall(key=name, digest=digest)
        try:
            with db.session.begin_nested():
                keep(call)
        except IntegrityError:
            call = db.session.get_one(ApiCall, name)
    if call.digest != digest:
        raise OtherBody("Deze Idempotency-Key is al gebruikt voor een ander verzoek. Kies een nieuwe.")
    return call


def end(call: ApiCall, status: int, body: dict, location: str) -> None:
    """Keep what the call led to, in the transaction of its effect."""
    call.status, call.body, call.location = status, body, location
    keep(call)


def clean_up() -> None:
    """Forget calls of two days ago."""
    while batch := db.session.scalars(select(ApiCall).where(ApiCall.at < utcnow() - KEPT_FOR).limit(BATCH)).all():
        discard(*batch)
        commit()
