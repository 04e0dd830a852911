"""The environment of both functions, as the deployed ones have it."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from infra.local.aws import Aws, Resources
from infra.local.ports import LOOPBACK
from infra.local.zappa_stage import ZappaStage

# Somebody's AWS account or database must not leak in from the shell.
FOREIGN = ("AWS_", "TC_DRIVER_", "TC_SQL_")
NO_ACCOUNT = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def forget_accounts() -> None:
    """Rid this process of anybody's AWS account and database, and loopback of any proxy.

    A profile that does not exist, say, would stop boto3 before it asks for credentials.
    """
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(NO_ACCOUNT)
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = extended(name, LOOPBACK, ",")


def function_environment(
    aws: Aws, resources: Resources, modules: Path, stage: ZappaStage, database: Mapping[str, str]
) -> dict[str, str]:
    """This process's environment with what a function needs; modules, which is found by import,
    is also where temporary files go."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return {
        **stage.environment,
        **ours,
        **NO_ACCOUNT,
        **aws.environment(),
        **database,
        "INGEST_PUBLISHED_BUCKET": resources.published,
        "INGEST_QUEUE_URL": resources.queue_url,
        "TMPDIR": str(modules),  # what killed workers leave there goes with it
        "PYTHONUNBUFFERED": "1",  # a killed worker's last lines reach the log
        "PYTHONPATH": extended("PYTHONPATH", str(modules), os.pathsep),
    }


def write_shell_file(path: Path, environment: Mapping[str, str]) -> None:
    """A file for a shell to read: what `python -m ingest` needs of a function's environment."""
    lines = (
        f"export {name}={shlex.quote(value)}\n"
        for name, value in sorted(environment.items())
        if name.startswith((*FOREIGN, "INGEST_"))
    )
    path.touch(mode=0o600)  # it has the writer's password
    path.write_text("".join(lines))


def extended(name: str, value: str, separator: str) -> str:
    """A variable's list with one more value in front."""
    return separator.join(filter(None, [value, os.environ.get(name)]))
