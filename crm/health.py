"""What a monitor or a proxy asks: is this server ready, and does all of it work."""

import datetime as dt

from flask import Blueprint, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from crm import disk, migrate, records
from crm.db import utcnow
from crm.jobs.queries import last_seen
from crm.web import public

SEEN_WITHIN = dt.timedelta(minutes=1)

pages = Blueprint("health", __name__)


@pages.get("/readyz")
@public
def ready() -> Response:
    """Can pages be made: 200, else 503; {"database", "migrations"} are "ok" or not."""
    return answer(found_of_database())


@pages.get("/healthz")
@public
def healthy() -> Response:
    """The same, and "worker": was one seen within the last minute, and "disk": is there room left."""
    found = found_of_database() | {"disk": "low" if disk.low_disks() else "ok"}
    return answer({**found, "worker": "unknown" if "down" in found.values() else found_of_workers()})


def answer(found: dict[str, str]) -> Response:
    """200 when everything is "ok", else 503: nothing in it that a stranger may not know."""
    response = jsonify(found)
    response.status_code = 200 if set(found.values()) == {"ok"} else 503
    return response


def found_of_database() -> dict[str, str]:
    """Does it answer, and has it the tables of this version."""
    try:
        missing = migrate.behind()
    except SQLAlchemyError:
        return {"database": "down", "migrations": "unknown"}
    return {"database": "ok", "migrations": "behind" if missing else "ok"}


def found_of_workers() -> str:
    try:
        seen = last_seen()
    except SQLAlchemyError:
        records.rollback()
        return "unknown"
    return "ok" if seen and utcnow() - seen <= SEEN_WITHIN else "not seen"
