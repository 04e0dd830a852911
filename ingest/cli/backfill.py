"""`python -m ingest backfill`"""

import shlex
from functools import partial

import click

from ingest.backfill import Backfill, registered_etags
from ingest.cli.shell import Address, address, as_json, print_counts, print_json, progress, say
from ingest.installation import Installation
from ingest.queueing import enqueue


@click.command()
@address
@click.option("--all", "everything", is_flag=True, help="Also what is registered as it is.")
@click.option("--start-after", metavar="KEY", default="", help="Go on after this key.")
@click.option("--dry-run", is_flag=True, help="Queue nothing, only show what would be.")
@as_json
def backfill(
    address: Address, everything: bool, start_after: str, dry_run: bool, as_json: bool
) -> None:
    """Queue uploads that are not registered.

    That is, each raster under ADDRESS that is not registered as it is now. The ingestion function
    then works on them, as many at a time as it may. An interrupted run says how to go on. With
    --all the database is not asked, which spares a way to it.
    """
    ours = Installation.from_environment()
    listed = ours.incoming(address.bucket).list(address.key, start_after)
    queued: list[str] = []
    send = queued.extend if dry_run else partial(enqueue, ours.sqs, ours.queue_url, address.bucket)
    work = Backfill(send)
    known = {} if everything else _registered(ours, address.bucket)
    try:
        for _ in progress(work.run(listed, known), "looked at"):
            pass
    except BaseException:
        if work.queued and not dry_run:
            say(_how_to_go_on(work, address, everything), err=True)
        raise
    _show(work, address, queued, as_json)


def _registered(ours: Installation, bucket: str) -> dict[str, str]:
    return registered_etags((found for _, found in ours.registry.datasets()), bucket)


def _how_to_go_on(work: Backfill, address: Address, everything: bool) -> str:
    options = [*(["--all"] if everything else [])]
    if work.last_key is not None:
        options += ["--start-after", work.last_key]
    command = shlex.join(["python", "-m", "ingest", "backfill", str(address), *options])
    return f"stopped with {work.queued} queued; go on with: {command}"


def _show(work: Backfill, address: Address, queued: list[str], as_json: bool) -> None:
    """`queued` are the keys that a dry run would have queued."""
    if as_json:
        print_json({**work.counts(), "last_key": work.last_key, "would_queue": queued})
        return
    for key in queued:
        say(f"s3://{address.bucket}/{key}")
    names = ("would be queued" if queued else "queued", "current", "other objects")
    print_counts(dict(zip(names, work.counts().values(), strict=True)))
