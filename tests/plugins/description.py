"""The description of the vault protocol (docs/vault-protocol/openapi.json), as what both sides say is held against."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).parents[2] / "docs" / "vault-protocol" / "openapi.json"
KNOWN = json.loads(FILE.read_text("utf-8"))


def operation(method: str, path: str) -> dict[str, Any]:
    """What is written of a call; `path` without /api/v1. Fails when there is no such call."""
    for template, methods in KNOWN["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path or "/"):
            return methods[method.lower()]
    raise AssertionError(f"no call {method} {path} is described")


def check(schema: dict[str, Any], said: Any) -> None:
    """Fails for what is not as described."""
    Draft202012Validator({**schema, "components": KNOWN["components"]}).validate(said)


def check_asked(method: str, path: str, query: dict[str, str], body: Any) -> None:
    """What the CRM asks and puts."""
    known = operation(method, path)
    parameters = {one["name"]: one for one in known.get("parameters", []) if one["in"] == "query"}
    assert set(query) <= set(parameters)
    assert {name for name, one in parameters.items() if one.get("required")} <= set(query)
    if "requestBody" in known:
        check(known["requestBody"]["content"]["application/json"]["schema"], body)
    else:
        assert body is None
    if known["operationId"] == "put_item":
        kind = path.split("/")[4]
        check({"$ref": f"#/components/schemas/{kind.capitalize()}"}, body["content"])


def check_answered(method: str, path: str, answer: Any) -> None:
    """What the portal answers (a Flask test response)."""
    said = operation(method, path)["responses"].get(str(answer.status_code))
    assert said is not None, f"{method} {path} may not answer {answer.status_code}"
    for name in said.get("headers", {}):
        assert name in answer.headers
    if "content" in said:
        assert answer.mimetype in said["content"]
        if "json" in answer.mimetype:
            check(said["content"][answer.mimetype]["schema"], answer.get_json())
