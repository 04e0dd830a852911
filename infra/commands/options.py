"""What all commands take, and how they answer."""

import json
from collections.abc import Mapping, Sequence

import click

from infra.findings import Finding, have_failed
from infra.tables import table

installation = click.argument("installation", default="production")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")


def said_once(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Rows for a table, in which what the row above says is not said again."""
    texts = ["", *(row["text"] for row in rows)]
    return [
        {**row, "text": "as above" if row["text"] == above else row["text"]}
        for row, above in zip(rows, texts, strict=False)
    ]


def report(findings: Sequence[Finding], as_json: bool) -> None:
    """Print findings; the exit code is 1 if one of them failed."""
    rows = [each.to_json() for each in findings]
    click.echo(json.dumps(rows) if as_json else table(said_once(rows)))
    if have_failed(findings):
        raise SystemExit(1)
