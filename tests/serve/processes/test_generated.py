"""Requests that are made from the OpenAPI document, by the hundred."""

from __future__ import annotations

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)


def test_nothing_that_the_description_allows_breaks_the_server(address):
    """Schemathesis makes requests of the OpenAPI document: no 5xx, no answer off its schema."""
    document = httpx.get(f"{address}/api/openapi").json()
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if path.startswith(("/processes", "/jobs"))
    }
    statuses: set[int] = set()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=15, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(operation.as_strategy())
        def ask(case):
            if isinstance(case.body, dict) and isinstance(case.body.get("inputs"), dict):
                case.body["inputs"].pop("pause", None)  # nobody waits here
            answer = case.call(base_url=f"{address}/api")
            statuses.add(answer.status_code)
            case.validate_response(
                answer,
                checks=[not_a_server_error, response_schema_conformance, status_code_conformance],
            )

        ask()
    assert {200, 400, 404} <= statuses
