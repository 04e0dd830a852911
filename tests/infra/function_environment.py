"""The environment of a deployed function, for a process on this machine."""

import os
from collections.abc import Mapping

from infra.local.aws import Aws
from infra.local.environment import NO_ACCOUNT


def function_environment(deployed: Mapping[str, str], port: int, region: str) -> dict[str, str]:
    """The variables that it was deployed with, AWS at a port of loopback, no TLS to the database.

    The database's address brings a port of its own (see `database` in moto_extensions).
    """
    variables = {name: value for name, value in deployed.items() if not name.startswith("PGSSL")}
    path = variables.get("TC_DRIVER_PATH", "").replace(":5432/", "/")
    return {
        **os.environ,
        **NO_ACCOUNT,
        **variables,
        "TC_DRIVER_PATH": path,
        **Aws(port, child=None).environment(),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
