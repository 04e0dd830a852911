"""`python -m ingest register`"""

from collections.abc import Iterator, Sequence

import click

from ingest.backfill import is_raster
from ingest.cli.reports import handle
from ingest.cli.shell import Address, addresses, as_json, progress
from ingest.installation import Installation


@click.command()
@addresses
@as_json
def register(addresses: Sequence[Address], as_json: bool) -> None:
    """Register uploads in this process.

    The function's limits of time and room do not hold here. An ADDRESS is a raster, a class file
    (then all rasters under it are registered), or a folder that ends in a slash.
    INGEST_WORK_FOLDER needs room for twice the largest raster, INGEST_GDAL_THREADS may be the
    number of processors.
    """
    ours = Installation.from_environment().without_limits()
    uploads = [upload for each in addresses for upload in _uploads(ours, each)]
    handle(ours, progress(uploads, "registered"), as_json)


def _uploads(ours: Installation, given: Address) -> Iterator[Address]:
    """The address itself, or the rasters in its folder; a usage error where there is nothing."""
    incoming = ours.incoming(given.bucket)
    if not given.is_prefix:
        found = [given.key] if incoming.head(given.key) else []
    else:
        found = [each.key for each in incoming.list(given.key) if is_raster(each.key)]
    if not found:
        hint = "" if given.is_prefix else "; the address of a folder ends in a slash"
        raise click.UsageError(f"there is nothing to register at {given}{hint}")
    for key in found:
        yield Address(given.bucket, key)
