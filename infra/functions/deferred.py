"""Modules that are imported when they are used, not when they are mentioned."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any


class _StandIn(ModuleType):
    """Has every function and class of the real module, which its first call imports."""

    def __getattr__(self, attribute: str) -> Callable[..., Any]:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return partial(self._call, attribute)

    def _call(self, attribute: str, *arguments: Any, **options: Any) -> Any:
        return getattr(import_module(self.__name__), attribute)(*arguments, **options)


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Modules that are imported within and `import` one of these get a stand-in for it.

    They must do nothing with it but call its functions and classes or name them in annotations.
    All others get the real one, then and later.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _StandIn(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
