"""`python -m ingest verify`"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click

from ingest.cli.shell import FOUND, age, as_json, print_json, progress, say
from ingest.installation import Installation
from ingest.verification import Missing, Orphan, Verification
from ingest.verification import remove as remove_orphan
from ingest.verification import verify as compare


@dataclass(frozen=True)
class Outcome:
    """What was found `at` a time; `old` orphans can be removed, `removed` were."""

    at: datetime
    found: Verification
    old: Sequence[Orphan]
    removed: Sequence[Orphan]

    @property
    def is_well(self) -> bool:
        return not self.found.missing and len(self.removed) == len(self.old)


@click.command()
@click.option("--fix", is_flag=True, help="Remove orphans that no tile server reads any more.")
@as_json
@click.pass_obj
def verify(given: Installation | None, fix: bool, as_json: bool) -> None:
    """Compare database and published bucket.

    A missing raster is one that a dataset refers to; an orphan one that no dataset refers to.
    Orphans are removed once they are older than INGEST_ORPHAN_SECONDS; nothing else ever is.
    """
    ours = given or Installation.from_environment()
    found = compare(ours.registry, ours.published, ours.pattern)
    at = ours.clock()
    old = found.removable(at, timedelta(seconds=ours.settings.orphan_seconds))
    removed = [
        orphan
        for orphan in progress(old if fix else [], "removed")
        if remove_orphan(orphan, ours.registry, ours.published)
    ]
    outcome = Outcome(at, found, old, removed)
    if as_json:
        print_json(_document(outcome))
    else:
        say(*_lines(outcome))
    if not outcome.is_well:
        raise SystemExit(FOUND)


def _lines(outcome: Outcome) -> Iterator[str]:
    found = outcome.found
    for missing in found.missing:
        yield f"missing    {missing.path}"
        yield f"    {_remedy(missing)}"
    for orphan in found.orphans:
        unused = age((outcome.at - orphan.since).total_seconds())
        yield f"{_state(orphan, outcome):<10} {orphan.key} ({orphan.size:,} bytes, {unused})"
    elsewhere = f", {found.elsewhere} of them not in the published bucket" * bool(found.elsewhere)
    yield (
        f"{found.datasets} datasets{elsewhere}; {len(found.missing)} rasters missing, "
        f"{len(found.orphans)} orphans, {len(outcome.old)} of them old, "
        f"{len(outcome.removed)} removed"
    )
    if len(outcome.removed) < len(outcome.old):
        yield "remove old orphans with: python -m ingest verify --fix"


def _state(orphan: Orphan, outcome: Outcome) -> str:
    if orphan in outcome.removed:
        return "removed"
    return "orphan" if orphan in outcome.old else "recent"


def _remedy(missing: Missing) -> str:
    if missing.upload is None:
        return f"registered by hand under {'/'.join(missing.keys.values())}: register it anew"
    return f"python -m ingest register {shlex.quote(missing.upload)}"


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "datasets": outcome.found.datasets,
        "elsewhere": outcome.found.elsewhere,
        "missing": [
            {"path": each.path, "keys": each.keys, "remedy": _remedy(each)}
            for each in outcome.found.missing
        ],
        "orphans": [
            {
                "key": each.key,
                "size": each.size,
                "since": each.since.isoformat(),
                "state": _state(each, outcome),
            }
            for each in outcome.found.orphans
        ],
    }
