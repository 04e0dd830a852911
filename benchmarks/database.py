"""A Terracotta database for the peers, who read it as a role that can do nothing else."""

import secrets
from dataclasses import dataclass, field

import psycopg2
import terracotta
from sqlalchemy.engine import make_url

from benchmarks.peer import Dataset
from benchmarks.subject import KEY_NAMES, KEYS, Subject
from infra.database import Role, create_database
from infra.local.postgres import Postgres

# Further dates of the dataset that is there, a day apart; the same raster, the same metadata.
_MULTIPLY = """
    INSERT INTO {table} SELECT (r).* FROM (
        SELECT jsonb_populate_record(t, jsonb_build_object(
            'date', to_char(date '2018-10-10' + n, 'YYYYMMDD'))) AS r
        FROM {table} t, generate_series(1, %s) n
    ) rows
"""


@dataclass(frozen=True)
class Database:
    """One database and the role that peers read it in."""

    name: str
    admin_url: str = field(repr=False)
    reader: Role

    @classmethod
    def create(cls, server: Postgres, name: str) -> "Database":
        """A new database."""
        reader, writer = (
            Role(f"{name}_{role}", secrets.token_urlsafe(12)) for role in ("reader", "writer")
        )
        admin_url = server.url(name)
        create_database(admin_url, KEY_NAMES, reader, writer)
        return cls(name, admin_url, reader)

    def register(self, subject: Subject, dataset: Dataset) -> None:
        """Enter the subject as this dataset."""
        driver = terracotta.get_driver(self.admin_url, provider="postgresql")
        driver.insert(dataset.keys, dataset.address, metadata=subject.metadata)
        driver.meta_store.sqla_engine.dispose()

    def grow(self, datasets: int) -> None:
        """Further datasets until there are so many in all, by one statement a table."""
        with psycopg2.connect(self.admin_url) as connection, connection.cursor() as cursor:
            for table in ("datasets", "metadata"):
                cursor.execute(_MULTIPLY.format(table=table), (datasets - 1,))
                cursor.execute(f"ANALYZE {table}")
        connection.close()

    def dates(self, count: int) -> list[str]:
        """Some of those that `grow` added."""
        with psycopg2.connect(self.admin_url) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT date FROM datasets WHERE date <> %s ORDER BY md5(date) LIMIT %s",
                (KEYS[2], count),
            )
            dates = [date for (date,) in cursor.fetchall()]
        connection.close()
        return dates

    def environment(self, port: int | None = None) -> dict[str, str]:
        """What a peer needs to read it, through a proxy at `port` if there is one."""
        url = make_url(self.admin_url)
        return {
            "TC_DRIVER_PATH": f"postgresql://{url.host}:{port or url.port}/{url.database}",
            "TC_DRIVER_PROVIDER": "postgresql",
            "TC_SQL_USER": self.reader.name,
            "TC_SQL_PASSWORD": self.reader.password,
        }
