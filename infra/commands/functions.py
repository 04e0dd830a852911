"""Commands for the two functions: before, during and after `zappa deploy`."""

import json
from pathlib import Path

import click

from infra.account import Account
from infra.check import Check
from infra.commands.options import as_json, installation, report
from infra.console import Command
from infra.outputs import read_outputs
from infra.package.build import build_package, package_path
from infra.releases import older, run_package
from infra.stages import ROOT, load_stages, pair
from infra.tables import table
from infra.verify import Verification, setting
from ingest.keys import KeyPattern

DIST = ROOT / "dist"


@click.command(cls=Command)
@installation
@click.option(
    "--runtime",
    type=click.Choice(["python3.11", "python3.12", "python3.13"]),
    help="Lambda's Python, such as python3.13, if not that of the settings.",
)
@click.option(
    "--architecture",
    type=click.Choice(["x86_64", "arm64"]),
    help="Lambda's processor, if not that of the settings.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), default=DIST, help="Folder to put it in."
)
@as_json
def package(
    installation: str, runtime: str | None, architecture: str | None, output: Path, as_json: bool
) -> None:
    """Build what `zappa deploy` uploads, and try it."""
    stage, _ = pair(load_stages(), installation)
    built = build_package(stage, output, runtime, architecture)
    click.echo(json.dumps(built.to_json()) if as_json else str(built))


@click.command(cls=Command)
@installation
@click.option("--rotate", is_flag=True, help="Give both database users new passwords.")
def database(installation: str, rotate: bool) -> None:
    """Set up the database, or bring it up to date.

    The deployed ingestion function does it, for the database can be reached from inside its network
    only. It may be repeated at any time, and refuses what would lose data.
    """
    from infra.remote_setup import Function, RemoteSetUp  # Terracotta, a second of imports

    api, ingest = pair(load_stages(), installation)
    account = Account()
    pattern = setting(ingest.settings["aws_environment_variables"], "key_pattern")
    remote = RemoteSetUp(
        secrets=account.client("secretsmanager"),
        invoke=Function(account.client("lambda"), ingest.function),
        outputs=read_outputs(account.client("cloudformation"), api.stack),
        keys=KeyPattern(pattern).fields,
    )
    click.echo(remote.run(rotate))


@click.command(cls=Command)
@installation
@as_json
def check(installation: str, as_json: bool) -> None:
    """Say before a deployment what would keep it from working."""
    stages = pair(load_stages(), installation)
    report(Check(Account(), stages, package_path(stages[0], DIST)).findings(), as_json)


@click.command(cls=Command)
@installation
@click.option("--url", help="The tile API's address, if not CloudFront's or the one from Zappa.")
@click.option(
    "--probe/--no-probe",
    default=True,
    help="Whether to upload a tiny raster, look at its tile and remove it again.",
)
@as_json
def verify(installation: str, url: str | None, probe: bool, as_json: bool) -> None:
    """Say after a deployment whether it is as meant, and works."""
    stages = pair(load_stages(), installation)
    report(Verification(Account(), stages, url).findings(probe), as_json)


@click.command(cls=Command)
@installation
@as_json
def rollback(installation: str, as_json: bool) -> None:
    """Let both functions run the packages from before."""
    stages, account = pair(load_stages(), installation), Account()
    outputs = read_outputs(account.client("cloudformation"), stages[0].stack)
    client, s3 = account.client("lambda"), account.client("s3")
    done = [
        {"function": stage.function, "package": older(client, s3, outputs, stage.function)}
        for stage in stages
    ]
    for each in done:  # both or none
        run_package(client, outputs, **each)
    click.echo(json.dumps(done) if as_json else table(done))
