"""Looking at processes from outside, by Linux's /proc."""

import time
from pathlib import Path


def state(pid):
    """A process's state letter and its parent; None for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1])


def running(pid):
    """Whether any thread of a process runs; one that nobody has waited for yet does not."""
    tasks = [path.name for path in Path("/proc").glob(f"{pid}/task/*")]
    return any((found := state(f"{pid}/task/{task}")) and found[0] not in "ZX" for task in tasks)


def descendants(pid):
    """All processes that a process started, and those that they started."""
    everyone = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    parents = {one: found[1] for one in everyone if (found := state(one))}
    found, grown = {pid}, True
    while grown:
        more = {one for one, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {pid}


def eventually(condition, seconds=30):
    """Wait until a condition holds; fail if it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
