"""One peer: `python -m benchmarks.peers ENTRY TARGET`, one JSON object a line in and out.

First out: {"ready_ms", "versions"}. In: {"url"}; out: {"ns", "status", "body"}, where ns is the
time of the call alone and body is base64. At the end of the input: {"peak_mib"}, and it ends. What
the peer prints goes to standard error.
"""

import base64
import cProfile
import gc
import json
import os
import resource
import sys
import time
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

from benchmarks.peers.entries import ENTRIES

PROFILE = "BENCHMARK_PROFILE"  # where to write cProfile's figures of the calls, if anywhere
COLD = 10  # calls that the profile leaves out
SHOWN = {"flask", "isal", "numpy", "rasterio", "rio-tiler", "sqlalchemy", "starlette", "terracotta"}
SHOWN |= {"titiler-core", "zappa"}


def main(entry: str, target: str) -> None:
    """Serve until the input ends."""
    out = _take_stdout()
    began = time.perf_counter()
    peer = ENTRIES[entry](target)
    profile = cProfile.Profile() if PROFILE in os.environ else None
    gc.collect()
    _say(out, {"ready_ms": 1e3 * (time.perf_counter() - began), "versions": _versions()})
    for number, line in enumerate(sys.stdin):
        call = peer.prepare(json.loads(line)["url"])
        if profile and number >= COLD:
            call = partial(profile.runcall, call)
        began_ns = time.perf_counter_ns()
        response = call()
        elapsed = time.perf_counter_ns() - began_ns
        status, body = peer.read(response)
        _say(out, {"ns": elapsed, "status": status, "body": base64.b64encode(body).decode()})
    if profile:
        profile.dump_stats(os.environ[PROFILE])
    _say(out, {"peak_mib": _peak_mib()})


def _take_stdout() -> IO[str]:
    """Standard output for the protocol alone; Zappa and others print there."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


def _say(out: IO[str], message: dict[str, Any]) -> None:
    print(json.dumps(message), file=out, flush=True)


def _versions() -> dict[str, str]:
    found = {item.metadata["Name"].lower(): item.version for item in distributions()}
    return {name: version for name, version in sorted(found.items()) if name in SHOWN}


def _peak_mib() -> float:
    """Peak resident memory of this process, without that of processes it started.

    Linux's ru_maxrss counts what the parent had before the program was loaded, so VmHWM is asked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS: bytes


if __name__ == "__main__":
    main(*sys.argv[1:])
