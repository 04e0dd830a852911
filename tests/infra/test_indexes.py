"""Lists of datasets touch as few pages of the database among many datasets as among few."""

import json

import psycopg2
import pytest

from infra.database import create_database

KEYS = ("type", "sensor", "date", "band")
FEW, MANY = 1_000, 100_000
FILL = """
    INSERT INTO datasets
    SELECT 'categorical', 'S' || n % 50, 20_000_000 + n / 500, 'tile' || n / 50 % 10, 's3://b/' || n
    FROM generate_series({first}, {last}) n
"""


class Catalog:
    """A database of so many datasets, seen by its administrator."""

    def __init__(self, database):
        self.connection = psycopg2.connect(database.admin_url)
        self.connection.autocommit = True
        self.count = 0

    def run(self, statement):
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def grow(self, count):
        self.run(FILL.format(first=self.count, last=count - 1))
        self.run("VACUUM ANALYZE datasets")
        self.count = count

    def pages(self, statement):
        """Pages of table and indexes that the statement looks at, counted by PostgreSQL."""
        explained = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}"
        self.run(explained)  # what planning reads of the system's tables is in the caches then
        ((answer,),) = self.run(explained)
        plan = (answer if isinstance(answer, list) else json.loads(answer))[0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.fixture
def catalog(database):
    catalog = Catalog(database)
    yield catalog
    catalog.connection.close()


LISTED = "SELECT {0}, path FROM datasets {{}} ORDER BY {0}, path LIMIT 20".format(", ".join(KEYS))
STATEMENTS = [
    *(
        LISTED.format(where)
        for where in (
            "",
            "WHERE type = 'categorical'",
            "WHERE sensor = 'S7'",
            "WHERE date = '20000001'",
            "WHERE band = 'tile9'",
            "WHERE band = 'none'",
            "WHERE type = 'categorical' AND band = 'tile3'",
            "WHERE type = 'none' AND sensor = 'S7'",
        )
    ),
    "SELECT * FROM datasets ORDER BY band LIMIT 20",
    "SELECT date FROM datasets WHERE type = 'categorical' AND sensor = 'S7' AND band = 'tile3'"
    " ORDER BY date LIMIT 20",
]


def test_pages_of_datasets_cost_the_same_among_many(catalog):
    catalog.grow(FEW)
    few = [catalog.pages(statement) for statement in STATEMENTS]
    catalog.grow(MANY)
    many = [catalog.pages(statement) for statement in STATEMENTS]
    # 20 rows lie on 20 pages at most, below an index with one more level
    assert {s: m for s, f, m in zip(STATEMENTS, few, many, strict=True) if m > f + 30} == {}


def test_a_database_from_before_gets_its_indexes(catalog, database):
    catalog.run("DROP INDEX datasets_by_key_2")
    create_database(database.admin_url, KEYS, database.reader, database.writer)
    indexes = catalog.run("SELECT indexdef FROM pg_indexes WHERE indexname = 'datasets_by_key_2'")
    assert [text.partition("btree ")[2] for (text,) in indexes] == ["(date, type, sensor, band)"]


def test_keys_of_any_name_and_number_are_indexed(postgres, database):
    url = postgres.fresh_database()
    keys = ("a", "b" * 63, "user")
    create_database(url, keys, database.reader, database.writer)
    connection = psycopg2.connect(url)
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'datasets_by_key_%'")
    assert cursor.fetchone() == (2,)
    connection.close()
    postgres.drop_database(url.rpartition("/")[2])
