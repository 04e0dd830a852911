"""Products for the start page: datasets that differ in their date only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from handler.database import Database

PAGE_SIZE = 24
MAX_PAGE = 10_000
MAX_WORDS = 8


@dataclass(frozen=True)
class Product:
    """`keys` are {key name: value} of its newest dataset; `first` and `last` are its dates."""

    keys: Mapping[str, str]
    datasets: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Page:
    """Some of the products, in the order of their keys; `total` is how many there are in all."""

    products: Sequence[Product]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def find_products(database: Database, date_key: str, text: str, number: int) -> Page:
    """The page `number`, from 1, of the products that hold each word of `text` in any key value.

    A page past the end is the last one. Raises DatabaseUnavailable.
    """
    found = _find(database, date_key, text.split()[:MAX_WORDS])
    total = int(database.read(sa.select(sa.func.count()).select_from(found.subquery()))[0][0])
    number = max(1, min(number, Page((), 1, total).pages))
    rows = database.read(found.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    names = database.key_names
    return Page([_product(row, names, date_key) for row in rows], number, total)


def _find(database: Database, date_key: str, words: Sequence[str]) -> sa.Select[Any]:
    columns = {name: sa.column(name, sa.String) for name in database.key_names}
    same = [column for name, column in columns.items() if name != date_key]
    date = columns.get(date_key, sa.null())
    wanted = (
        sa.or_(*(column.icontains(word, autoescape=True) for column in columns.values()))
        for word in words
    )
    return (
        sa.select(sa.func.count(), sa.func.min(date), sa.func.max(date), *same)
        .select_from(sa.table("datasets"))
        .where(sa.true(), *wanted)
        .group_by(*same)
        .having(sa.func.count() > 0)
        .order_by(*same)
    )


def _product(row: Sequence[Any], names: Sequence[str], date_key: str) -> Product:
    count, first, last, *values = row
    left = iter(values)
    keys = {name: last if name == date_key else next(left) for name in names}
    return Product(keys, count, first, last)
