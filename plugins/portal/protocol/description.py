"""The protocol in OpenAPI 3.1, made of the calls themselves: `python -m plugins.portal.protocol.description`."""

import json
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from werkzeug.routing import Rule

from plugins.portal.protocol import calls, schemas, views
from plugins.portal.protocol.calls import Call
from plugins.portal.protocol.problems import PREFIX, TYPE

ABOUT = (
    "The CRM always calls, the portal never does. Unknown fields are ignored. The rules are in README.md beside this."
)
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
FILE_HEADERS = {
    "Repr-Digest": "sha-256=:…: of the whole file, also in the answer to a range (RFC 9530)",
    "Content-Disposition": "filename*=UTF-8''… as the client's file is called",
    "Content-Range": "bytes N-M/SIZE, in the answer to a range",
}
ALWAYS = (400, 401)  # codes of problems that every call may have


def document() -> dict[str, Any]:
    """The whole description."""
    plugin = MarshmallowPlugin(schema_name_resolver=name_of)
    spec = APISpec(
        "Vault protocol", views.VERSION, "3.1.0", info={"description": ABOUT}, plugins=[plugin],
        servers=[{"url": PREFIX}], security=[{"key": []}],
    )  # fmt: skip
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=schemas.Said)
    for kind, (_version, content) in views.KINDS.items():
        spec.components.schema(
            content.__name__, component={"description": f"content of an item of kind {kind}"}, schema=content
        )
    for rule, method, view in routes():
        path = re.sub(r"<name:(\w+)>", r"{\1}", rule.rule).removeprefix(PREFIX) or "/"
        spec.path(path, operations={method.lower(): operation(rule, view)})
    found: dict[str, Any] = spec.to_dict()
    return found


def name_of(schema: Any) -> str:
    """What a schema is called, given as such or as one made of it."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__


def routes() -> Iterator[tuple[Rule, str, Any]]:
    """(address, method, view) of every call."""
    app = Flask("protocol")
    app.url_map.converters["name"] = calls.Name
    app.register_blueprint(views.pages)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("protocol."):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, app.view_functions[rule.endpoint]


def operation(rule: Rule, view: Any) -> dict[str, Any]:
    """What one call takes and gives."""
    call: Call = view.call
    parameters: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string", "pattern": f"^{calls.NAME}$"}}
        for name in sorted(rule.arguments)
    ]
    refuses = {*call.refuses, *ALWAYS, *((422,) if call.body or call.query else ())}
    said: dict[str, Any] = {
        "operationId": view.__name__,
        "summary": " ".join(view.__doc__.split()),
        "responses": {**answers(call), **{str(code): problem(code) for code in sorted(refuses)}},
    }
    if call.query:
        parameters.append({"in": "query", "schema": call.query})
    if call.gives is None:
        parameters.append(
            {"in": "header", "name": "Range", "schema": {"type": "string", "pattern": "^bytes=[0-9]{1,15}-$"}}
        )
    if parameters:
        said["parameters"] = parameters
    if call.body:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": call.body}}}
    return said


def answers(call: Call) -> dict[str, Any]:
    """What a call gives when all went well."""
    if call.gives:
        return {"200": {"description": "OK", "content": {"application/json": {"schema": call.gives}}}}
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in FILE_HEADERS.items()}
    whole = {name: said for name, said in headers.items() if name != "Content-Range"}
    return {
        "200": {"description": "The whole file", "headers": whole, "content": BYTES},
        "206": {"description": "The file from there on", "headers": headers, "content": BYTES},
        "416": {"description": "There is nothing from there on"},
    }


def problem(code: int) -> dict[str, Any]:
    return {"description": HTTPStatus(code).phrase, "content": {TYPE: {"schema": schemas.Said}}}


def text() -> str:
    """As docs/vault-protocol/openapi.json has it."""
    return json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
