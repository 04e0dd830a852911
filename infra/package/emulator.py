"""A package as Lambda runs it: by AWS's runtime interface emulator, on this machine.

The emulator, which lies in the wheel of aws-sam-cli, starts AWS's own runtime (awslambdaric) at the
first event, in the folder of the unzipped package, and hands it one event at a time. Its log says
how long the init phase and each event took.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.errors import FunctionError, PackageUnfit, StartFailed
from infra.local.ports import LOOPBACK, free_port
from infra.package.archive import package_folder
from infra.package.index import PipIndex
from infra.package.interpreters import interpreter, lacking
from infra.package.site_packages import compile_all
from infra.package.target import LAMBDA_HAS, Target

WHEEL = "aws-sam-cli==1.170.0"  # its requirements are pinned hard, so only this file is taken
MEMBER = "samcli/local/rapid/aws-lambda-rie-{}"
RUNTIME = ("awslambdaric==4.2.2", "simplejson==4.3.0", "snapshot-restore-py==1.0.0")
START_SECONDS = 20.0
ANSWER_SECONDS = 120.0
INIT = re.compile(rb"INIT REPORT\(durationMs: ([\d.]+)\)")
INVOKED = re.compile(rb"INVOKE RTDONE\(.*duration: ([\d.]+)ms\)")


@dataclass(frozen=True)
class Emulator:
    """The emulator, and what Lambda has beside a package: a Python, the runtime, boto3."""

    binary: Path
    runtime: Path
    python: str

    @classmethod
    def prepare(cls, target: Target, cache: Path) -> "Emulator":
        """The emulator for a target, kept in `cache`; what is missing comes from the index.

        Raises PackageUnfit where this machine cannot run the target, PackageFailed.
        """
        python = interpreter(target.version)
        if python is None or lacking(target):
            raise PackageUnfit(f"a package for {target} cannot run here: no {lacking(target)}")
        folder = cache / f"emulator-{target}"
        if not folder.exists():
            partial = cache / f"partial-emulator-{target}"
            shutil.rmtree(partial, ignore_errors=True)
            install(partial, target, PipIndex(cache / "wheels"))
            partial.rename(folder)
        return cls(folder / "emulator", folder / "runtime", python)

    def start(
        self, task: Path, handler: str, environment: Mapping[str, str], log: Path
    ) -> "Function":
        """A function of the package that lies unzipped in `task`; it has no other environment.

        Raises StartFailed.
        """
        ports = free_port(), free_port()
        options = ["--runtime-interface-emulator-address", f"{LOOPBACK}:{ports[0]}"]
        options += ["--runtime-api-address", f"{LOOPBACK}:{ports[1]}"]
        # -S: nothing of this machine's site-packages; -B: a package in Lambda cannot be written to
        bootstrap = [self.python, "-S", "-B", "-m", "awslambdaric", handler]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(self.binary), *options, *bootstrap],
                cwd=task,
                env={
                    "PATH": os.environ["PATH"],
                    "TMPDIR": tempfile.gettempdir(),
                    "PYTHONPATH": str(self.runtime),
                    "AWS_LAMBDA_FUNCTION_NAME": handler.partition(".")[0],
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        function = Function(process, ports[0], log)
        function.wait_until_open()
        return function


def install(folder: Path, target: Target, index: PipIndex) -> None:
    """The emulator and, under `runtime`, what Lambda has beside a package."""
    runtime = folder / "runtime"
    index.install(RUNTIME, target, runtime)
    for name in LAMBDA_HAS:
        shutil.copytree(package_folder(name), runtime / name)
    compile_all(runtime, target)
    with zipfile.ZipFile(index.wheel(WHEEL)) as wheel:
        emulator = wheel.read(MEMBER.format(target.architecture))
    (folder / "emulator").write_bytes(emulator)
    (folder / "emulator").chmod(0o755)


@dataclass(frozen=True)
class Invocation:
    """What a function answered, and how long it took; `init_ms` is 0 but for its first event."""

    result: Any
    init_ms: float
    ms: float


class Function:
    """A running emulator with one function, which starts with the first event."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process, self._log = process, log
        self._url = f"http://{LOOPBACK}:{port}/2015-03-31/functions/function/invocations"
        self._address = (LOOPBACK, port)
        self._invoked = 0

    def __enter__(self) -> "Function":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_open(self) -> None:
        """Return once the emulator takes events. Raises StartFailed."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as client:
                if client.connect_ex(self._address) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise StartFailed(f"the emulator did not start: {self.log()[-500:]}")

    def invoke(self, event: Any) -> Invocation:
        """The function's answer to an event. Raises FunctionError with the error it raised."""
        request = urllib.request.Request(self._url, json.dumps(event).encode())  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310
                result = json.load(response)
        except urllib.error.HTTPError as error:  # the function did not start, or ended
            result = json.loads(error.read() or b'{"errorType": "Runtime.ExitError"}')
        if isinstance(result, dict) and "errorType" in result:
            raise FunctionError(f"{result['errorType']}: {result.get('errorMessage')}")
        self._invoked += 1
        return Invocation(result, self._init_ms(), self._ms())

    def peak_mib(self) -> float:
        """The most memory that the runtime's process has had resident."""
        (runtime,) = psutil.Process(self._process.pid).children()
        status = Path(f"/proc/{runtime.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024

    def log(self) -> str:
        """What emulator and function have printed."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End the emulator and the runtime, which it puts into a process group of its own."""
        with suppress(psutil.NoSuchProcess):
            emulator = psutil.Process(self._process.pid)
            for process in [emulator, *emulator.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.wait()

    def _init_ms(self) -> float:
        found = INIT.findall(self._log.read_bytes())
        return float(found[-1]) if found and self._invoked == 1 else 0.0

    def _ms(self) -> float:
        """Of the last event; the emulator writes it down about when it answers."""
        end = time.monotonic() + 5
        while len(found := INVOKED.findall(self._log.read_bytes())) < self._invoked:
            if time.monotonic() > end:
                raise FunctionError(f"the emulator's log tells no duration: {self.log()[-500:]}")
            time.sleep(0.001)
        return float(found[-1])
