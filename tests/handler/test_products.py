"""The list of products, on both kinds of database."""

import pytest

from handler.database import Database
from handler.errors import DatabaseUnavailable
from handler.products import PAGE_SIZE, find_products
from tests.handler.conftest import Registry, reading

KEYS = [
    ("categorical", "S2", "20181010", "cloudmask"),
    ("categorical", "S2", "20191010", "cloudmask"),
    ("categorical", "S2", "20181010", "Landcover 100%_a"),
    ("index", "Ünïcode", "2020", "ndvi"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest) -> Registry:
    """A database with four datasets."""
    found: Registry = request.getfixturevalue(request.param)
    for keys in KEYS:
        found.register("/no/such.tif", {}, keys)
    return found


@pytest.fixture
def database(registry: Registry) -> Database:
    return reading(registry.url)


def names(database: Database, text: str, date_key: str = "date") -> list[str]:
    return [
        "/".join(it.keys.values()) for it in find_products(database, date_key, text, 1).products
    ]


def test_datasets_that_differ_in_their_date_are_one_product(database: Database) -> None:
    page = find_products(database, "date", "", 1)
    found = {"/".join(it.keys.values()): (it.datasets, it.first, it.last) for it in page.products}
    assert found == {
        "categorical/S2/20191010/cloudmask": (2, "20181010", "20191010"),
        "categorical/S2/20181010/Landcover 100%_a": (1, "20181010", "20181010"),
        "index/Ünïcode/2020/ndvi": (1, "2020", "2020"),
    }
    assert (page.total, page.pages, page.number) == (3, 1, 1)


def test_without_a_date_each_dataset_is_a_product(database: Database) -> None:
    assert sorted(names(database, "", "day")) == sorted(map("/".join, KEYS))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("CLOUD", 1),
        ("s2", 2),
        ("s2 100%", 1),
        ("%_", 1),
        ("100_", 0),
        ("2018 cloud", 1),
        ("'; DROP TABLE datasets; --", 0),
        ("ndvi", 1),
        ("\\", 0),
    ],
)
def test_each_word_is_somewhere_in_the_keys(database: Database, text: str, count: int) -> None:
    assert len(names(database, text)) == count


def test_pages_are_whole_and_do_not_overlap(registry: Registry, database: Database) -> None:
    for number in range(2 * PAGE_SIZE):
        registry.register("/no/such.tif", {}, ("categorical", f"P{number:03}", "2020", "x"))
    pages = [find_products(database, "date", "categorical p", number) for number in (1, 2, 3)]
    sensors = [[product.keys["sensor"] for product in page.products] for page in pages]
    assert sensors[0] + sensors[1] == [f"P{number:03}" for number in range(2 * PAGE_SIZE)]
    assert (pages[2].number, sensors[2]) == (2, sensors[1])


def test_a_database_that_is_not_there() -> None:
    with pytest.raises(DatabaseUnavailable):
        find_products(reading("sqlite:////no/such/folder.sqlite"), "date", "", 1)
