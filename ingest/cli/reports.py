"""Uploads looked at in this process, and the verdicts on them as people read them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ingest.cli.shell import FOUND, Address, print_json, say
from ingest.events import ObjectEvent
from ingest.installation import Installation
from ingest.reports import Report


def handle(ours: Installation, uploads: Iterable[Address]) -> list[Report]:
    """The reports on uploads and, after a class file, on the rasters under it."""
    reports: list[Report] = []
    for upload in uploads:
        ours.pipeline.handle(ObjectEvent(upload.bucket, upload.key), reports.append)
    return reports


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
