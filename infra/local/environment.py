"""The environment of both functions, as the deployed ones have it."""

import os
from collections.abc import Mapping
from pathlib import Path

from infra.local.aws import Aws, Resources
from infra.local.ports import LOOPBACK

# Somebody's AWS account or database must not leak in from the shell.
FOREIGN = ("AWS_", "TC_DRIVER_", "TC_SQL_", "BOTO_")


def function_environment(
    aws: Aws,
    resources: Resources,
    database: Mapping[str, str],
    stage: Mapping[str, str],
    modules: Path,
) -> dict[str, str]:
    """This process's environment with what a function needs; modules is found by import."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return {
        **ours,
        **stage,
        **aws.environment(),
        **database,
        "INGEST_PUBLISHED_BUCKET": resources.published,
        "INGEST_QUEUE_URL": resources.queue_url,
        "NO_PROXY": extended("NO_PROXY", LOOPBACK, ","),
        "no_proxy": extended("no_proxy", LOOPBACK, ","),
        "PYTHONPATH": extended("PYTHONPATH", str(modules), os.pathsep),
    }


def extended(name: str, value: str, separator: str) -> str:
    """A variable's list with one more value in front."""
    return separator.join(filter(None, [value, os.environ.get(name)]))
