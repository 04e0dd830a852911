"""`python -m ingest remove`"""

from collections.abc import Sequence

import click

from ingest.cli.reports import handle
from ingest.cli.shell import Address, addresses, as_json
from ingest.installation import Installation
from ingest.reports import report_key


@click.command()
@addresses
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def remove(addresses: Sequence[Address], yes: bool, as_json: bool) -> None:
    """Delete uploads, and their datasets with them.

    What was registered of an upload that is gone already is removed, too. The published raster
    stays until `verify --fix`. In a versioned bucket the upload can be had back.
    """
    if any(given.is_prefix for given in addresses):
        raise click.UsageError("give the address of each upload, not of a folder")
    ours = Installation.from_environment().without_limits()
    for given in addresses:
        _check_known(ours, given)
    if not yes:
        click.confirm(f"Delete {', '.join(map(str, addresses))}?", abort=True, err=True)
    for given in addresses:
        ours.incoming(given.bucket).delete(given.key)
    handle(ours, addresses, as_json)


def _check_known(ours: Installation, given: Address) -> None:
    """A usage error for what is not there, and never was."""
    is_there = ours.incoming(given.bucket).head(given.key) is not None
    if not is_there and ours.published.head(report_key(given.key)) is None:
        raise click.UsageError(f"there is nothing to remove at {given}, and no report on it")
