"""The datasets of a soak: some that were really uploaded and ingested, and many like them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg2

from benchmarks.soak.producer import Producer
from benchmarks.soak.scene import TEMPLATES, State, class_file
from infra.errors import StartFailed
from infra.local.system import NAME, System

PRODUCT = "categorical/soak"
BAND = "classes"

# What is registered, once more under other dates, each at its own path.
_MULTIPLY = """
    INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({members}))).*
    FROM {table} t JOIN unnest(%s, %s) AS more(origin, date) ON t.date = more.origin
"""
_MEMBERS = {
    "datasets": "'date', more.date, 'path', replace(t.path, t.date, more.date)",
    "metadata": "'date', more.date",
}


@dataclass(frozen=True)
class Datasets:
    """`live` of `total` are to change; the others look as one of the live ones at first."""

    total: int
    live: int

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Key values of each dataset."""
        first = date(2000, 1, 1)
        dates = (first + timedelta(days=n) for n in range(self.total))
        return [(*PRODUCT.split("/"), f"{day:%Y%m%d}", BAND) for day in dates]

    @property
    def initial(self) -> list[State]:
        """What each dataset shows at first."""
        return [State(n % self.live % TEMPLATES, 0, 0) for n in range(self.total)]


def seed(system: System, datasets: Datasets, producer: Producer) -> None:
    """All of them registered. StartFailed where ingestion does not do its part."""
    producer.s3.put_object(
        Bucket=system.resources.incoming,
        Key=f"{PRODUCT}/categories.json",
        Body=class_file(0),
    )
    for dataset in range(datasets.live):
        producer.upload(dataset, datasets.initial[dataset])
    for dataset in range(datasets.live):
        if not producer.registered(dataset, datasets.initial[dataset]):
            raise StartFailed(f"dataset {dataset} of the soak was not registered")
    multiply(system, datasets)


def multiply(system: System, datasets: Datasets) -> None:
    """The many: objects copied within the published bucket, rows within the database."""
    dates = [keys[2] for keys in datasets.keys]
    more = [(dates[n % datasets.live], dates[n]) for n in range(datasets.live, datasets.total)]
    if system.postgres is None:
        raise StartFailed("a soak needs PostgreSQL")
    connection = psycopg2.connect(system.postgres.url(NAME))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT date, path FROM datasets")
        paths = dict(cursor.fetchall())
        copy_objects(system, [(paths[origin], origin, day) for origin, day in more])
        for table, members in _MEMBERS.items():
            statement = _MULTIPLY.format(table=table, members=members)
            cursor.execute(statement, tuple(map(list, zip(*more, strict=True))))
            cursor.execute(f"ANALYZE {table}")
    connection.close()


def copy_objects(system: System, copies: Sequence[tuple[str, str, str]]) -> None:
    """Published rasters under other dates: (path, its date, the other date)."""
    bucket, s3 = system.resources.published, system.aws.s3()
    for path, origin, day in copies:
        key = path.removeprefix(f"s3://{bucket}/")
        s3.copy_object(
            CopySource={"Bucket": bucket, "Key": key},
            Bucket=bucket,
            Key=key.replace(origin, day),
        )
