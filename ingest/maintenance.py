"""The database as an operator works on it: all datasets, colours, orphans."""

import json
from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from categorical.colors import Color
from ingest import colors
from ingest.colors import OPERATOR, Assignment
from ingest.errors import UnknownColor
from ingest.keys import Keys, product
from ingest.registration import Registered, Registry

_ROWS = 1000


class Maintenance(Registry):
    """The registry with what only people do to it."""

    def datasets(self) -> Iterator[tuple[dict[str, str], Registered]]:
        """Keys of every dataset, and what is registered under them; fetched in chunks."""
        self._prepare()
        with self._driver.connect() as connection:
            table = self._table("datasets")
            names = [table.c[name] for name in self._fields]
            statement = self._select(*names).order_by(*names)
            rows = connection.execution_options(yield_per=_ROWS).execute(statement)
            for row in rows:
                keys = {name: row._mapping[name] for name in self._fields}
                yield keys, Registered(row.path, json.loads(row.metadata or "{}"))

    def count(self) -> int:
        """How many datasets there are."""
        self._prepare()
        with self._driver.connect() as connection:
            statement = sa.select(sa.func.count()).select_from(self._table("datasets"))
            return int(connection.execute(statement).scalar_one())

    def colors(self, name: str) -> dict[str, Assignment]:
        """{label: colour} of a product. Raises UnknownColor where it has none."""
        self._prepare()
        with self._driver.connect() as connection:
            return self._known(name, colors.load(connection, name))

    def recolor(self, name: str, label: str, color: Color) -> Assignment:
        """Give a product's label this colour, in all dates and for good; what it had before.

        One transaction, alone with the product. Raises UnknownColor.
        """
        with self._transaction(name) as connection:
            known = self._known(name, colors.load(connection, name))
            if label not in known:
                labels = ", ".join(f'"{each}"' for each in known)
                raise UnknownColor(f'{name} has no label "{label}"; it has {labels}')
            colors.store(connection, name, {label: Assignment(color, OPERATOR)})
            self._recolor(connection, self._product_keys(name), {label: color})
        return known[label]

    def remove_orphan(self, keys: Keys, path: str, delete: Callable[[], None]) -> bool:
        """Call `delete` unless `path` is registered; nothing of its product can be meanwhile."""
        with self._transaction(product(keys, self._date_key)) as connection:
            found = self._find(connection, keys)
            if found is not None and found.path == path:
                return False
            delete()
        return True

    def _product_keys(self, name: str) -> dict[str, str]:
        fields = [field for field in self._fields if field != self._date_key]
        return dict(zip(fields, name.split("/"), strict=True))

    def _known(self, name: str, found: Mapping[str, Assignment]) -> dict[str, Assignment]:
        if not found:
            form = "/".join(field.upper() for field in self._fields if field != self._date_key)
            raise UnknownColor(f"no product {name} has colours: give {form}")
        return dict(found)
