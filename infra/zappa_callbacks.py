"""What Zappa calls on the way (`callbacks` in zappa_settings.json).

Zappa loads this file anew for each call, without the project's folder on the path, and calls
`settings` once for each stage of `--all`. A ClickException ends it with its sentence.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import click

from infra.deployed import find_function
from infra.environment import function_environment, set_environment
from infra.errors import InfraError, NotDeployed, StackMissing, StillDeployed
from infra.mapping import Mapping, Queue, events_of
from infra.outputs import Outputs, read_outputs
from infra.package.archive import Archive, put_in_order
from infra.package.index import PipIndex
from infra.package.site_packages import build
from infra.package.target import Target
from infra.releases import remember
from infra.stages import Stage

CACHE = Path(os.environ.get("PACKAGE_CACHE", ROOT / "build" / "lambda"))
PACKAGING = ("package", "deploy", "update")
DEPLOYING = ("deploy", "update", "schedule")
DEPLOYED = ("status", "undeploy")  # with the others Zappa says itself what is missing


def settings(cli: Any) -> None:
    """Fill in what the stack knows; show Zappa the environment that it is to zip."""
    vars(cli).pop(cli.command, None)  # left by `leave_out` for the stage before
    stage = Stage(cli.api_stage, cli.stage_config)
    with sentences():
        if cli.command == "deploy" and cli.vargs.get("all") and is_deployed(cli):
            leave_out(cli, StillDeployed(f"{cli.lambda_name} is there already, to be updated"))
        elif cli.command in DEPLOYING:
            try:
                fill_in(cli, stage, read_outputs(cli.zappa.cf_client, stage.stack))
            except StackMissing as error:
                leave_out(cli, error)
        elif cli.command in DEPLOYED and not is_deployed(cli):
            leave_out(cli, NotDeployed(f"there is no function {cli.lambda_name}"))
        elif cli.command == "undeploy":
            events = events_of(cli.zappa.lambda_client, cli.lambda_name)
            cli.override_stage_config_setting("events", events)
        if cli.command in PACKAGING and not (cli.vargs.get("zip") or is_left_out(cli)):
            prepare(cli, Target(stage.runtime, stage.architecture))


def finish_package(cli: Any) -> None:
    """Put a package in order before it is uploaded; refuse one that is too large."""
    with sentences():
        put_in_order(Path(cli.zip_path))
        Archive.read(Path(cli.zip_path)).check_size(cli.architecture)


def post(cli: Any) -> None:
    """Do what Zappa leaves undone.

    The queue's mapping is to report single failures, what settings and stack no longer say is to
    leave the environment, and the package that runs is remembered.
    """
    stage = Stage(cli.api_stage, cli.stage_config)
    client = cli.zappa.lambda_client
    with sentences():
        outputs = read_outputs(cli.zappa.cf_client, stage.stack)
        set_environment(client, cli.lambda_name, function_environment(stage, outputs))
        if stage.is_ingestion:
            mapping = Mapping.find(client, cli.lambda_name, outputs.queue_arn)
            mapping.open(int(outputs.ingest_concurrency))
        if cli.zip_path:
            remember(client, cli.lambda_name, Path(cli.zip_path).name)


def fill_in(cli: Any, stage: Stage, outputs: Outputs) -> None:
    """Set what no settings file should name."""
    cli.s3_bucket_name = outputs.deployment_bucket
    cli.vpc_config = {
        "SubnetIds": outputs.subnet_ids.split(","),
        "SecurityGroupIds": [outputs.security_group_id],
    }
    cli.manage_roles = False
    cli.zappa.tags = {**cli.zappa.tags, "Stage": stage.installation}
    if stage.is_ingestion:
        cli.zappa.credentials_arn = outputs.ingest_role_arn
        queue = Queue(cli.zappa.lambda_client, cli.lambda_name, outputs.queue_arn)
        cli.override_stage_config_setting("events", [queue.event()])
    else:
        cli.zappa.credentials_arn = outputs.api_role_arn
        cli.lambda_concurrency = int(outputs.api_concurrency) or None
    cli.aws_environment_variables = function_environment(stage, outputs)


def leave_out(cli: Any, error: InfraError) -> None:
    """With `--all`, pass over a stage that this cannot be done with; fail if it is so with all."""
    left_out = {*getattr(cli, "left_out", ()), cli.api_stage}
    if not cli.vargs.get("all") or left_out == set(cli.zappa_settings):
        raise error
    cli.left_out = left_out
    click.echo(f"Left out {cli.api_stage}: {error}.")
    setattr(cli, cli.command, lambda *_, **__: None)


def is_left_out(cli: Any) -> bool:
    return cli.api_stage in getattr(cli, "left_out", ())


def is_deployed(cli: Any) -> bool:
    return find_function(cli.zappa.lambda_client, cli.lambda_name) is not None


def prepare(cli: Any, target: Target) -> None:
    """Have Zappa zip our environment, and no file that happens to lie in the clone.

    Zappa zips the current folder and its virtual environment, so both are shown to it elsewhere.
    """
    click.echo(f"Preparing the package for {target} ..")
    environment = build(target, CACHE, PipIndex(CACHE / "wheels"))
    os.environ["VIRTUAL_ENV"] = str(environment.folder)
    cli.vargs["settings_file"] = str(settings_file(cli))
    empty = CACHE / "empty"
    empty.mkdir(exist_ok=True)
    os.chdir(empty)


def settings_file(cli: Any) -> Path:
    return Path(cli.vargs.get("settings_file") or ROOT / "zappa_settings.json").resolve()


@contextmanager
def sentences() -> Iterator[None]:
    """Errors of ours as Zappa shows them: one sentence, exit code 1."""
    try:
        yield
    except InfraError as error:
        raise click.ClickException(str(error)) from error
