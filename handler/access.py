"""The ways to the database that TC_DRIVER_PATH names: ours, and that of Terracotta's endpoints."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import terracotta
from terracotta.drivers import auto_detect_provider

from handler.database import Row
from handler.postgresql import Connections, connections
from handler.settings import Settings

if TYPE_CHECKING:
    from handler.terracotta_driver import ReadOnlyDriver


class Access:
    """Opens nothing before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        """All rows that `statement` finds. Raises DatabaseUnavailable."""
        return (self._connections or self.driver).read(statement, values)

    @cached_property
    def driver(self) -> "ReadOnlyDriver":
        """Terracotta's. Raises DatabaseUnavailable."""
        # It brings SQLAlchemy, whose import is a fifth of a cold start.
        from handler.terracotta_driver import ReadOnlyDriver

        return ReadOnlyDriver(self._settings, self._connections)

    @cached_property
    def _connections(self) -> Connections | None:
        """To PostgreSQL; None for any other database, which is left to Terracotta's driver."""
        options = terracotta.get_settings()
        provider = options.DRIVER_PROVIDER or auto_detect_provider(options.DRIVER_PATH)
        return connections(self._settings) if provider == "postgresql" else None
