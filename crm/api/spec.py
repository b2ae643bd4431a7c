"""The API described in OpenAPI 3.1, from the views themselves."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app

from crm.formats import LARGEST

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:sleutel:[a-z-]+$", "description": "What kind of problem it is"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "Per field what is wrong, in Dutch, or in English for Accept-Language: en",
            "additionalProperties": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}]},
        },
        "doubles": {"type": "array", "items": {"$ref": "#/components/schemas/Double"}},
    },
}
DOUBLE = {
    "type": "object",
    "description": "Who the person may be; of another vestiging only name, birth year and vestiging",
    "required": ["id", "name", "birth_year", "branch", "own", "reasons", "role"],
    "properties": {
        "role": {"enum": ["client", "partner"]},
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "birth_year": {"type": ["integer", "null"]},
        "branch": {"type": "string"},
        "own": {"type": "boolean"},
        "reasons": {"type": "array", "items": {"enum": ["birth_date", "phone", "email", "address"]}},
    },
}
WHY = {
    "400": "The body is no JSON",
    "401": "No valid token; WWW-Authenticate says how",
    "403": "The token lacks the scope, or its user the permission",
    "404": "It does not exist, or this token's user may not see it",
    "409": "A rule said no; `doubles` when the person may be known already",
    "413": "The body is too large",
    "415": "The body is not sent as JSON",
    "422": "Something that was sent is not right; `errors` says what, per field",
    "429": "More calls than a minute allows; Retry-After says how long to wait",
    "500": "A mistake of ours; nothing was changed",
    "503": "The database or the disk has no room now; nothing was changed, Retry-After says how long to wait",
}
# A client must be reached one way or the other.
REACHED = [{"required": [name], "properties": {name: {"minLength": 1}}} for name in ("phone", "email")]
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key and body again within two days give the first answer, and no second effect",
}


def describe() -> dict[str, Any]:
    """The whole description; every route with its scope, every schema, every error."""
    spec = APISpec(
        "Sleutel",
        "1",
        "3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=name_of)],
        info={"description": "Relations, dossiers, service requests, appointments, tasks and feeds of one office."},
        servers=[{"url": "/"}],
    )
    spec.components.schema("Problem", PROBLEM)
    spec.components.schema("Double", DOUBLE)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for status, text in WHY.items():
        spec.components.response(f"Problem{status}", problem(text))
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        if rule.endpoint.startswith("api.") and hasattr(view, "scope"):
            path = rule.rule.replace("<int:id>", "{id}")
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            spec.path(path, operations={method.lower(): operation(path, method, view) for method in methods})
    described = spec.to_dict()
    described["components"]["schemas"]["ServiceRequestIn"]["anyOf"] = REACHED
    return described


def name_of(schema: Any) -> str:
    """A schema's name in the description."""
    found = schema if isinstance(schema, type) else type(schema)
    return str(found.__name__)


def operation(path: str, method: str, view: Any) -> dict[str, Any]:
    """One call: what it takes, gives and refuses."""
    declared = view._spec
    parameters: list[Any] = [{"in": where, "schema": schema} for schema, where in declared.get("args", [])]
    if "{id}" in path:
        parameters.append(
            {
                "in": "path",
                "name": "id",
                "required": True,
                "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST},
            }
        )
    answer = declared["response"]
    status = str(answer["status_code"])
    made: dict[str, Any] = {"description": "Made" if status == "201" else "Found"}
    made["content"] = {"application/json": {"schema": answer["schema"]}}
    errors = {"401", "403", "429", "500"} | {"422"}
    errors |= {"404"} if "{id}" in path or path.endswith("/feed") else set()
    found: dict[str, Any] = {
        "operationId": declared["operation_id"],
        "summary": declared["summary"],
        "description": f"{(view.__doc__ or '').strip()} Scope: `{view.scope}`.".strip(),
        "security": [{"token": []}],
        "x-scope": view.scope,
    }
    if method == "POST":
        errors |= {"400", "404", "409", "413", "415"}
        parameters.append(KEY)
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": declared["body"]}}}
        made["headers"] = {"Location": {"description": "Address of what was made", "schema": {"type": "string"}}}
    if "/{id}" not in path and method == "GET":
        made["headers"] = {"Link": {"description": "The next page", "schema": {"type": "string"}}}
    refusals = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(errors)}
    return {**found, "parameters": parameters, "responses": {status: made, **refusals}}


def problem(text: str) -> dict[str, Any]:
    """A response that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
