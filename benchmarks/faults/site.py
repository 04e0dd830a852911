"""A whole system whose parts can be made to fail, under load.

Both functions reach S3 and PostgreSQL through proxies, have their passwords from Secrets Manager
as in AWS, work in a folder that can be filled, and tell the time by a clock that can be moved.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from benchmarks.soak.generator import Plan
from benchmarks.soak.run import planned
from benchmarks.soak.scene import Scene
from benchmarks.soak.seed import Datasets, seed
from infra.functions import SECRET_ARN
from infra.local.aws import CONFIG, Aws, session
from infra.local.databases import Database
from infra.local.fault_proxy import FaultProxy
from infra.local.postgres import Postgres
from infra.local.system import Options, System, running

WORKERS = 4
INGEST_SECONDS = 30.0  # for Lambda's 900
DISK_BYTES = 2**20

# Shorter times than the defaults, so that a campaign is one of minutes. TTL: a known dataset is
# looked up within every fault, and served as last known where that fails.
TTL = 2.0
ENVIRONMENT = {
    "HANDLER_DATASET_TTL": str(TTL),
    "HANDLER_MISSING_TTL": "1",
    "HANDLER_RETRY_AFTER": "1",
    "HANDLER_S3_TIMEOUT": "2",
    "HANDLER_DATABASE_TIMEOUT": "2",
    "TC_DB_CONNECTION_TIMEOUT": "2",
    "INGEST_S3_TIMEOUT": "2",
    "INGEST_DATABASE_TIMEOUT": "4",
    "INGEST_RESERVE_SECONDS": "5",
}


@dataclass
class Site:
    """The running system and what its faults act upon."""

    system: System
    plan: Plan
    s3: FaultProxy
    database: FaultProxy
    secrets: Mapping[str, str]
    work_folder: Path | None
    clock: Path | None

    @property
    def postgres(self) -> Postgres:
        assert self.system.postgres is not None
        return self.system.postgres

    @property
    def tile_workers(self) -> list[int]:
        """Process ids of the tile API's workers."""
        return self.system.functions[0].pids

    @property
    def ingestion_workers(self) -> list[int]:
        """Process ids of the ingestion function's workers."""
        return self.system.functions[1].pids

    def secrets_manager(self) -> Any:
        """A client of this machine's Secrets Manager."""
        return secrets_manager(self.system.aws)


@dataclass
class Between:
    """What stands between the functions and everything else; made while the system starts."""

    parts: ExitStack
    work_folder: Path | None
    clock: Path | None
    s3: FaultProxy = field(init=False)
    database: FaultProxy = field(init=False)
    secrets: dict[str, str] = field(init=False)
    secrets_url: str = field(init=False)

    def through(self, aws: Aws, database: Database) -> tuple[Aws, Database]:
        """AWS and the database as the functions see them."""
        url = make_url(database.url)
        assert url.port is not None
        self.s3 = self.parts.enter_context(FaultProxy(aws.port))
        self.database = self.parts.enter_context(FaultProxy(url.port))
        roles = {"reader": database.api, "writer": database.ingest}
        self.secrets_url = aws.endpoint_url  # what befalls S3 does not befall Secrets Manager
        self.secrets = {role: _secret(aws, role, given) for role, given in roles.items()}
        api, ingest = (self._seen(role, given, url.port) for role, given in roles.items())
        return replace(aws, port=self.s3.port), replace(database, api=api, ingest=ingest)

    def _seen(self, role: str, given: Mapping[str, str], port: int) -> dict[str, str]:
        """Of the database: another port, and no user, as in Lambda."""
        path = given["TC_DRIVER_PATH"].replace(f":{port}/", f":{self.database.port}/")
        seen = {
            "TC_DRIVER_PATH": path,
            "TC_DRIVER_PROVIDER": given["TC_DRIVER_PROVIDER"],
            SECRET_ARN: self.secrets[role],
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.secrets_url,
        }
        if self.work_folder is not None:
            seen["INGEST_WORK_FOLDER"] = str(self.work_folder)
        if self.clock is not None:
            seen |= faketime(self.clock)
        return seen


@contextmanager
def site(folder: Path, datasets: Datasets, viewers: int) -> Iterator[Site]:
    """The system, seeded, with everything in between."""
    with ExitStack() as parts:
        parts.enter_context(environment(ENVIRONMENT))
        work_folder = parts.enter_context(small_disk(folder))
        clock = movable_clock(folder)
        between = Between(parts, work_folder, clock)
        options = Options(
            port=0, workers=WORKERS, through=between.through, ingest_seconds=INGEST_SECONDS
        )
        system = parts.enter_context(running(options))
        plan = planned(system, Scene.build(folder), datasets, viewers)
        plan = replace(plan, producers=0, patience=90.0)
        seed(system, plan.datasets, plan.producer())
        yield Site(
            system,
            plan,
            between.s3,
            between.database,
            between.secrets,
            work_folder,
            clock,
        )


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables in the environment, and what was there before afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A folder on a disk of its own, which is small; None for whom may not mount any."""
    disk = folder / "disk"
    disk.mkdir()
    options = f"size={DISK_BYTES},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def movable_clock(folder: Path) -> Path | None:
    """The file that tells libfaketime the time; None where that library is not installed."""
    if faketime_library() is None:
        return None
    file = folder / "clock"
    file.write_text("+0")
    return file


def faketime_library() -> Path | None:
    """Debian's package libfaketime has it, or the variable LIBFAKETIME names it."""
    named = os.environ.get("LIBFAKETIME")
    places = [Path(named)] if named else Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return next((place for place in places if place.exists()), None)


def faketime(clock: Path) -> dict[str, str]:
    """Environment in which a process reads its wall clock from the file, whenever it looks."""
    return {
        "LD_PRELOAD": str(faketime_library()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def secrets_manager(aws: Aws) -> Any:
    """A client."""
    return session().client("secretsmanager", endpoint_url=aws.endpoint_url, config=CONFIG)


def _secret(aws: Aws, role: str, given: Mapping[str, str]) -> str:
    """The ARN of a new secret with a role's login."""
    login = {"username": given["TC_SQL_USER"], "password": given["TC_SQL_PASSWORD"]}
    answer = secrets_manager(aws).create_secret(Name=role, SecretString=json.dumps(login))
    return str(answer["ARN"])
