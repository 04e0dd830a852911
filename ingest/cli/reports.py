"""Verdicts as people read them."""

from collections.abc import Iterator, Sequence
from typing import Any

from ingest.cli.shell import FOUND, print_json, say
from ingest.reports import Report


def show(reports: Sequence[Report], as_json: bool) -> None:
    """Print reports; ends with exit code 1 if one is a rejection."""
    if as_json:
        print_json([document(report) for report in reports])
    else:
        for report in reports:
            say(*_lines(report))
    if any(report.error for report in reports):
        raise SystemExit(FOUND)


def document(report: Report) -> dict[str, Any]:
    return report.model_dump(mode="json", exclude_none=True)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.status:<10} s3://{report.bucket}/{report.key}"
    if report.error is not None:
        yield f"    {report.error.code}: {report.error.message}"
        yield f"    {report.error.remedy}"
    for warning in report.warnings:
        yield f"    {warning.code}: {warning.message}"
