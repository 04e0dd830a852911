"""Commands for the stack: to make and change it, to see what it has, to remove it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from infra.account import Account
from infra.change_sets import ChangeSet
from infra.commands.options import as_json, installation
from infra.console import Command, Parameters
from infra.environment import exports
from infra.errors import DataLost
from infra.outputs import Outputs, output_key, read_outputs
from infra.removal import Removal
from infra.stack import Stack
from infra.stages import Stage, load_stages, pair
from infra.tables import table
from infra.verify import api_id


@click.command(cls=Command)
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
    given = {**dict(parameters), **names(stage, dict(parameters))}
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


def names(stage: Stage, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters by which stack and functions find each other."""
    if fixed := {"Project", "Stage", "ApiId"} & set(given):
        raise click.BadParameter(
            f"{', '.join(sorted(fixed))} cannot be set: project and stage are those of "
            "zappa_settings.json, and --cloudfront finds the API",
            param_hint="--set",
        )
    return {"Project": stage.settings["project_name"], "Stage": stage.name}


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


@click.command(cls=Command)
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


@click.command(cls=Command)
@installation
@click.option("--lose-data", is_flag=True, help="Delete the buckets too, with all that is in them.")
def remove(installation: str, lose_data: bool) -> None:
    """Remove the stack, after `zappa undeploy`.

    Buckets and a last snapshot of the database stay. It waits until Lambda has left the network,
    which may take 20 minutes; what was cut off may be repeated.
    """
    left = Removal(Account(), pair(load_stages(), installation)).run(lose_data)
    click.echo(f"Removed. Still there: {', '.join(left) or 'nothing'}.")
