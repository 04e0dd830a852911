"""`python -m infra`: what an operator does besides `zappa`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from infra.account import Account
from infra.check import Check
from infra.errors import DataLost, InfraError
from infra.findings import Finding, have_failed
from infra.outputs import read_outputs
from infra.package.build import build_package, package_path
from infra.releases import roll_back
from infra.remote_setup import Function, RemoteSetUp
from infra.stack import ChangeSet, Stack
from infra.stages import ROOT, load_stages, pair
from infra.tables import table
from infra.verify import Verification, api_id, setting
from ingest.keys import KeyPattern

DIST = ROOT / "dist"


class Command(click.Command):
    """A command whose faults are sentences."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except InfraError as error:
            raise click.ClickException(str(error)) from error


class Group(click.Group):
    command_class = Command


class Parameters(click.ParamType[tuple[str, str]]):
    """`Name=value`."""

    name = "Name=value"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, str]:
        name, equals, text = value.partition("=")
        if not (name and equals):
            self.fail(f"{value!r} is not of the form Name=value", param, context)
        return name, text


installation = click.argument("installation", default="production")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=Group)
def cli() -> None:
    """Sets up, checks and looks after an installation (default: production)."""


@cli.command()
@installation
@click.option("--set", "parameters", type=Parameters(), multiple=True, help="A parameter.")
@click.option("--cloudfront/--no-cloudfront", default=None, help="Put CloudFront in front.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--lose-data", is_flag=True, help="Let buckets or the database be replaced.")
def stack(
    installation: str,
    parameters: Sequence[tuple[str, str]],
    cloudfront: bool | None,
    dry_run: bool,
    lose_data: bool,
) -> None:
    """Create or update the CloudFormation stack; parameters not given stay as they are."""
    stage, _ = pair(load_stages(), installation)
    account = Account()
    given = {"Project": stage.settings["project_name"], "Stage": installation, **dict(parameters)}
    if cloudfront is not None:
        given["ApiId"] = api_id(account, stage) if cloudfront else ""
    ours = Stack(account.client("cloudformation"), stage.stack)
    planned = ours.plan(given)
    click.echo(changes_table(planned))
    if dry_run:
        ours.discard(planned)
    elif planned.changes or planned.is_new or cloudfront is not None or parameters:
        refuse_loss(ours, planned, lose_data)
        ours.execute(planned)
        click.echo(f"{stage.stack} is done.")


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
@click.option("--runtime", help="Lambda's Python, such as python3.13.")
@click.option("--architecture", type=click.Choice(["x86_64", "arm64"]), help="Its processor.")
@click.option("--output", type=click.Path(path_type=Path), default=DIST, help="Folder.")
@as_json
def package(
    installation: str, runtime: str | None, architecture: str | None, output: Path, as_json: bool
) -> None:
    """Build the package that `zappa deploy` would upload, and try it."""
    stage, _ = pair(load_stages(), installation)
    built = build_package(stage, output, runtime, architecture)
    click.echo(json.dumps(built.to_json()) if as_json else str(built))


@cli.command()
@installation
@click.option("--rotate", is_flag=True, help="Give both users of the database new passwords.")
def database(installation: str, rotate: bool) -> None:
    """Set up the database, or bring it up to date, through the ingestion function."""
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
    """Say what would keep a deployment from working, before it begins."""
    stages = pair(load_stages(), installation)
    report(Check(Account(), stages, package_path(stages[0], DIST)).findings(), as_json)


@cli.command()
@installation
@click.option("--url", help="Address of the tile API, if it is not the one that Zappa printed.")
@click.option("--probe/--no-probe", default=True, help="Send a tiny raster through it all.")
@as_json
def verify(installation: str, url: str | None, probe: bool, as_json: bool) -> None:
    """Say whether what was deployed is what was meant, and works."""
    stages = pair(load_stages(), installation)
    report(Verification(Account(), stages, url).findings(probe), as_json)


@cli.command()
@installation
@as_json
def rollback(installation: str, as_json: bool) -> None:
    """Let both functions run the packages that they ran before."""
    stages, account = pair(load_stages(), installation), Account()
    outputs = read_outputs(account.client("cloudformation"), stages[0].stack)
    done = []
    for stage in stages:
        package = roll_back(account.client("lambda"), account.client("s3"), outputs, stage.function)
        done.append({"function": stage.function, "package": package})
    click.echo(json.dumps(done) if as_json else table(done))


def report(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings; the exit code is 1 if one of them failed."""
    rows: list[Mapping[str, object]] = [each.to_json() for each in findings]
    click.echo(json.dumps(rows) if as_json else table(rows))
    if have_failed(findings):
        raise SystemExit(1)


if __name__ == "__main__":
    cli(prog_name="python -m infra")
