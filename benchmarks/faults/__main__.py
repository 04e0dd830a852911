"""`make faults`: break everything that can break, and write what users see."""

import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.faults.campaign import run
from benchmarks.faults.faults import TROUBLES
from benchmarks.faults.report import document
from benchmarks.faults.site import site
from benchmarks.soak.seed import Datasets
from infra.local.__main__ import interruptible
from infra.local.environment import forget_accounts

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


@click.command()
@click.option("--seconds", default=8.0, show_default=True, help="Each fault lasts so long.")
@click.option("--only", multiple=True, help="Faults whose name holds this; nothing is written.")
@click.option("--viewers", default=3, show_default=True)
def main(seconds: float, only: tuple[str, ...], viewers: int) -> None:
    """Runs all faults against the whole system under load, and writes docs/reliability.md."""
    forget_accounts()
    interruptible()
    began = time.monotonic()
    chosen = [t for t in TROUBLES if not only or any(text in t.name for text in only)]
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        site(Path(folder), Datasets(200, 6), viewers) as broken,
    ):
        outcomes = run(broken, chosen, seconds, lambda text: click.echo(text, err=True))
    page = document(outcomes, seconds, (time.monotonic() - began) / 60)
    click.echo(page)
    if not only:
        PAGE.write_text(page)
    sys.exit(1 if any(outcome.faults for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
