"""Workers: one invocation each at a time, replaced when they die or hang, gone with the parent."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from processes import eventually, running

from infra.errors import FunctionError, StartFailed, WorkerDied, WorkerTimedOut
from infra.local.workers import Workers

FUNCTIONS = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(FUNCTIONS)}


@pytest.fixture(scope="module")
def workers():
    pool = Workers("functions.act", 1, ENVIRONMENT)
    yield pool
    pool.stop()


def test_the_function_gets_event_and_context():
    pool = Workers("functions.echo", 1, ENVIRONMENT)
    result = pool.invoke({"a": "ü"}, 10)
    pool.stop()
    assert result["event"] == {"a": "ü"}
    assert result["pid"] in result.values()
    assert 0 < result["milliseconds"] <= 900_000


def test_an_exception_is_told_and_costs_no_worker(workers):
    before = workers.invoke({"do": "nothing"}, 10)
    with pytest.raises(FunctionError, match="ValueError: no such luck"):
        workers.invoke({"do": "raise"}, 10)
    assert workers.invoke({"do": "nothing"}, 10) == before


def test_a_dead_worker_is_replaced(workers):
    before = workers.invoke({"do": "nothing"}, 10)
    with pytest.raises(WorkerDied):
        workers.invoke({"do": "die"}, 10)
    assert workers.invoke({"do": "nothing"}, 10) != before
    assert len(workers.pids) == 1


def test_a_worker_that_died_idle_is_not_asked(workers):
    (pid,) = workers.pids
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not running(pid))
    assert workers.invoke({"do": "nothing"}, 10)["pid"] != pid


def test_a_hanging_worker_is_killed_with_all_that_it_started(workers, tmp_path):
    file = tmp_path / "pids"
    with pytest.raises(WorkerTimedOut):
        workers.invoke({"do": "fork and hang", "file": str(file)}, 1)
    assert workers.invoke({"do": "nothing"}, 10)["pid"]
    eventually(lambda: not any(running(int(pid)) for pid in file.read_text().split()))


def test_requests_wait_for_a_free_worker(workers):
    results = []
    call = lambda: results.append(workers.invoke({"do": "nothing"}, 10)["pid"])  # noqa: E731
    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == workers.pids * 8


def test_a_function_that_cannot_be_imported_is_named():
    with pytest.raises(StartFailed, match=r"nowhere\.f did not start: .*No module named 'nowhere'"):
        Workers("nowhere.f", 2, ENVIRONMENT)


def test_workers_are_gone_when_the_parent_is_killed():
    script = (
        "import os, sys; from infra.local.workers import Workers\n"
        "pool = Workers('functions.act', 2, os.environ)\n"
        "print(*pool.pids, flush=True)\n"
        "pool.invoke({'do': 'hang'}, 600)"
    )
    environment = ENVIRONMENT | {"PYTHONPATH": f"{FUNCTIONS}{os.pathsep}{Path.cwd()}"}
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    eventually(lambda: not any(running(pid) for pid in pids))


@pytest.mark.parametrize("callers", [1, 3])
def test_stopping_ends_calls_that_still_wait(callers):
    pool = Workers("functions.act", 1, ENVIRONMENT)
    outcomes = []

    def call():
        try:
            pool.invoke({"do": "hang"}, 600)
        except WorkerDied as error:
            outcomes.append(error)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    eventually(lambda: not pool.idle)
    pids = pool.pids
    pool.stop()
    for thread in threads:
        thread.join(10)
    assert len(outcomes) == callers
    assert not any(map(running, pids))
