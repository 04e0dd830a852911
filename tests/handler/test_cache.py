"""The cache keeps so many values for so long."""

from handler.cache import Cache


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_was_put_is_there() -> None:
    cache: Cache[str, int] = Cache(2)
    assert cache.put("a", 1) == 1
    assert cache.get("a") == 1
    assert cache.get("b") is None


def test_the_least_recently_used_leaves_first() -> None:
    cache: Cache[str, int] = Cache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_time_is_up_at_the_end_of_its_seconds() -> None:
    clock = Clock()
    cache: Cache[str, int] = Cache(2, clock=clock)
    cache.put("a", 1, ttl=10)
    clock.now = 9.9
    assert cache.get("a") == 1
    clock.now = 10
    assert cache.get("a") is None


def test_use_does_not_prolong_life() -> None:
    clock = Clock()
    cache: Cache[str, int] = Cache(2, clock=clock)
    cache.put("a", 1, ttl=10)
    clock.now = 9
    cache.get("a")
    clock.now = 11
    assert cache.get("a") is None


def test_no_time_no_life() -> None:
    cache: Cache[str, int] = Cache(2)
    cache.put("a", 1, ttl=0)
    assert cache.get("a") is None


def test_all_that_leaves_is_discarded_once() -> None:
    clock, gone = Clock(), list[int]()
    cache: Cache[str, int] = Cache(2, clock=clock, discard=gone.append)
    cache.put("a", 1, ttl=5)
    cache.put("b", 2)
    cache.put("b", 3)
    cache.put("c", 4)
    assert gone == [2, 1]
    cache.drop("b")
    cache.drop("b")
    assert gone == [2, 1, 3]
    clock.now = 6
    assert (cache.get("a"), gone) == (None, [2, 1, 3])
