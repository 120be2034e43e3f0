"""A stranger that asks whatever the OpenAPI allows, and more: never a 5xx, never off its schema."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from geo.serve.app import create_app

URL = "http://town.test"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENOUGH = hypothesis.settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def openapi(town):
    """The document as it is served, and the application behind it."""
    app = create_app(town.project, town.root, server_url=URL)
    return schemathesis.openapi.from_asgi("/api/openapi", app)


def operations(openapi) -> list:
    """Every operation of the document."""
    return [found.ok() for found in openapi.get_all_operations()]


def test_every_operation_is_readable(openapi) -> None:
    assert len(operations(openapi)) > 20


def test_whatever_is_allowed_is_answered(openapi) -> None:
    for operation in operations(openapi):

        @hypothesis.given(case=operation.as_strategy())
        @ENOUGH
        def ask(case) -> None:
            case.call_and_validate(checks=CHECKS)

        ask()


def test_whatever_is_not_allowed_is_refused_politely(openapi) -> None:
    negative = schemathesis.GenerationMode.NEGATIVE
    for operation in operations(openapi):

        @hypothesis.given(case=operation.as_strategy(generation_mode=negative))
        @ENOUGH
        def ask(case) -> None:
            case.call_and_validate(checks=CHECKS)

        try:
            ask()
        except hypothesis.errors.Unsatisfiable:
            continue  # an operation without parameters has nothing to get wrong
