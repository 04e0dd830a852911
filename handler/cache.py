"""A bounded cache: the least recently used value leaves first, and none outlives its time."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """At most `size` values by key; `discard` is called with every value that leaves."""

    def __init__(
        self,
        size: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        discard: Callable[[Value], None] | None = None,
    ) -> None:
        self._size, self._clock, self._discard = size, clock, discard
        self._entries: OrderedDict[Key, tuple[Value, float]] = OrderedDict()
        self._lock = RLock()

    def get(self, key: Key) -> Value | None:
        """The value kept under `key`, or None if there is none or its time is up."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, expires = entry
            if self._clock() >= expires:
                self.drop(key)
                return None
            self._entries.move_to_end(key)
            return value

    def put(self, key: Key, value: Value, ttl: float = float("inf")) -> Value:
        """`value` itself, kept under `key` for `ttl` seconds or until others need its place."""
        with self._lock:
            self.drop(key)
            self._entries[key] = (value, self._clock() + ttl)
            while len(self._entries) > self._size:
                self.drop(next(iter(self._entries)))
        return value

    def drop(self, key: Key) -> None:
        """Forgets `key`, if it is known."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is not None and self._discard is not None:
                self._discard(entry[0])
