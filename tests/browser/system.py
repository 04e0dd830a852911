"""The whole system in a process of its own, behind the gateway that is as strict as AWS's."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from infra.local.aws import KEY, REGION
from tests.browser.rasters import Dataset

ROOT = Path(__file__).parents[2]
READY_SECONDS = 120


@dataclass(frozen=True)
class System:
    """A running system; `api` is the address of its API, with the stage."""

    api: str
    s3: Any
    incoming: str
    published: str

    def upload(self, datasets: Sequence[Dataset]) -> None:
        """Uploads datasets, and returns when all of them are registered."""
        for dataset in datasets:
            if dataset.classes:
                key = f"{dataset.path}.categories.json"
                self.s3.put_object(Bucket=self.incoming, Key=key, Body=dataset.class_file)
            key = f"{dataset.path}.tif"
            self.s3.put_object(Bucket=self.incoming, Key=key, Body=dataset.raster)
        for dataset in datasets:
            self.wait_for(f"reports/{dataset.path}.tif.json")

    def wait_for(self, key: str) -> None:
        """Returns when the report `key` says that an upload is registered."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(self.s3.exceptions.NoSuchKey):
                answer = self.s3.get_object(Bucket=self.published, Key=key)
                report = json.loads(answer["Body"].read())
                assert report["status"] == "registered", report
                return
            time.sleep(0.1)
        raise AssertionError(f"{key} is not there after {READY_SECONDS} s")


@contextlib.contextmanager
def running(*arguments: str, **environment: str) -> Iterator[System]:
    """`python -m infra.local` with these arguments; stopped at the end."""
    command = [sys.executable, "-m", "infra.local", "--port", "0", "--json", *arguments]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **environment},
        ) as process,
    ):
        assert process.stdout
        try:
            line = process.stdout.readline()
            log.seek(0)
            assert line, log.read()
            yield _system(json.loads(line))
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()


def _system(addresses: dict[str, str]) -> System:
    s3 = boto3.client(
        "s3",
        endpoint_url=addresses["s3_endpoint"],
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
    )
    names = (addresses[name] for name in ("incoming_bucket", "published_bucket"))
    return System(addresses["api"], s3, *names)
