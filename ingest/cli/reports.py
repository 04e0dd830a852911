"""Uploads looked at in this process, and the verdicts on them as people read them."""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.cli.shell import FOUND, Address, print_json, say
from ingest.events import ObjectEvent
from ingest.installation import Installation
from ingest.reports import Report


def handle(ours: Installation, uploads: Iterable[Address], as_json: bool) -> None:
    """Look at uploads and, after a class file, at the rasters under it; print their reports.

    Each verdict is shown as it comes, and those so far also where the work is interrupted. Ends
    with exit code 1 if one is a rejection.
    """
    reports: list[Report] = []

    def tell(report: Report) -> None:
        reports.append(report)
        if not as_json:
            say(*_lines(report))

    try:
        for upload in uploads:
            ours.pipeline.handle(ObjectEvent(upload.bucket, upload.key), tell)
    finally:
        if as_json:
            print_json([document(report) for report in reports])
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
