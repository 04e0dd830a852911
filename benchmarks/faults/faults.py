"""The faults: each a context in which something is broken, and mended at its end."""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

import psutil
import psycopg2
from psycopg2 import sql

from benchmarks.faults.site import Site
from infra.local.fault_proxy import SLOW_DOWN, Fault, FaultProxy
from infra.local.system import NAME

EVER = 10**9
MISSING = 5  # of so many published rasters that do not change one goes missing
REQUEST = rb"HTTP/1\.1\r\n"
ANY = rb""


@dataclass(frozen=True)
class Trouble:
    """A fault by name: `breaks` a site while its context is open.

    `expected` is what users are to see. Beside right answers, and 503 with Retry-After, callers may
    get the statuses in `also`; somebody must get one of `shows`, else nobody noticed. `away` says
    that the database cannot be asked meanwhile, `needs` what this machine lacks, if it does.
    """

    name: str
    expected: str
    breaks: Callable[[Site], AbstractContextManager[None]]
    also: frozenset[int] = frozenset()
    shows: frozenset[int] = frozenset()
    away: bool = False
    needs: Callable[[Site], str | None] = lambda _: None


@contextmanager
def postgres_stopped(site: Site) -> Iterator[None]:
    """The server is shut down, and started again."""
    with _postgres_down(site, crash=False):
        yield


@contextmanager
def postgres_crashed(site: Site) -> Iterator[None]:
    """The server crashes, and recovers at once from its log."""
    with _postgres_down(site, crash=True):
        pass
    yield


@contextmanager
def _postgres_down(site: Site, *, crash: bool) -> Iterator[None]:
    site.postgres.shut_down(crash=crash)
    site.database.refuse()
    try:
        yield
    finally:
        site.postgres.start_up()
        site.database.accept()


@contextmanager
def out_of_connections(site: Site) -> Iterator[None]:
    """Somebody else takes every connection that PostgreSQL has."""
    with ExitStack() as held:
        for _ in range(3):  # who was connected comes back in between
            cut_connections(site)
            _take_all(site, held)
        yield


def _take_all(site: Site, held: ExitStack) -> None:
    with suppress(psycopg2.OperationalError):
        while True:
            held.callback(psycopg2.connect(site.system.database.url).close)


def cut_connections(site: Site) -> None:
    """End every connection to the functions' database."""
    with _administrator(site) as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid() AND usename <> 'postgres'",
            (NAME,),
        )


@contextmanager
def _administrator(site: Site) -> Iterator["psycopg2.extensions.cursor"]:
    connection = psycopg2.connect(site.postgres.admin_url)
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def postgres_slow(site: Site) -> AbstractContextManager[None]:
    """A kilobyte takes PostgreSQL a quarter of a second."""
    return _injected(site.database, lambda: Fault(ANY, EVER, bytes_per_second=4_000))


def postgres_hangs(site: Site) -> AbstractContextManager[None]:
    """PostgreSQL takes statements, and never answers."""
    return _injected(site.database, lambda: Fault(ANY, EVER, hold=True))


@contextmanager
def password_rotated(site: Site) -> Iterator[None]:
    """Both roles get new passwords, Secrets Manager a moment later; connections are cut."""
    new = {role: secrets.token_urlsafe(24) for role in site.secrets}
    with _administrator(site) as cursor:
        for role, password in new.items():
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            cursor.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
    cut_connections(site)
    time.sleep(1)
    for role, arn in site.secrets.items():
        login = json.dumps({"username": role, "password": new[role]})
        site.secrets_manager().put_secret_value(SecretId=arn, SecretString=login)
    yield


def s3_busy(site: Site) -> AbstractContextManager[None]:
    """S3 answers 503 Slow Down to everything."""
    return _injected(site.s3, lambda: Fault(REQUEST, EVER, answer=SLOW_DOWN))


def s3_slow(site: Site) -> AbstractContextManager[None]:
    """S3 sends 20 kB a second on each connection."""
    return _injected(site.s3, lambda: Fault(REQUEST, EVER, bytes_per_second=20_000))


def s3_resets(site: Site) -> AbstractContextManager[None]:
    """S3 resets each connection that asks for something."""
    return _injected(site.s3, lambda: Fault(REQUEST, EVER, reset=True))


def s3_truncates(site: Site) -> AbstractContextManager[None]:
    """S3 ends each answer after its first 1,000 bytes."""
    return _injected(site.s3, lambda: Fault(REQUEST, cut_after=1_000), count=20_000)


@contextmanager
def _injected(proxy: FaultProxy, fault: Callable[[], Fault], count: int = 1) -> Iterator[None]:
    injected = [proxy.inject(fault()) for _ in range(count)]
    try:
        yield
    finally:
        for one in injected:
            one.times = 0
            one.released.set()
        proxy.refuse()  # whoever suffers still starts afresh
        proxy.accept()


@contextmanager
def object_missing(site: Site) -> Iterator[None]:
    """Published rasters are deleted, and no worker has anything of them in memory.

    That of a dataset that changes is mended by sending its upload once more, those of many others,
    so that somebody is sure to look at one, by putting them back.
    """
    s3, published = site.system.aws.s3(), site.system.resources.published
    dataset = site.plan.live - 1
    state = site.plan.datasets.initial[dataset]
    others = range(site.plan.live, len(site.plan.datasets.keys), MISSING)
    uploaded, *copied = (_raster_key(site, number) for number in (dataset, *others))
    kept = {key: s3.get_object(Bucket=published, Key=key)["Body"].read() for key in copied}
    for key in (uploaded, *copied):
        s3.delete_object(Bucket=published, Key=key)
    for pid in site.tile_workers:
        os.kill(pid, signal.SIGKILL)
    try:
        yield
    finally:
        for key, content in kept.items():
            s3.put_object(Bucket=published, Key=key, Body=content)
        site.plan.producer().upload(dataset, state)
        deadline = time.monotonic() + 30
        while not _raster_keys(site, dataset) and time.monotonic() < deadline:
            time.sleep(0.1)


def _raster_key(site: Site, dataset: int) -> str:
    """Where the dataset's raster is published."""
    (key,) = _raster_keys(site, dataset)
    return key


def _raster_keys(site: Site, dataset: int) -> list[str]:
    prefix = "/".join(site.plan.datasets.keys[dataset]) + "/"
    listed = site.system.aws.s3().list_objects_v2(
        Bucket=site.system.resources.published, Prefix=prefix
    )
    keys = [item["Key"] for item in listed.get("Contents", [])]
    return [key for key in keys if key.endswith(".tif")]


@contextmanager
def delivered_twice(site: Site) -> Iterator[None]:
    """Each upload's notification comes five times more, out of order, while it is being changed."""
    sqs, queue = site.system.aws.sqs(), site.system.resources.queue_url
    keys = [f"{'/'.join(keys)}.tif" for keys in site.plan.datasets.keys[: site.plan.live]]
    messages = [_notification(site.system.resources.incoming, key) for key in keys * 5]
    Random(1).shuffle(messages)
    for message in messages:
        sqs.send_message(QueueUrl=queue, MessageBody=message)
    yield


def _notification(bucket: str, key: str) -> str:
    """As S3 sends it, of an upload long ago."""
    content = {"bucket": {"name": bucket}, "object": {"key": key, "sequencer": "00"}}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": content}
    return json.dumps({"Records": [record]})


def tile_workers_killed(site: Site) -> AbstractContextManager[None]:
    """A worker of the tile API is killed every second."""
    return _killing(lambda: site.tile_workers)


def ingestion_workers_killed(site: Site) -> AbstractContextManager[None]:
    """A worker of the ingestion function is killed, while it works if one does, every 3 s."""
    return _killing(lambda: working(site.ingestion_workers) or site.ingestion_workers, 3.0)


@contextmanager
def _killing(victims: Callable[[], list[int]], pause: float = 1.0) -> Iterator[None]:
    stop, source = Event(), Random(1)

    def kill() -> None:
        while not stop.wait(pause):
            with suppress(ProcessLookupError):
                os.kill(source.choice(victims()), signal.SIGKILL)

    thread = Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def working(pids: list[int]) -> list[int]:
    """Those processes that used the processor just now."""
    before = {pid: _processor_time(pid) for pid in pids}
    time.sleep(0.05)
    return [pid for pid in pids if _processor_time(pid) > before[pid]]


def _processor_time(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def disk_full(site: Site) -> Iterator[None]:
    """The folder that ingestion works in is full."""
    assert site.work_folder is not None
    filler = site.work_folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def clock_moved(site: Site) -> Iterator[None]:
    """The wall clock of all workers jumps a day ahead, then a day back."""
    assert site.clock is not None
    _set(site.clock, "+86400")
    try:
        yield
    finally:
        _set(site.clock, "-86400")


def _set(clock: Path, offset: str) -> None:
    new = clock.with_suffix(".new")
    new.write_text(offset)
    new.rename(clock)


@contextmanager
def timed_out(site: Site) -> Iterator[None]:
    """An ingestion worker stops in the midst of its work, and is killed at the time limit."""
    stop = Event()
    thread = Thread(target=_freeze_one, args=(site, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _freeze_one(site: Site, stop: Event) -> None:
    while not stop.is_set():
        for pid in working(site.ingestion_workers)[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
            return


def _no_disk(site: Site) -> str | None:
    return None if site.work_folder else "root, who may mount a small disk"


def _no_clock(site: Site) -> str | None:
    return None if site.clock else "the library libfaketime"


KNOWN = "what is known is served as it was; of the rest 503"
NOTHING = "nothing"
LATER = "nothing; what is uploaded meanwhile shows later"
S3_AWAY = "tiles of rasters in memory; of the rest 503"

TROUBLES = (
    Trouble("PostgreSQL stopped", KNOWN, postgres_stopped, away=True),
    Trouble("PostgreSQL crashed and restarted", KNOWN, postgres_crashed, away=True),
    Trouble("PostgreSQL out of connections", KNOWN, out_of_connections, away=True),
    Trouble("PostgreSQL slow", "waiting, or as when it is stopped", postgres_slow, away=True),
    Trouble("PostgreSQL hangs", KNOWN, postgres_hangs, away=True),
    Trouble("password rotated", KNOWN, password_rotated, away=True),
    Trouble("S3 answers 503", S3_AWAY, s3_busy),
    Trouble("S3 slow", "waiting, or as when it answers 503", s3_slow),
    Trouble("S3 resets connections", S3_AWAY, s3_resets),
    Trouble("S3 truncates answers", S3_AWAY, s3_truncates),
    Trouble(
        "published raster missing",
        "404 for these rasters alone (502 as the workers begin anew)",
        object_missing,
        frozenset({404, 502}),
        shows=frozenset({404}),
    ),
    Trouble("queue delivers more than once", NOTHING, delivered_twice),
    Trouble(
        "tile workers killed", "502 for requests under way", tile_workers_killed, frozenset({502})
    ),
    Trouble("ingestion workers killed", LATER, ingestion_workers_killed),
    Trouble("disk of ingestion full", LATER, disk_full, needs=_no_disk),
    Trouble("clock moved by a day", NOTHING, clock_moved, needs=_no_clock),
    Trouble("ingestion reaches its time limit", LATER, timed_out),
)
