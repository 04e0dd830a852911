"""What all commands share: addresses, JSON, progress, and faults as sentences with exit codes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import SQLAlchemyError
from terracotta.exceptions import InvalidDatabaseError
from tqdm import tqdm

from categorical.errors import CategoricalError
from ingest.errors import IngestError, NotIncoming, UnknownColor
from ingest.failures import reason_of

FOUND, UNAVAILABLE = 1, 3
EXIT_CODES = """\
Exit codes: 0 all is well; 1 something is rejected, missing or failed for good; 2 wrong usage;
3 S3, the queue or the database is away, or is not set up."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Group(click.Group):
    """Turns faults into one sentence on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (fault := as_fault(error)) is None:
                raise
            raise fault from error


def as_fault(error: Exception) -> click.ClickException | None:
    """What an operator is told of an error; None for one that only we can mend."""
    match error:
        case NotIncoming() | UnknownColor() | CategoricalError():
            return click.UsageError(str(error))
        case IngestError():
            return Unavailable(str(error))
        case BotoCoreError() | ClientError() | Boto3Error():
            return Unavailable(_aws_words(error))
        case SQLAlchemyError() | InvalidDatabaseError():
            return Unavailable(f"the database: {reason_of(error.__cause__ or error)}")
        case OSError():  # the disk, or a connection that ends in the middle
            return Unavailable(str(error))
    return None


class Unavailable(click.ClickException):
    """Something that commands need is away or not set up."""

    exit_code = UNAVAILABLE


def _aws_words(error: Exception) -> str:
    """What AWS says; of a name that is not there, which one, and who gave it."""
    fault: Mapping[str, Any] = error.response["Error"] if isinstance(error, ClientError) else {}
    if fault.get("Code") == "NoSuchBucket" and "BucketName" in fault:
        return f"AWS: there is no bucket {fault['BucketName']}"
    if str(fault.get("Code", "")).endswith(("NonExistentQueue", "QueueDoesNotExist")):
        return "AWS: there is no such queue: set INGEST_QUEUE_URL to one that is there"
    return f"AWS: {error}"


@dataclass(frozen=True)
class Address:
    """`s3://BUCKET/KEY`; the key is empty for a whole bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def is_prefix(self) -> bool:
        return not self.key or self.key.endswith("/")


class AddressType(click.ParamType[Address]):
    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address:
        if isinstance(value, Address):
            return value
        bucket, _, key = str(value).removeprefix("s3://").partition("/")
        if not str(value).startswith("s3://") or not bucket:
            self.fail(f"{value!r} is not of the form s3://BUCKET/KEY", param, ctx)
        return Address(bucket, key)


address = click.argument("address", type=AddressType())
addresses = click.argument("addresses", type=AddressType(), nargs=-1, required=True)


def say(*lines: str, err: bool = False) -> None:
    """Print lines; what producers wrote into keys must not steer the operator's terminal."""
    with tqdm.external_write_mode():  # a progress bar makes way
        for line in lines:
            click.echo(_printable(line), err=err)


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def print_counts(counts: Mapping[str, object]) -> None:
    """`12 queued, 3 current`."""
    say(", ".join(f"{value} {name}" for name, value in counts.items()))


def progress(items: Iterable[Any], what: str, total: int | None = None) -> "tqdm[Any]":
    """The items, with a bar on a terminal's stderr."""
    return tqdm(items, desc=what, total=total, unit="", disable=None, leave=False)


def age(seconds: float) -> str:
    """`3 min`: in the largest unit that there are two of."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
