"""Runs the functions that were deployed to moto, where moto itself would want docker.

Each is a process with the function's handler and environment variables as deployed; the code is the
clone's. Messages stay in the queue, from which `infra.local.queue.Mapping` hands them to the
function. Importing this adds it to moto.
"""

import json
import sys
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction

from infra.errors import FunctionError
from infra.local.workers import Workers
from tests.infra.function_environment import function_environment

SECONDS = 60
processes: dict[str, Workers] = {}  # by name, code and environment


def invoke(self: LambdaFunction, body: str, headers: Any, response_headers: Any) -> bytes:
    """The function's result, or its error as Lambda words it."""
    try:
        result = process(self, int(headers["Host"].rpartition(":")[2])).invoke(
            json.loads(body), SECONDS
        )
    except FunctionError as error:
        response_headers["x-amz-function-error"] = "Unhandled"
        result = {"errorMessage": str(error)}
    return json.dumps(result).encode()


def process(function: LambdaFunction, port: int) -> Workers:
    """The function's process; another one once it was deployed anew."""
    state = json.dumps([function.function_name, function.code_sha_256, function.environment_vars])
    if state not in processes:
        environment = function_environment(function.environment_vars, port, function.region)
        processes[state] = Workers(function.handler, 1, environment, sys.stderr.buffer)
    return processes[state]


def leave(*_: Any) -> bool:
    """That the messages of a queue were not delivered, which moto would do one by one."""
    return False


LambdaFunction.invoke = invoke
LambdaBackend.send_sqs_batch = leave
