"""Products for the start page: datasets that differ in their date only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handler.database import Database, Row, quoted

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
    names = database.key_names
    statement, values = _statement(names, date_key, text.split()[:MAX_WORDS])
    ((total,),) = database.read(f"SELECT count(*) FROM ({statement}) AS found", values)  # noqa: S608 (quoted names)
    number = max(1, min(number, Page((), 1, total).pages))
    order = ", ".join(_same(names, date_key) or ["1"])
    rows = database.read(
        f"{statement} ORDER BY {order} LIMIT %s OFFSET %s",
        (*values, PAGE_SIZE, (number - 1) * PAGE_SIZE),
    )
    return Page([_product(row, names, date_key) for row in rows], number, total)


def _statement(
    names: Sequence[str], date_key: str, words: Sequence[str]
) -> tuple[str, Sequence[str]]:
    """Counts, first and last dates and keys of all products, and the values for its %s."""
    same = _same(names, date_key)
    date = quoted(date_key) if date_key in names else "NULL"
    columns = ", ".join(("count(*)", f"min({date})", f"max({date})", *same))
    anywhere = " OR ".join(f"lower({quoted(name)}) LIKE lower(%s) ESCAPE '/'" for name in names)
    where = f" WHERE {' AND '.join(f'({anywhere})' for _ in words)}" if words else ""
    group = f" GROUP BY {', '.join(same)}" if same else ""
    statement = f"SELECT {columns} FROM datasets{where}{group} HAVING count(*) > 0"  # noqa: S608 (quoted names)
    return statement, [_pattern(word) for word in words for _ in names]


def _same(names: Sequence[str], date_key: str) -> list[str]:
    """The columns in which the datasets of a product do not differ."""
    return [quoted(name) for name in names if name != date_key]


def _pattern(word: str) -> str:
    """For LIKE: the word as it is, anywhere."""
    for special in "/%_":
        word = word.replace(special, f"/{special}")
    return f"%{word}%"


def _product(row: Row, names: Sequence[str], date_key: str) -> Product:
    count, first, last, *values = row
    left = iter(values)
    keys = {name: last if name == date_key else next(left) for name in names}
    return Product(keys, count, first, last)
