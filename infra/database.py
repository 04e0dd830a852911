"""An installation's database: Terracotta's schema, our tables, two roles and their rights."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg2
import psycopg2.extensions
import sqlalchemy
from psycopg2 import sql
from psycopg2.extensions import encrypt_password
from sqlalchemy.engine import URL, make_url
from terracotta.drivers.postgresql_meta_store import PostgreSQLMetaStore

import ingest.tables
from infra.errors import DatabaseConflict
from infra.indexes import create_indexes

Connection = psycopg2.extensions.connection

TERRACOTTA_TABLES = ("terracotta", "key_names", "datasets", "metadata")
MAINTENANCE = "postgres"  # the database that every server has
SHARED = (MAINTENANCE, "template1")  # databases of every server that PUBLIC may connect to
LOCK = 7_305_541_172  # any number; two set-ups on one server wait for each other


@dataclass(frozen=True)
class Role:
    """A user of the database."""

    name: str
    password: str = field(repr=False)


class ExistingDatabase(PostgreSQLMetaStore):  # type: ignore[misc]
    """Terracotta's driver for a database that is there already."""

    @classmethod
    def _parse_path(cls, connection_string: str) -> URL:
        """The URL with its escapes decoded, which Terracotta leaves in user and password."""
        return make_url(connection_string).set(drivername="postgresql+psycopg2")

    def _create_database(self) -> None:
        pass


def create_database(admin_url: str, keys: Sequence[str], reader: Role, writer: Role) -> None:
    """Make the database that admin_url names ready for both functions, creating what is missing.

    The reader may SELECT from Terracotta's four tables, the writer may read and write all tables;
    neither may do anything else, nor connect to the databases that every server has. Run again it
    changes nothing but passwords (to those given) and rights (to these). DatabaseConflict, and
    nothing is changed, where tables hold something other than a Terracotta database with these
    keys.
    """
    url = make_url(admin_url)
    with only_one(url):
        create_empty_database(url)
        with connected(url) as connection:
            create_terracotta_tables(connection, url, keys)
            create_indexes(connection, keys)
            create_our_tables(url)
            grant(connection, str(url.database), reader, writer)
            for database in SHARED:
                shut_out(connection, database, reader, writer)


@contextlib.contextmanager
def only_one(url: URL) -> Iterator[None]:
    """Keeps other set-ups on this server waiting, since roles belong to the whole server."""
    with connected(url.set(database=MAINTENANCE)) as connection:
        connection.cursor().execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        yield


@contextlib.contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """A connection in one transaction, committed at the end."""
    connection = psycopg2.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def create_empty_database(url: URL) -> None:
    """Create the database unless it is there."""
    connection = psycopg2.connect(
        url.set(drivername="postgresql", database=MAINTENANCE).render_as_string(hide_password=False)
    )
    try:
        connection.autocommit = True  # CREATE DATABASE runs outside any transaction
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (url.database,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(url.database))))
    finally:
        connection.close()


def create_terracotta_tables(connection: Connection, url: URL, keys: Sequence[str]) -> None:
    """Terracotta's four tables, unless there with these keys; cut-off set-ups begin anew."""
    present = existing_tables(connection)
    if set(present) == set(TERRACOTTA_TABLES) and (found := key_names(connection)):
        if found != tuple(keys):
            raise DatabaseConflict(
                f"the database {url.database} holds datasets by the keys {', '.join(found)}, not "
                f"{', '.join(keys)}: choose another database, or those keys; nothing was changed"
            )
        return
    if any(holds_rows(connection, table) for table in present):
        raise DatabaseConflict(
            f"the database {url.database} has tables named {', '.join(present)} that are not "
            "Terracotta's: choose another database; nothing was changed"
        )
    for table in present:
        connection.cursor().execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))
    connection.commit()
    # not by get_driver, which would cache this driver, administrator and all, for the process
    ExistingDatabase(url.set(drivername="postgresql").render_as_string(hide_password=False)).create(
        keys
    )


def existing_tables(connection: Connection) -> list[str]:
    """Those of Terracotta's tables that are there."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)"
        " ORDER BY tablename",
        (list(TERRACOTTA_TABLES),),
    )
    return [name for (name,) in cursor.fetchall()]


def key_names(connection: Connection) -> tuple[str, ...]:
    """The keys of a Terracotta database, in order."""
    cursor = connection.cursor()
    cursor.execute("SELECT key_name FROM key_names ORDER BY idx")
    return tuple(name for (name,) in cursor.fetchall())


def holds_rows(connection: Connection, table: str) -> bool:
    cursor = connection.cursor()
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
    row = cursor.fetchone()
    return bool(row and row[0])


def create_our_tables(url: URL) -> None:
    """The tables that only the ingestion function uses."""
    engine = sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg2"), poolclass=sqlalchemy.NullPool
    )
    ingest.tables.metadata.create_all(engine)


def grant(connection: Connection, database: str, reader: Role, writer: Role) -> None:
    """Both roles with exactly these rights: what they or PUBLIC had before is taken away."""
    names = {
        "database": sql.Identifier(database),
        "tables": sql.SQL(", ").join(map(sql.Identifier, TERRACOTTA_TABLES)),
    }
    cursor = connection.cursor()
    for role in (reader, writer):
        set_password(connection, role)
    for statement in RIGHTS:
        cursor.execute(
            sql.SQL(statement).format(
                reader=sql.Identifier(reader.name), writer=sql.Identifier(writer.name), **names
            )
        )


RIGHTS = (
    # PUBLIC has CONNECT and TEMPORARY on a database unless told otherwise
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC, {reader}, {writer}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC, {reader}, {writer}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {reader}, {writer}",
    "GRANT CONNECT ON DATABASE {database} TO {reader}, {writer}",
    "GRANT USAGE ON SCHEMA public TO {reader}, {writer}",
    "GRANT SELECT ON {tables} TO {reader}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {writer}",
)


def shut_out(connection: Connection, database: str, *roles: Role) -> None:
    """These roles can no longer connect to a database; all others who could still can.

    They could as PUBLIC, from whom a single role cannot be left out. Where the administrator does
    not own the database PostgreSQL only warns, and nothing changes.
    """
    cursor = connection.cursor()
    cursor.execute(
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> ALL(%s)"
        " AND has_database_privilege(oid, %s, 'CONNECT')",
        ([role.name for role in roles], database),
    )
    others = [sql.Identifier(name) for (name,) in cursor.fetchall()]
    named = sql.Identifier(database)
    cursor.execute(
        sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM {}").format(
            named, sql.SQL(", ").join([sql.SQL("PUBLIC"), *(sql.Identifier(r.name) for r in roles)])
        )
    )
    if others:
        cursor.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(named, sql.SQL(", ").join(others))
        )


def set_password(connection: Connection, role: Role) -> None:
    """The role, able to log in; the server and its log get to see a SCRAM verifier only."""
    cursor = connection.cursor()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role.name,))
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    verifier = encrypt_password(role.password, role.name, connection, "scram-sha-256")
    cursor.execute(
        sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(role.name), sql.Literal(verifier)
        )
    )
