"""Runs the functions that were deployed to moto, where moto itself would want docker.

Each is a process with the function's handler and environment variables as deployed; the code is the
clone's. Only what the network makes different is put in place: the addresses of AWS and, by way of
`tests.infra.moto_extensions`, of the database, and no TLS to it. Messages stay in the queue, from
which `infra.local.queue.Mapping` hands them to the function. Importing this adds it to moto.
"""

import json
import os
import sys
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction

from infra.errors import FunctionError
from infra.local.aws import Aws
from infra.local.environment import NO_ACCOUNT
from infra.local.workers import Workers

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
        environment = {
            **os.environ,
            **NO_ACCOUNT,
            **variables(function.environment_vars),
            **Aws(port, child=None).environment(),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
        }
        processes[state] = Workers(function.handler, 1, environment, sys.stderr.buffer)
    return processes[state]


def variables(deployed: dict[str, str]) -> dict[str, str]:
    """A function's environment variables, but for TLS and the port of the database.

    The cluster's address brings a port of its own here.
    """
    kept = {name: value for name, value in deployed.items() if not name.startswith("PGSSL")}
    path = kept.get("TC_DRIVER_PATH", "").replace(":5432/", "/")
    return {**kept, "TC_DRIVER_PATH": path}


def leave(*_: Any) -> bool:
    """That the messages of a queue were not delivered, which moto would do one by one."""
    return False


LambdaFunction.invoke = invoke
LambdaBackend.send_sqs_batch = leave
