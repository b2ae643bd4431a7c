"""Problems of the protocol, as RFC 9457 has them."""

from typing import Any

from flask import Blueprint, Response, jsonify
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from crm.furniture import Refused


class Problem(Exception):
    """A call that is answered with an error; `more` are further members, such as `errors` per field."""

    def __init__(self, status: int, detail: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


def register(pages: Blueprint) -> None:
    """Let everything that goes wrong in a call of the protocol answer as a problem."""
    pages.register_error_handler(Problem, show)
    pages.register_error_handler(Refused, lambda refusal: show(Problem(409, str(refusal))))
    pages.register_error_handler(ValidationError, lambda error: show(Problem(422, "", errors=error.messages)))
    pages.register_error_handler(HTTPException, lambda error: show(Problem(error.code or 500, error.description or "")))


def show(problem: Problem) -> Response:
    """The answer to a call that went wrong."""
    said = {"type": "about:blank", "status": problem.status, **problem.more}
    if problem.detail:
        said["detail"] = problem.detail
    response = jsonify(said)
    response.status_code, response.mimetype = problem.status, "application/problem+json"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="vault"'
    return response
