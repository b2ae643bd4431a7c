"""The description is tried by a stranger: schemathesis makes calls of it, right ones and wrong ones.

As many for each call as take some seconds together, the same in every run.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from tests.crm.api.test_views import office, sanne  # noqa: F401

EXAMPLES = 15  # of each call, of right ones and of wrong ones
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", GenerationMode)
def test_calls_made_of_the_description_are_answered_as_it_says(app, program, office, mode, monkeypatch):  # noqa: F811
    monkeypatch.setitem(app.config, "API_RATE", 1_000_000)
    schema, tried = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app), 0
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
            answer = case.call(headers=program.headers)
            case.validate_response(answer, checks=CHECKS)

        call()
    assert tried >= 100
