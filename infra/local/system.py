"""The whole system, part by part: S3 and SQS, database, both functions, the gateway in front."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from infra.errors import StartFailed
from infra.local.aws import Aws, Resources
from infra.local.children import Child
from infra.local.databases import Database, create_postgresql, create_sqlite
from infra.local.environment import function_environment, write_shell_file
from infra.local.gateway import Gateway
from infra.local.ports import LOOPBACK
from infra.local.postgres import Postgres
from infra.local.progress import step
from infra.local.queue import Mapping
from infra.local.worker import FUNCTION_SECONDS
from infra.local.workers import Workers
from infra.local.zappa_stage import ZappaStage, load_stage
from ingest.errors import Misconfigured
from ingest.keys import KeyPattern
from ingest.settings import IngestSettings

STAGE = "local"
NAME = "terracotta"  # of the database and the queue, and in the buckets' names
CHECK_SECONDS = 0.5
SHELL_FILE = "ingest.sh"


Through = Callable[[Aws, Database], tuple[Aws, Database]]


def directly(aws: Aws, database: Database) -> tuple[Aws, Database]:
    """Both functions reach AWS and the database without anything in between."""
    return aws, database


@dataclass(frozen=True)
class Options:
    """What to start. Port 0 picks a free port for the API, as the other parts do anyway.

    `through` says how the functions see AWS and the database, by other ports say; an invocation of
    the ingestion function is ended after `ingest_seconds`.
    """

    port: int = 8000
    workers: int = 2
    database: str = "postgresql"
    through: Through = directly
    ingest_seconds: float = FUNCTION_SECONDS


@dataclass(frozen=True)
class System:
    """A running system; servers are the processes that nothing works without."""

    api: str
    aws: Aws
    resources: Resources
    database: Database
    logs: Path
    servers: list[Child] = field(repr=False)
    postgres: Postgres | None = field(default=None, repr=False)
    functions: tuple[Workers, ...] = field(default=(), repr=False)

    def addresses(self) -> dict[str, str]:
        """Where everything is, for other programs on this machine."""
        return {
            "api": self.api,
            "s3_endpoint": self.aws.endpoint_url,
            "incoming_bucket": self.resources.incoming,
            "published_bucket": self.resources.published,
            "queue_url": self.resources.queue_url,
            "dead_letter_queue_url": self.resources.dead_letter_queue_url,
            "database": self.database.url,
        }

    def wait(self) -> None:
        """Run until interrupted; StartFailed when a server ends by itself."""
        while all(server.alive for server in self.servers):
            time.sleep(CHECK_SECONDS)
        raise StartFailed("PostgreSQL or S3 has ended, and everything with it: start again")


@contextlib.contextmanager
def running(options: Options) -> Iterator[System]:
    """The system, ready for requests; all of it is stopped at the end, and where a part fails."""
    with contextlib.ExitStack() as parts:
        gateway, keys = parts.enter_context(listening(options.port)), key_names()
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix=f"{NAME}-")))
        storage, server = launch_servers(folder, options.database, parts)
        api, ingestion = read_stages(folder)
        with step("starting S3 and SQS"):
            aws = Aws.start(storage)
            resources = aws.create_resources(NAME)
        with step(f"starting {options.database}"):
            postgres = Postgres.start(server) if server else None
            database = create_database(postgres, folder, keys)
        seen_aws, seen = options.through(aws, database)
        environment = partial(function_environment, seen_aws, resources, folder)
        start = partial(start_workers, options.workers, folder, parts)
        # Zappa calls every request https: the addresses in TileJSON would be too.
        address = {"HANDLER_PUBLIC_URL": os.environ.get("HANDLER_PUBLIC_URL", gateway.url)}
        tiles = start(api, environment(api, {**seen.api, **address}))
        gateway.serve(tiles.invoke)
        variables = environment(ingestion, seen.ingest)
        write_shell_file(folder / SHELL_FILE, variables)
        ingest = start(ingestion, variables)
        start_mapping(aws, resources, ingest, options, parts)
        servers = [child for child in (storage, server) if child]
        functions = (tiles, ingest)
        yield System(gateway.url, aws, resources, database, folder, servers, postgres, functions)


@contextlib.contextmanager
def listening(port: int) -> Iterator[Gateway]:
    """The gateway's port, taken before anything else is started."""
    try:
        gateway = Gateway(port, STAGE)
    except OSError as error:
        raise StartFailed(
            f"port {port} of {LOOPBACK} cannot be used ({os.strerror(error.errno or 0)}): "
            "choose another with --port, or any free one with --port 0"
        ) from error
    with gateway:
        yield gateway


def launch_servers(
    folder: Path, database: str, parts: contextlib.ExitStack
) -> tuple[Child, Child | None]:
    """The processes of S3 with SQS, and of PostgreSQL if wanted; both are only about to start."""
    storage = Aws.launch(parts.enter_context(log_file(folder, "s3")))
    parts.callback(storage.stop)
    if database == "sqlite":
        return storage, None
    server = Postgres.launch(parts.enter_context(log_file(folder, "postgresql")))
    parts.callback(server.stop)
    return storage, server


def read_stages(folder: Path) -> tuple[ZappaStage, ZappaStage]:
    """Both functions as they would be deployed; Zappa's own settings module goes to the folder."""
    with step("reading zappa_settings.json"):
        api = load_stage("production", STAGE)
        ingestion = load_stage("production_ingest", STAGE)
    (folder / "zappa_settings.py").write_text(api.module)
    return api, ingestion


def create_database(server: Postgres | None, folder: Path, keys: tuple[str, ...]) -> Database:
    """A new database in the server, or in the folder without one."""
    if server is None:
        return create_sqlite(folder / f"{NAME}.sqlite", keys)
    return create_postgresql(server, NAME, keys)


def start_workers(
    count: int,
    folder: Path,
    parts: contextlib.ExitStack,
    stage: ZappaStage,
    environment: dict[str, str],
) -> Workers:
    """A function's workers, once all of them have imported it."""
    log = parts.enter_context(log_file(folder, stage.handler))
    with step(f"starting {stage.handler}, {count} workers"):
        workers = Workers(stage.handler, count, environment, log)
    parts.callback(workers.stop)
    return workers


def start_mapping(
    aws: Aws, resources: Resources, ingest: Workers, options: Options, parts: contextlib.ExitStack
) -> None:
    """From now on the queue feeds the ingestion function."""
    seconds = options.ingest_seconds
    mapping = Mapping(aws, resources, ingest.invoke, function_seconds=seconds)
    parts.callback(mapping.stop)
    mapping.start(options.workers)


def key_names() -> tuple[str, ...]:
    """The database's keys, from the ingestion function's own setting."""
    default = IngestSettings.model_fields["key_pattern"].default
    try:
        return KeyPattern(os.environ.get("INGEST_KEY_PATTERN", default)).fields
    except Misconfigured as error:
        raise StartFailed(f"INGEST_KEY_PATTERN: {error}") from error


def log_file(folder: Path, name: str) -> IO[bytes]:
    """A file for what a part prints."""
    return (folder / f"{name}.log").open("a+b")
