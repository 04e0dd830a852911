"""The operator's commands, `python -m ingest`: options and what is printed, a module a command."""

import click

from ingest.cli.backfill import backfill
from ingest.cli.recolor import recolor
from ingest.cli.register import register
from ingest.cli.remove import remove
from ingest.cli.replay import replay
from ingest.cli.shell import EXIT_CODES, Group
from ingest.cli.status import status
from ingest.cli.verify import verify


@click.group(cls=Group, epilog=EXIT_CODES)
def cli() -> None:
    """Look after uploads: have them looked at again, see what became of them.

    Works on the installation that the environment names: INGEST_PUBLISHED_BUCKET,
    INGEST_QUEUE_URL, TC_DRIVER_PATH, TC_SQL_USER, TC_SQL_PASSWORD, and AWS's own variables.
    """


for command in (backfill, register, remove, status, replay, recolor, verify):
    cli.add_command(command)
