"""One worker: ``python -m infra.local.worker MODULE.FUNCTION``, a child of ``infra.local.workers``.

Imports the function, then answers one message at a time: an event, and the seconds that its
invocation may take, by the function's result, or by the error that it raised, as Lambda's runtime
does; None by None.
"""

import importlib
import json
import queue
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.children import Parent

MAX_PAYLOAD_BYTES = 6_291_556  # Lambda's quota for an event and for a result
FUNCTION_SECONDS = 900.0
NO_MORE = object()


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about its invocation."""

    function_name: str = "local"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:local"
    memory_limit_in_mb: int = 2048
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_group_name: str = "/aws/lambda/local"
    log_stream_name: str = "local"
    deadline: float = field(default_factory=lambda: time.monotonic() + FUNCTION_SECONDS)

    @classmethod
    def ending_in(cls, seconds: float) -> "Context":
        """Of an invocation that is ended after so many seconds."""
        return cls(deadline=time.monotonic() + seconds)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def respond(function: Callable[[Any, Context], Any], message: Any) -> dict[str, Any]:
    """The message that answers one: `result`, or `error` with a sentence."""
    if message is None:
        return {"result": None}
    try:
        result = function(message["event"], Context.ending_in(message["seconds"]))
        if (size := len(json.dumps(result))) > MAX_PAYLOAD_BYTES:
            return {"error": f"response of {size} bytes; at most {MAX_PAYLOAD_BYTES} are allowed"}
        return {"result": result}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def listen(parent: Parent, events: "queue.SimpleQueue[Any]") -> None:
    """Pass on the parent's messages; end the process, whatever it is doing, with the parent."""
    try:
        while True:
            events.put(parent.receive())
    except EOFError:
        parent.end()


def main(path: str) -> None:
    parent = Parent()
    module, _, name = path.rpartition(".")
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(parent, events), daemon=True).start()
    function = getattr(importlib.import_module(module), name)
    while True:
        parent.send(respond(function, events.get()))


if __name__ == "__main__":
    main(*sys.argv[1:])
