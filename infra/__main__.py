"""`python -m infra`: what an operator does besides `zappa`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from infra.account import Account
from infra.check import Check
from infra.console import Group, Parameters
from infra.environment import exports
from infra.errors import DataLost
from infra.findings import Finding, have_failed
from infra.outputs import Outputs, output_key, read_outputs
from infra.package.build import build_package, package_path
from infra.releases import older, run_package
from infra.removal import Removal
from infra.stack import ChangeSet, Stack
from infra.stages import ROOT, load_stages, pair
from infra.tables import table
from infra.verify import Verification, api_id, setting
from ingest.keys import KeyPattern

DIST = ROOT / "dist"


installation = click.argument("installation", default="production")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")


@click.group(cls=Group)
def cli() -> None:
    """Set up, check and look after an installation, which is `production` unless named.

    docs/deploy.md says when to use which. Region and credentials are those of AWS_PROFILE and
    AWS_DEFAULT_REGION.
    """


@cli.command()
@installation
@click.option(
    "--set",
    "parameters",
    type=Parameters(),
    multiple=True,
    help="A parameter of infra/template.yaml; may be given more than once.",
)
@click.option(
    "--cloudfront/--no-cloudfront",
    default=None,
    help="Put CloudFront in front of the deployed API, or take it away.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--lose-data", is_flag=True, help="Let a bucket, queue or database be made anew.")
def stack(
    installation: str,
    parameters: Sequence[tuple[str, str]],
    cloudfront: bool | None,
    dry_run: bool,
    lose_data: bool,
) -> None:
    """Create or update the stack.

    That is all but the two functions: buckets, queue, network, database, roles, alarms. Parameters
    that are not given stay as they are. Creating it takes about 15 minutes.
    """
    stage, _ = pair(load_stages(), installation)
    account = Account()
    given = {"Project": stage.settings["project_name"], "Stage": installation, **dict(parameters)}
    if cloudfront is not None:
        given["ApiId"] = api_id(account, stage) if cloudfront else ""
    ours = Stack(account.client("cloudformation"), stage.stack)
    planned = ours.plan(given)
    click.echo(changes_table(planned))
    if dry_run or planned.is_empty:
        ours.discard(planned)
    else:
        refuse_loss(ours, planned, lose_data)
        ours.execute(planned)
        click.echo(f"{stage.stack} is done: see `python -m infra outputs {installation}`.")


def changes_table(planned: ChangeSet) -> str:
    rows = [
        {
            "action": "Replace" if each.replaces else each.action,
            "resource": each.resource,
            "type": each.type,
            "data": "LOST" if each.loses_data else "",
        }
        for each in planned.changes
    ]
    return table(rows) if rows else "No resource changes."


def refuse_loss(ours: Stack, planned: ChangeSet, lose_data: bool) -> None:
    lost = [each.resource for each in planned.changes if each.loses_data]
    if lost and not lose_data:
        ours.discard(planned)
        raise DataLost(
            f"{', '.join(lost)} would be made anew, without data; nothing was changed. If that is "
            "meant, say --lose-data"
        )


@cli.command()
@installation
@click.option("--only", metavar="NAME", help="The value of this one alone, such as IncomingBucket.")
@click.option("--export", is_flag=True, help="Print shell commands, for `python -m ingest`.")
@as_json
def outputs(installation: str, only: str | None, export: bool, as_json: bool) -> None:
    """Show names and addresses of what the stack has.

    Those of buckets, queues and secrets, of the database and of the dashboard.
    """
    stage, _ = pair(load_stages(), installation)
    found = read_outputs(Account().client("cloudformation"), stage.stack)
    values = named(found)
    if only is not None and only not in values:
        raise click.BadParameter(f"{only!r} is none of {', '.join(values)}", param_hint="--only")
    if only is not None:
        click.echo(values[only])
    elif export:
        click.echo(exports(found))
    elif as_json:
        click.echo(json.dumps(values))
    else:
        click.echo(table([{"output": name, "value": value} for name, value in values.items()]))


def named(found: Outputs) -> dict[str, str]:
    """Those outputs that are there, by the names that the template gives them."""
    return {output_key(name): value for name, value in asdict(found).items() if value is not None}


@cli.command()
@installation
@click.option("--lose-data", is_flag=True, help="Delete the buckets too, with all that is in them.")
def remove(installation: str, lose_data: bool) -> None:
    """Remove the stack, after `zappa undeploy`.

    Buckets and a last snapshot of the database stay.
    """
    left = Removal(Account(), pair(load_stages(), installation)).run(lose_data)
    click.echo("Removed. Still there: " + ", ".join(left) + ".")


@cli.command()
@installation
@click.option("--runtime", help="Lambda's Python, such as python3.13, if not that of the settings.")
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


@cli.command()
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


@cli.command()
@installation
@as_json
def check(installation: str, as_json: bool) -> None:
    """Say before a deployment what would keep it from working."""
    stages = pair(load_stages(), installation)
    report(Check(Account(), stages, package_path(stages[0], DIST)).findings(), as_json)


@cli.command()
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


@cli.command()
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


def report(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings; the exit code is 1 if one of them failed."""
    rows: list[Mapping[str, object]] = [each.to_json() for each in findings]
    click.echo(json.dumps(rows) if as_json else table(rows))
    if have_failed(findings):
        raise SystemExit(1)


if __name__ == "__main__":
    cli(prog_name="python -m infra")
