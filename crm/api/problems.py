"""What the API says when something is wrong: problem+json (RFC 9457), in Dutch."""

from collections.abc import Mapping
from typing import Any

from apiflask import HTTPError
from flask import Response, json, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from crm import records

TITLES = {
    400: "Dit verzoek is niet te lezen",
    401: "Geen geldige sleutel",
    403: "Deze sleutel mag dit niet",
    404: "Niet gevonden",
    405: "Dit kan niet op dit adres",
    408: "Dit verzoek kwam te traag binnen",
    409: "Dit kan niet",
    413: "Dit verzoek is te groot",
    415: "Stuur JSON",
    422: "Kijk deze velden na",
    429: "Te veel verzoeken",
    500: "Er ging iets mis",
}
DUTCH = {
    "Missing data for required field.": "Dit veld is verplicht.",
    "Unknown field.": "Dit veld bestaat niet.",
    "Field may not be null.": "Dit veld mag niet leeg zijn.",
    "Not a valid string.": "Dit moet tekst zijn.",
    "Not a valid integer.": "Dit moet een geheel getal zijn.",
    "Not a valid boolean.": "Dit moet true of false zijn.",
    "Not a valid date.": "Schrijf de datum als 1985-06-03.",
    "Not a valid datetime.": "Schrijf het moment als 2026-11-21T10:00:00Z.",
    "Not a valid aware datetime.": "Schrijf het moment met tijdzone, als 2026-11-21T10:00:00Z.",
    "Not a valid mapping type.": "Dit moet een object zijn.",
    "Invalid input type.": "Dit moet een object zijn.",
    "Invalid JSON.": "Dit is geen JSON.",
}


class Problem(Exception):
    """An answer other than the wished one; `errors` maps a field to sentences, `more` goes into the body as it is."""

    def __init__(
        self, status: int, detail: str = "", errors: Mapping[str, Any] | None = None, kind: str = "about:blank",
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.detail, self.errors, self.kind = status, detail, errors or {}, kind
        self.headers, self.more = dict(headers or {}), more


def answer(problem: Problem) -> Response:
    """A problem as a response."""
    body: dict[str, Any] = {"type": problem.kind, "title": TITLES[problem.status], "status": problem.status}
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = problem.errors
    text = json.dumps({**body, "instance": request.path, **problem.more})
    return Response(text, problem.status, problem.headers, content_type="application/problem+json")


def of_rule(error: records.Refused) -> Response:
    """A rule said no: 422 with the fields when it names them, else 409."""
    found = getattr(error, "problems", None)
    if found:
        return answer(Problem(422, errors={name: [sentence] for name, sentence in found.items()}))
    return answer(Problem(409, str(error)))


def of_input(error: HTTPError) -> Response:
    """What was sent does not fit the schema."""
    status = error.status_code if error.status_code in TITLES else 400
    return answer(Problem(status, errors=dutch(flat(error.detail)) if status == 422 else {}))


def flat(detail: Any) -> dict[str, Any]:
    """{field: sentences} from {location: {field: sentences}}."""
    found: dict[str, Any] = {}
    for fields in detail.values() if isinstance(detail, dict) else ():
        found |= fields if isinstance(fields, dict) else {"body": fields}
    return found


def dutch(errors: Any) -> Any:
    """The same with the sentences in Dutch."""
    if isinstance(errors, dict):
        return {"body" if name == "_schema" else name: dutch(value) for name, value in errors.items()}
    if isinstance(errors, list):
        return [dutch(one) for one in errors]
    return DUTCH.get(errors, errors)


def of_http(error: HTTPException) -> Response:
    """An error of the web itself: unknown address, too large, a mistake of ours."""
    status = error.code if error.code in TITLES else 500
    methods = getattr(error, "valid_methods", None) or ()
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return answer(Problem(status or 500, headers=headers))


def of_stale(_error: StaleDataError) -> Response:
    """Two at the same moment."""
    records.rollback()
    return answer(Problem(409, "Iemand anders heeft dit op hetzelfde moment gewijzigd. Probeer het opnieuw."))


def register(blueprint: Any) -> None:
    """Let every error in the API become a problem."""
    blueprint.register_error_handler(Problem, answer)
    blueprint.register_error_handler(HTTPError, of_input)
    blueprint.register_error_handler(records.Refused, of_rule)
    blueprint.register_error_handler(StaleDataError, of_stale)
    for status in TITLES:
        blueprint.register_error_handler(status, of_http)
