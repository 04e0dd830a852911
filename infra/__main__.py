"""`python -m infra`: what an operator does besides `zappa`."""

import json
from pathlib import Path

import click

from infra.account import Account
from infra.errors import InfraError
from infra.outputs import read_outputs
from infra.package.build import build_package
from infra.releases import roll_back
from infra.stages import ROOT, load_stages, pair
from infra.tables import table


class Command(click.Command):
    """A command whose faults are sentences."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except InfraError as error:
            raise click.ClickException(str(error)) from error


class Group(click.Group):
    command_class = Command


installation = click.argument("installation", default="production")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=Group)
def cli() -> None:
    """Sets up, checks and looks after an installation (default: production)."""


@cli.command()
@installation
@click.option("--runtime", help="Lambda's Python, such as python3.13.")
@click.option("--architecture", type=click.Choice(["x86_64", "arm64"]), help="Its processor.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "dist", help="Folder.")
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


if __name__ == "__main__":
    cli(prog_name="python -m infra")
