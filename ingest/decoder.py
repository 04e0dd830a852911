"""Work on an upload's bytes in a child process, which may die of them.

GDAL and the libraries below it are C, fed with files that anybody may have written. A file that
makes them crash, spin or allocate without end must not take the function with it: its batch would
be delivered again, and again, until all of it is a dead letter and nobody has a report. In a child
the same is a verdict on that one file.

Children are forked by a server that has imported what they need (`multiprocessing`'s forkserver):
0.02 s a child, where a fresh interpreter takes 1 s, and unlike a fork of our own process, which has
threads, it cannot inherit a lock that nobody will open. It needs pipes and a socket in the
temporary folder, no semaphores: Lambda has no /dev/shm for those.

The child has our rights: it is no sandbox, it bounds what a file can break.
"""

import math
import multiprocessing
import pickle
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from ingest.errors import DecoderFailed, DecodingFailed, TooLarge, TooSlow

Result = TypeVar("Result")

_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload(["ingest.examination"])
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
_LONGEST = 10**6  # seconds; poll takes no more than 24 days
_DYING = 5.0
_PROCESSORS = 4  # a child whose parent is gone ends by itself after its seconds on so many


@dataclass(frozen=True)
class Limits:
    """What decoding one upload may take: `seconds` on the clock, `memory` bytes.

    `file` is the bytes of the largest file that may be written meanwhile.
    """

    seconds: float
    memory: int
    file: int


@dataclass(frozen=True)
class _Raised:
    """What the work raised, and where."""

    error: BaseException
    place: str


def prepare() -> None:
    """Have the server of children start, unless it runs, while other work goes on."""
    forkserver.ensure_running()


def decode(work: Callable[[], Result], limits: Limits) -> Result:
    """The result of `work`, which pickle must take, from a child process; or what it raises there.

    Raises DecodingFailed where the child crashes, TooLarge and TooSlow where it exceeds a limit,
    and DecoderFailed where it ends for another reason.
    """
    receiving, sending = _CHILDREN.Pipe(duplex=False)
    files = resource.getrlimit(resource.RLIMIT_FSIZE)  # ours of now: the server's may be older
    child = _CHILDREN.Process(target=_serve, args=(work, limits, files, sending), daemon=True)
    with receiving:
        child.start()
        sending.close()
        try:
            answer = _receive(receiving, limits.seconds)
        except EOFError:
            child.join(_DYING)
            raise _end(child.exitcode, limits) from None
        finally:
            child.kill()
            child.join()
    if isinstance(answer, _Raised):
        answer.error.add_note(f"in the decoder:\n{answer.place}")
        raise answer.error
    return cast(Result, answer)


def _receive(connection: Connection, seconds: float) -> Any:
    """The answer. Raises TooSlow, and EOFError where the child ends without one."""
    if not connection.poll(min(seconds, _LONGEST)):
        raise TooSlow(f"it was not decoded within {seconds:,.0f} seconds")
    return connection.recv()


def _end(code: int | None, limits: Limits) -> Exception:
    """What a child's exit code says about its file; a negative one is the signal that ended it."""
    if code is not None and -code in _CRASHES:
        name, most = signal.Signals(-code).name, limits.memory / 2**20
        return DecodingFailed(f"the decoder ends in {name}, with {most:,.0f} MiB of memory at most")
    if code == -signal.SIGKILL:  # not by us: what a system does that has no memory left
        return _too_large(limits.memory)
    if code == -signal.SIGXCPU:
        return TooSlow("decoding it used up the processor's time")
    if code == -signal.SIGXFSZ:
        return TooLarge(f"written anew it takes more than {limits.file / 2**20:,.0f} MiB of disk")
    return DecoderFailed(f"the decoder ended with {code} before it had an answer")


def _too_large(memory: int) -> TooLarge:
    return TooLarge(f"decoding it takes more than {memory / 2**20:,.0f} MiB of memory")


# --- in the child --------------------------------------------------------------------------


def _serve(
    work: Callable[[], Any], limits: Limits, files: tuple[int, int], connection: Connection
) -> None:
    _limit(limits, files)
    try:
        answer = work()
    except Exception as error:
        answer = _Raised(_sendable(error, limits.memory), traceback.format_exc())
    connection.send(answer)
    connection.close()


def _limit(limits: Limits, files: tuple[int, int]) -> None:
    """Memory beyond what the child was born with, and the processor's time should we be gone.

    A file that grows beyond our limit ends the child; beyond another's, the disk is full.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, files)
    if _lower(resource.RLIMIT_FSIZE, limits.file):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = math.ceil(min(limits.seconds, _LONGEST)) * _PROCESSORS
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_DATA, _memory() + limits.memory)


def _lower(limit: int, value: int) -> bool:
    """Set a limit, unless it is lower already; whether it was set."""
    soft, hard = resource.getrlimit(limit)
    lower = soft == resource.RLIM_INFINITY or value < soft
    if lower:
        resource.setrlimit(limit, (value, hard))
    return lower


def _memory() -> int:
    """Bytes of this process that RLIMIT_DATA counts; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


def _sendable(error: Exception, memory: int) -> Exception:
    """The error as pickle takes it; TooLarge where memory was what it lacked."""
    if any(_is_out_of_memory(each) for each in _chain(error)):
        return _too_large(memory)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    except Exception:
        return DecoderFailed(f"{type(error).__name__}: {error}")
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or type(error).__name__ == "CPLE_OutOfMemoryError"
