"""The description is that of the code, and schemathesis makes calls of it, right ones and wrong ones."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode, checks

from plugins.portal.protocol import description as made
from plugins.portal.protocol import views
from tests.plugins import description

EXAMPLES = 15  # of each call, of right ones and of wrong ones
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def test_what_is_kept_is_what_the_code_says():
    command = "python -m plugins.portal.protocol.description > docs/vault-protocol/openapi.json"
    assert description.FILE.read_text("utf-8") == made.text(), f"write it anew: {command}"


def test_it_is_a_description_as_openapi_has_them():
    validate(description.KNOWN)
    assert description.KNOWN["openapi"] == "3.1.0"


def test_every_kind_is_described(crm):
    kinds = crm.call("GET", "").get_json()["kinds"]
    assert kinds == {kind: version for kind, (version, _content) in views.KINDS.items()}
    assert {kind.capitalize() for kind in kinds} <= set(description.KNOWN["components"]["schemas"])


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", GenerationMode)
def test_calls_made_of_the_description_are_answered_as_it_says(portal, crm, mode, monkeypatch):
    monkeypatch.setattr(views, "LONGEST_WAIT", 0)
    schema, tried = schemathesis.openapi.from_dict(description.KNOWN), 0
    schema.app = portal
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def call(case):
            nonlocal tried
            tried += 1
            case.validate_response(case.call(headers=crm.headers), checks=CHECKS)

        call()
    assert tried >= 100
