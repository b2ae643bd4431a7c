"""The description is right and whole: every route, schema and error of the API."""

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from tests.crm.api.test_views import SANNE, office, sanne  # noqa: F401

LISTS = ["relations", "dossiers", "appointments", "tasks", "service_requests"]


@pytest.fixture
def described(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    return answer.json


def test_it_is_openapi_3_1(described):
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_every_route_is_in_it(described, app):
    routes = {
        (rule.rule.replace("<int:id>", "{id}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint not in ("api.unknown", "api.openapi")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, item in described["paths"].items() for method in item}
    for item in described["paths"].values():
        for operation in item.values():
            assert {"401", "403", "429", "500"} <= set(operation["responses"]) and operation["x-scope"]


def fits(described, answer, path, method="get"):
    """The body is what the description says for this status."""
    response = described["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = described["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = {**response["content"][answer.mimetype]["schema"], "components": described["components"]}
    errors = [f"{error.json_path}: {error.message}" for error in OAS31Validator(schema).iter_errors(answer.json)]
    assert not errors, errors


@pytest.mark.parametrize("name", LISTS)
def test_answers_are_as_described(described, program, office, name):  # noqa: F811
    fits(described, program.get(f"/{name}"), f"/api/v1/{name}")
    fits(described, program.get(f"/{name}/{office[name].id}"), f"/api/v1/{name}/{{id}}")
    fits(described, program.get(f"/{name}/999999"), f"/api/v1/{name}/{{id}}")
    fits(described, program.get(f"/{name}", limit=0), f"/api/v1/{name}")


def test_other_answers_are_as_described(described, program, office):  # noqa: F811
    fits(described, program.get("/feed", subject=f"dossier:{office['dossiers'].id}"), "/api/v1/feed")
    fits(described, program.get("/search", q="vries"), "/api/v1/search")
    fits(described, program.post("/relations", SANNE), "/api/v1/relations", "post")
    fits(described, program.post("/relations", {}), "/api/v1/relations", "post")
    sent = {"surname": "Bakker", "phone": "0612345678"}
    fits(described, program.post("/relations", sent), "/api/v1/relations", "post")
    fits(described, program.post("/service_requests", sent), "/api/v1/service_requests", "post")
    program.headers = {}
    fits(described, program.get("/relations"), "/api/v1/relations")
