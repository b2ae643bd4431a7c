"""Problems of the protocol, as RFC 9457 has them."""

from typing import Any

from flask import Response, jsonify, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from crm.furniture import Refused

PREFIX = "/api/v1"
TYPE = "application/problem+json"


class Problem(Exception):
    """A call that is answered with an error; `more` are further members, such as `errors` per field."""

    def __init__(self, status: int, detail: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


def of(error: Exception) -> Problem:
    """What goes wrong in a call, as a problem."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(409, str(error))
        case ValidationError():
            return Problem(422, "Some of what was sent is not right.", errors=error.messages)
        case HTTPException():
            return Problem(error.code or 500, error.description or "")
    return Problem(500)


def is_call() -> bool:
    """True for everything below the protocol's address, also where there is nothing."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def show(error: Exception) -> Response:
    """The answer to a call that went wrong."""
    problem = of(error)
    said = {"type": "about:blank", "status": problem.status, **problem.more}
    if problem.detail:
        said["detail"] = problem.detail
    response = jsonify(said)
    response.status_code, response.mimetype = problem.status, TYPE
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="vault"'
    return response
