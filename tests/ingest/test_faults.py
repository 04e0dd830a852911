"""Faults of everything around the ingestion function, which runs in processes of its own.

S3 and PostgreSQL are real servers behind proxies that misbehave when told. After each fault, and
the delivery that the queue makes of a failed message, the state is that of a clean run.
"""

import contextlib
import hashlib
import json
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pytest
from sqlalchemy.engine import make_url

from infra.database import Role, create_database
from infra.local.children import Child
from infra.local.environment import FOREIGN, NO_ACCOUNT
from infra.local.fault_proxy import SLOW_DOWN, Fault, FaultProxy
from infra.local.postgres import Postgres

KEY = "categorical/S2/20181010/cloudmask.tif"
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
FIELDS = ("type", "sensor", "date", "band")
TABLES = ("datasets", "metadata", "categorical_colors")
ANSWER = 60.0

COPY = rb"x-amz-copy-source"
UPLOAD = rb"PUT /\S+-published/categorical/\S+\.tif[? ]"
DOWNLOAD = rb"GET /\S+-incoming/categorical/\S+\.tif "
REPORT = rb"PUT /\S+-published/reports/"
INSERT = rb"INSERT INTO datasets"


@dataclass
class Site:
    """Buckets and a database of our own, each behind a proxy; workers that know only the proxies.

    What is asked here, is asked without proxies.
    """

    s3: Any
    buckets: Any
    s3_proxy: FaultProxy
    sql_proxy: FaultProxy
    admin_url: str
    environment: dict[str, str]
    work: Path
    workers: list[Child] = field(default_factory=list)

    def worker(self) -> Child:
        """An ingestion function in a process of its own, ready for a message."""
        return self.start(1)[0]

    def start(self, count: int) -> list[Child]:
        """So many of them, those still alive first."""
        for worker in [worker for worker in self.workers if not worker.alive]:
            worker.stop()
            self.workers.remove(worker)
        function = "ingest.lambda_function.lambda_handler"
        while len(self.workers) < count:
            self.workers.append(Child("infra.local.worker", function, env=self.environment))
            self.workers[-1].call(None, ANSWER)
        return self.workers[:count]

    def stop_workers(self) -> None:
        while self.workers:
            self.workers.pop().stop()

    def put(self, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.buckets.incoming, Key=key, Body=content)

    def message(self, number: int = 0) -> dict[str, Any]:
        """The raster's event as SQS delivers it."""
        stored = {"bucket": {"name": self.buckets.incoming}, "object": {"key": KEY}}
        event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": stored}]}
        record = {"messageId": f"m{number}", "body": json.dumps(event), "eventSource": "aws:sqs"}
        return {**record, "attributes": {}, "messageAttributes": {}}

    def deliver(self, worker: Child, copies: int = 1) -> list[str]:
        """The messages that the function could not do."""
        event = {"Records": [self.message(number) for number in range(copies)]}
        answer = worker.call({"event": event, "seconds": 900}, ANSWER)
        assert "error" not in answer, answer
        return [failure["itemIdentifier"] for failure in answer["result"]["batchItemFailures"]]

    @contextlib.contextmanager
    def delivering(self, worker: Child) -> Iterator[Any]:
        """A delivery that goes on meanwhile."""
        with ThreadPoolExecutor(1) as executor:
            yield executor.submit(self.deliver, worker)

    def state(self) -> dict[str, Any]:
        """Everything that ingestion keeps, but for times, and why messages failed."""
        stored = self.s3.list_objects_v2(Bucket=self.buckets.published).get("Contents", [])
        keys = [item["Key"] for item in stored if not item["Key"].startswith("failures/")]
        with contextlib.closing(psycopg2.connect(self.admin_url)) as connection:
            cursor = connection.cursor()
            rows = {}
            for table in TABLES:
                cursor.execute(f"SELECT row_to_json(t) FROM {table} t ORDER BY t::text")
                rows[table] = [row for (row,) in cursor.fetchall()]
        return timeless({"rows": rows, "objects": {key: self.read(key) for key in keys}})

    def read(self, key: str) -> Any:
        body = self.s3.get_object(Bucket=self.buckets.published, Key=key)["Body"].read()
        return json.loads(body) if key.endswith(".json") else hashlib.sha256(body).hexdigest()

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = self.read(f"reports/{KEY}.json")
        return report

    def wipe(self) -> None:
        """Forget everything but the uploads."""
        for item in self.s3.list_objects_v2(Bucket=self.buckets.published).get("Contents", []):
            self.s3.delete_object(Bucket=self.buckets.published, Key=item["Key"])
        with contextlib.closing(psycopg2.connect(self.admin_url)) as connection, connection:
            connection.cursor().execute(f"TRUNCATE {', '.join(TABLES)}")

    def assert_clean(self, worker: Child) -> None:
        """The state is that of one undisturbed delivery, and nothing is left on the disk."""
        found = self.state()
        assert self.report()["status"] == "registered"
        assert list(self.work.iterdir()) == []
        self.wipe()
        assert self.deliver(worker) == []
        assert found == self.state()


def timeless(document: Any) -> Any:
    """Without times; Terracotta keeps metadata as text within JSON."""
    if isinstance(document, dict):
        kept = {k: v for k, v in document.items() if k not in ("registered_at", "reported_at")}
        return {key: timeless(value) for key, value in kept.items()}
    if isinstance(document, list):
        return [timeless(item) for item in document]
    if isinstance(document, str) and document.startswith("{"):
        return timeless(json.loads(document))
    return document


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL that may crash without anybody else noticing."""
    server = Postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def everything(
    aws: Any, server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    name = f"faults_{os.urandom(4).hex()}"
    reader, writer = Role(f"{name}_reader", "reader"), Role(f"{name}_writer", "writer")
    create_database(server.url(name), FIELDS, reader, writer)
    buckets = aws.create_resources()
    work = tmp_path_factory.mktemp("work")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    with FaultProxy(aws.port) as s3, FaultProxy(make_url(server.admin_url).port) as sql:
        environment = {
            **kept, **NO_ACCOUNT, **aws.environment(),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.port}",
            "TC_DRIVER_PATH": f"postgresql://127.0.0.1:{sql.port}/{name}",
            "TC_DRIVER_PROVIDER": "postgresql",
            "TC_SQL_USER": writer.name, "TC_SQL_PASSWORD": writer.password,
            "INGEST_PUBLISHED_BUCKET": buckets.published,
            "INGEST_WORK_FOLDER": str(work), "INGEST_S3_TIMEOUT": "4",
        }  # fmt: skip
        site = Site(aws.s3(), buckets, s3, sql, server.url(name), environment, work)
        yield site
        site.stop_workers()
    server.drop_database(name)


@pytest.fixture
def site(everything: Site) -> Site:
    """A site where nothing has been ingested and nothing fails."""
    everything.wipe()
    for proxy in (everything.s3_proxy, everything.sql_proxy):
        proxy.relent()
    return everything


@pytest.fixture
def cog(site: Site, geotiff: Any) -> Site:
    """A site with an upload that is copied as it is."""
    pixels = np.random.default_rng(1).integers(0, 4, (600, 600), "uint8")
    path = geotiff(pixels, driver="COG", blocksize=256, overview_resampling="mode")
    site.put("categories.json", json.dumps(CLASSES).encode())
    site.put(KEY, path.read_bytes())
    return site


@pytest.fixture
def strips(site: Site, geotiff: Any) -> Site:
    """A site with an upload that is rewritten, which takes a second."""
    pixels = np.random.default_rng(1).integers(0, 4, (1500, 1500), "uint8")
    site.put("categories.json", json.dumps(CLASSES).encode())
    site.put(KEY, geotiff(pixels, compress="deflate", zlevel=1).read_bytes())
    return site


def end_at(site: Site, proxy: FaultProxy, pattern: bytes) -> None:
    """Kill a worker while one of its requests is under way."""
    worker, fault = site.worker(), proxy.inject(Fault(pattern, hold=True))
    with site.delivering(worker) as delivery:
        assert fault.reached.wait(ANSWER)
        os.kill(worker.pid, signal.SIGKILL)
        assert delivery.exception(ANSWER) is not None
    fault.released.set()


# --- kill -9 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "pattern"),
    [
        ("s3_proxy", DOWNLOAD),
        ("s3_proxy", COPY),
        ("sql_proxy", INSERT),  # between publication and registration
        ("s3_proxy", REPORT),
    ],
    ids=["download", "copy", "registration", "report"],
)
def test_killed(cog: Site, proxy: str, pattern: bytes) -> None:
    end_at(cog, getattr(cog, proxy), pattern)
    again = cog.worker()
    assert cog.deliver(again) == []
    cog.assert_clean(again)


def test_killed_while_it_rewrites_and_while_it_uploads(strips: Site) -> None:
    worker = strips.worker()
    with strips.delivering(worker) as delivery:
        while not list(strips.work.glob("*/published.tif*")):
            assert not delivery.done()
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGKILL)
        assert delivery.exception(ANSWER) is not None
    assert list(strips.work.iterdir())
    end_at(strips, strips.s3_proxy, UPLOAD)
    assert strips.state()["rows"]["datasets"] == []
    again = strips.worker()
    assert strips.deliver(again) == []
    strips.assert_clean(again)


# --- database -------------------------------------------------------------------------------------


def test_database_refuses_for_a_while(cog: Site) -> None:
    worker = cog.worker()
    cog.sql_proxy.refuse()
    failed = cog.deliver(worker)
    cog.sql_proxy.accept()
    assert failed == ["m0"]
    assert "connect" in cog.read("failures/m0.json")["reason"]
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


def administer(url: str, statement: str) -> list[Any]:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(statement)
        return [row for (row,) in cursor.fetchall()]


def in_transaction(site: Site, act: Any) -> list[str]:
    """What could not be done when something happens before a dataset's INSERT arrives."""
    worker, fault = site.worker(), site.sql_proxy.inject(Fault(INSERT, hold=True))
    with site.delivering(worker) as delivery:
        assert fault.reached.wait(ANSWER)
        act()
        fault.released.set()
        failed: list[str] = delivery.result(ANSWER)
    return failed


BACKENDS = (
    "SELECT {} FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_connection_ends_within_the_transaction(cog: Site) -> None:
    terminate = BACKENDS.format("pg_terminate_backend(pid)")
    assert in_transaction(cog, lambda: administer(cog.admin_url, terminate)) == ["m0"]
    assert cog.state()["rows"]["datasets"] == []
    assert cog.deliver(cog.workers[0]) == []
    cog.assert_clean(cog.workers[0])


def test_server_crashes_within_the_transaction_and_recovers(cog: Site, server: Postgres) -> None:
    def crash() -> None:
        for pid in administer(cog.admin_url, BACKENDS.format("pid")):
            os.kill(pid, signal.SIGKILL)  # PostgreSQL ends all connections, and recovers

    assert in_transaction(cog, crash) == ["m0"]
    for _ in range(200):
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(server.admin_url).close()
            break
        time.sleep(0.05)
    assert cog.state()["rows"]["datasets"] == []
    assert cog.deliver(cog.workers[0]) == []
    cog.assert_clean(cog.workers[0])


def test_server_stops_and_starts_while_a_message_is_tried_again(
    cog: Site, server: Postgres
) -> None:
    """A clean stop, as for an update: the first try meets it, the second comes meanwhile."""
    assert in_transaction(cog, server.shut_down) == ["m0"]
    worker = cog.workers[0]
    assert cog.deliver(worker) == ["m0"]
    assert cog.read("failures/m0.json")["reason"]
    server.start_up()
    assert cog.state()["rows"]["datasets"] == []
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


# --- S3 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (DOWNLOAD, {"answer": SLOW_DOWN}),
        (DOWNLOAD, {"reset": True}),
        (DOWNLOAD, {"cut_after": 100}),  # within the head of the answer
        (COPY, {"answer": SLOW_DOWN}),
        (COPY, {"reset": True}),
    ],
)
def test_s3_fails(cog: Site, pattern: bytes, fault: dict[str, Any]) -> None:
    """As often as the client tries, then not any more."""
    injected = cog.s3_proxy.inject(Fault(pattern, times=100, **fault))
    worker = cog.worker()
    assert cog.deliver(worker) == ["m0"]
    assert cog.state()["rows"]["datasets"] == []
    injected.times = 0
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


def test_s3_fails_once_and_nobody_notices(cog: Site) -> None:
    for pattern in (DOWNLOAD, COPY, REPORT):
        cog.s3_proxy.inject(Fault(pattern, answer=SLOW_DOWN))
    worker = cog.worker()
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


def test_half_an_upload_is_no_damaged_raster(cog: Site) -> None:
    """The connection ends in the middle of the pixels: nobody is told to write the file anew."""
    cog.s3_proxy.inject(Fault(DOWNLOAD, cut_after=40_000))
    worker = cog.worker()
    assert cog.deliver(worker) == ["m0"]
    assert cog.state()["objects"] == {}
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


def test_s3_is_slow(cog: Site) -> None:
    size = cog.s3.head_object(Bucket=cog.buckets.incoming, Key=KEY)["ContentLength"]
    cog.s3_proxy.inject(Fault(DOWNLOAD, bytes_per_second=size))
    worker = cog.worker()
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


def test_s3_does_not_answer(cog: Site) -> None:
    fault = cog.s3_proxy.inject(Fault(DOWNLOAD, times=3, hold=True))
    worker = cog.worker()
    assert cog.deliver(worker) == ["m0"]
    fault.released.set()
    assert cog.deliver(worker) == []
    cog.assert_clean(worker)


# --- disk -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [100_000, 700_000], ids=["download", "rewrite"])
def test_disk_is_full(strips: Site, limit: int) -> None:
    """Files of a process may not grow beyond a limit, which writes meet as a full disk."""
    strips.stop_workers()  # a new one hands its limit on to the process that decodes
    worker = strips.worker()
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    assert strips.deliver(worker) == ["m0"]
    assert strips.state() == {"rows": {table: [] for table in TABLES}, "objects": {}}
    strips.stop_workers()
    again = strips.worker()
    assert strips.deliver(again) == []
    strips.assert_clean(again)


# --- queue ----------------------------------------------------------------------------------------


def test_delivered_twice_and_at_the_same_time(cog: Site) -> None:
    workers = cog.start(2)
    ready = threading.Barrier(2)

    def deliver(worker: Child) -> list[str]:
        ready.wait()
        return cog.deliver(worker, copies=2)

    with ThreadPoolExecutor(2) as executor:
        assert list(executor.map(deliver, workers)) == [[], []]
    cog.assert_clean(workers[0])
