"""Reports: what became of each upload, for its producer, beside the published rasters."""

import hashlib
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ingest.errors import NoClasses, Rejection
from ingest.notices import Notice
from ingest.storage import Bucket

_LONGEST = 1024 - len("reports/.json")  # bytes of a key, as S3 has it


class Fault(BaseModel):
    """Why an upload was rejected, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    remedy: str


class Report(BaseModel):
    """The verdict on one object of the incoming bucket.

    `still_registered` is the path of the last good version, which stays on the map when its
    replacement is rejected. `class_file` is one to start from where nothing named the classes.
    `rasters` is how many rasters a class file is for, `pixels` how many a registered raster has.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["registered", "rejected", "removed"]
    bucket: str
    key: str
    reported_at: datetime
    etag: str | None = None
    keys: Mapping[str, str] | None = None
    path: str | None = None
    classes: list[dict[str, Any]] | None = None
    warnings: tuple[Notice, ...] = ()
    error: Fault | None = None
    class_file: Mapping[str, Any] | None = None
    still_registered: str | None = None
    rasters: int | None = None
    pixels: int | None = None
    source: Mapping[str, Any] | None = None


def fault_of(rejection: Rejection, bucket: str, key: str) -> dict[str, Any]:
    """The members of a report that tell of the rejection of an object."""
    remedy = rejection.remedy.replace("{upload}", shlex.quote(f"s3://{bucket}/{key}"))
    fault = Fault(code=rejection.code, message=str(rejection), remedy=remedy)
    verdict = {"status": "rejected", "error": fault}
    if isinstance(rejection, NoClasses):
        return {**verdict, "class_file": rejection.class_file, "warnings": rejection.notices}
    return verdict


def report_key(key: str) -> str:
    """Where the report on an object is; what S3 has no room for gives way to a hash."""
    content = key.encode(errors="surrogatepass")
    if len(content) > _LONGEST:
        digest = hashlib.sha256(content).hexdigest()[:20]
        key = f"{content[: _LONGEST - 21].decode(errors='ignore')}~{digest}"
    return f"reports/{key}.json"


def write_report(published: Bucket, report: Report) -> None:
    """Store a report over the one before."""
    document = report.model_dump(mode="json", exclude_none=True)
    published.put_json(report_key(report.key), document)
