"""What the API says when something is wrong: problem+json (RFC 9457), in Dutch, or in English for who asks."""

from collections.abc import Mapping
from typing import Any

from apiflask import HTTPError
from flask import Response, json, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from crm import records, trouble
from crm.texts import N_, gettext, language

TITLES = {
    400: N_("Dit verzoek is niet te lezen"),
    401: N_("Geen geldige sleutel"),
    403: N_("Deze sleutel mag dit niet"),
    404: N_("Niet gevonden"),
    405: N_("Dit kan niet op dit adres"),
    408: N_("Dit verzoek kwam te traag binnen"),
    409: N_("Dit kan niet"),
    413: N_("Dit verzoek is te groot"),
    415: N_("Stuur JSON"),
    422: N_("Kijk deze velden na"),
    429: N_("Te veel verzoeken"),
    500: N_("Er ging iets mis"),
    503: N_("Dit lukte nu niet"),
}
# What kind of problem a status is, unless the call says more: urn:sleutel:…
KINDS = {
    400: "unreadable",
    401: "no-valid-token",
    403: "not-allowed",
    404: "not-found",
    405: "wrong-method",
    408: "too-slow",
    409: "rule",
    413: "too-large",
    415: "not-json",
    422: "invalid",
    429: "too-many-calls",
    500: "mistake",
    503: "unavailable",
}
# What to say instead of the sentences of the schemas' library.
SENTENCES = {
    "Missing data for required field.": N_("Dit veld is verplicht."),
    "Unknown field.": N_("Dit veld bestaat niet."),
    "Field may not be null.": N_("Dit veld mag niet leeg zijn."),
    "Not a valid string.": N_("Dit moet tekst zijn."),
    "Not a valid integer.": N_("Dit moet een geheel getal zijn."),
    "Not a valid boolean.": N_("Dit moet true of false zijn."),
    "Not a valid date.": N_("Schrijf de datum als 1985-06-03."),
    "Not a valid datetime.": N_("Schrijf het moment als 2026-11-21T10:00:00Z."),
    "Not a valid aware datetime.": N_("Schrijf het moment met tijdzone, als 2026-11-21T10:00:00Z."),
    "Not a valid mapping type.": N_("Dit moet een object zijn."),
    "Invalid input type.": N_("Dit moet een object zijn."),
    "Invalid JSON.": N_("Dit is geen JSON."),
}


class Problem(Exception):
    """An answer other than the wished one; `errors` maps a field to sentences, `more` goes into the body as it is.

    `kind` says more than the status does (KINDS). Sentences are Dutch, and translated where they are answered.
    """

    def __init__(
        self, status: int, detail: str = "", errors: Mapping[str, Any] | None = None, kind: str = "",
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.detail, self.errors, self.kind = status, detail, errors or {}, kind
        self.headers, self.more = dict(headers or {}), more


def answer(problem: Problem) -> Response:
    """A problem as a response, in the language of who asks (Accept-Language)."""
    status, kind = problem.status, problem.kind or KINDS[problem.status]
    body: dict[str, Any] = {"type": f"urn:sleutel:{kind}", "title": gettext(TITLES[status]), "status": status}
    if problem.detail:
        body["detail"] = gettext(problem.detail)
    if problem.errors:
        body["errors"] = translated(problem.errors)
    text = json.dumps({**body, "instance": request.path, **problem.more})
    headers = {"Content-Language": language(), "Vary": "Accept-Language", **problem.headers}
    return Response(text, status, headers, content_type="application/problem+json")


def of_rule(error: records.Refused) -> Response:
    """A rule said no: 422 with the fields when it names them, else 409."""
    found = getattr(error, "problems", None)
    if found:
        return answer(Problem(422, errors={name: [sentence] for name, sentence in found.items()}))
    return answer(Problem(409, str(error)))


def of_input(error: HTTPError) -> Response:
    """What was sent does not fit the schema."""
    status = error.status_code if error.status_code in TITLES else 400
    return answer(Problem(status, errors=flat(error.detail) if status == 422 else {}))


def flat(detail: Any) -> dict[str, Any]:
    """{field: sentences} from {location: {field: sentences}}."""
    found: dict[str, Any] = {}
    for fields in detail.values() if isinstance(detail, dict) else ():
        found |= fields if isinstance(fields, dict) else {"body": fields}
    return found


def translated(errors: Any) -> Any:
    """The same with the sentences in the language of who asks."""
    if isinstance(errors, Mapping):
        return {"body" if name == "_schema" else name: translated(value) for name, value in errors.items()}
    if isinstance(errors, list):
        return [translated(one) for one in errors]
    return gettext(SENTENCES.get(errors, errors))


def of_http(error: HTTPException) -> Response:
    """An error of the web itself: unknown address, too large, a mistake of ours."""
    status = error.code if error.code in TITLES else 500
    methods = getattr(error, "valid_methods", None) or ()
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return answer(Problem(status or 500, headers=headers))


def of_stale(_error: StaleDataError) -> Response:
    """Two at the same moment."""
    records.rollback()
    sentence = N_("Iemand anders heeft dit op hetzelfde moment gewijzigd. Probeer het opnieuw.")
    return answer(Problem(409, sentence, kind="stale"))


def of_trouble(error: Exception) -> Response:
    """The database has no time, or the disk no room."""
    kind = trouble.begin_answer(error)
    return answer(Problem(503, trouble.SAID[kind], headers={"Retry-After": trouble.RETRY_AFTER}))


def register(blueprint: Any) -> None:
    """Let every error in the API become a problem."""
    blueprint.register_error_handler(Problem, answer)
    blueprint.register_error_handler(HTTPError, of_input)
    blueprint.register_error_handler(records.Refused, of_rule)
    blueprint.register_error_handler(StaleDataError, of_stale)
    for trouble_of in trouble.ERRORS:
        blueprint.register_error_handler(trouble_of, of_trouble)
    for status in TITLES:
        blueprint.register_error_handler(status, of_http)
