"""schemathesis calls every endpoint in the OpenAPI document with what it may and may not be sent.

No answer is a 5xx, or has a status, a type or a form that the document does not name.
"""

import os
import re
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.handler.conftest import DATASET

CONFORMANCE: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CHECKS = {
    GenerationMode.POSITIVE: CONFORMANCE,
    GenerationMode.NEGATIVE: [*CONFORMANCE, negative_data_rejection],
}
# of each mode for each endpoint; more in the long form, see tests/attack
EXAMPLES = int(os.environ.get("ATTACK_EXAMPLES", "0")) // 100 or 5


@pytest.mark.parametrize("mode", CHECKS)
def test_every_endpoint(client: FlaskClient, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/swagger.json", client.application)
    operations = [found.ok() for found in schema.get_all_operations()]
    called = sum(_call(operation, mode) for operation in operations)
    assert called > EXAMPLES * len(operations) / 2


def _call(operation: Any, mode: GenerationMode) -> int:
    """How often the endpoint was called; two times of three for a dataset that there is."""
    called = 0
    known = DATASET[:-1] if operation.path.startswith(("/rgb", "/compute")) else DATASET

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        nonlocal called
        called += 1
        parameters = case.path_parameters or {}
        if "keys" in parameters:
            parameters["keys"] = "/".join(known) if called % 3 else _merged(parameters["keys"])
        case.call_and_validate(checks=CHECKS[mode])

    try:
        call()
    except Unsatisfiable:  # nothing can be wrong where there are no parameters but texts
        assert mode is GenerationMode.NEGATIVE
        schemas = [parameter.definition["schema"] for parameter in operation.iter_parameters()]
        assert all(schema == {"type": "string"} for schema in schemas)
    return called


def _merged(keys: Any) -> Any:
    """Keys without doubled slashes, which are redirected (see tests/attack)."""
    return re.sub("(?:/|%2[Ff])+", "/", keys).strip("/") or "x" if isinstance(keys, str) else keys
