"""The database as set up: who may do what, and what happens on a second run."""

from dataclasses import dataclass

import psycopg2
import psycopg2.errors
import pytest
import terracotta
from terracotta.drivers.postgresql_meta_store import PostgreSQLMetaStore

from infra.database import TERRACOTTA_TABLES, Role, create_database
from infra.errors import DatabaseConflict

KEYS = ("type", "sensor", "date", "band")
REFUSED = psycopg2.errors.InsufficientPrivilege


def run(url, statement):
    """The rows a statement gives, committed."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@dataclass(frozen=True)
class Shared:
    """A database that tests try what is refused on."""

    reader_url: str
    writer_url: str


@pytest.fixture(scope="module")
def shared(postgres):
    reader, writer = Role("shared_reader", "r"), Role("shared_writer", "w")
    create_database(postgres.url("shared"), KEYS, reader, writer)
    yield Shared(*(postgres.url("shared", role.name, role.password) for role in (reader, writer)))
    postgres.drop_database("shared")


def create(database, keys=KEYS):
    create_database(database.admin_url, keys, database.reader, database.writer)


@pytest.mark.parametrize("table", TERRACOTTA_TABLES)
def test_the_reader_reads_terracottas_tables(shared, table):
    assert isinstance(run(shared.reader_url, f"SELECT * FROM {table}"), list)


@pytest.mark.parametrize("table", TERRACOTTA_TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "LOCK TABLE {} IN EXCLUSIVE MODE",
        "CREATE INDEX i ON {} ((1))",
        "ALTER TABLE {} ADD x int",
        "INSERT INTO {} DEFAULT VALUES",
    ],
)
def test_the_reader_changes_none_of_them(shared, table, statement):
    with pytest.raises(REFUSED):
        run(shared.reader_url, statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM categorical_colors",
        "UPDATE datasets SET path = ''",
        "CREATE TABLE mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "COPY datasets TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
    ],
)
def test_the_reader_may_do_nothing_else(shared, statement):
    with pytest.raises(REFUSED):
        run(shared.reader_url, statement)


def test_rights_hold_when_the_reader_makes_its_session_writable(shared):
    with pytest.raises(REFUSED):
        run(shared.reader_url, "SET default_transaction_read_only = off; DELETE FROM datasets")


@pytest.mark.parametrize("table", [*TERRACOTTA_TABLES, "categorical_colors"])
def test_the_writer_reads_and_writes_every_table(shared, table):
    run(shared.writer_url, f"SELECT * FROM {table}")
    run(shared.writer_url, f"DELETE FROM {table} WHERE false")


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE datasets",
        "TRUNCATE datasets",
        "ALTER TABLE datasets ADD x int",
        "CREATE TABLE mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE ROLE mine",
    ],
)
def test_the_writer_changes_no_schema(shared, statement):
    with pytest.raises(REFUSED):
        run(shared.writer_url, statement)


@pytest.mark.parametrize("name", ["postgres", "template1"])
@pytest.mark.parametrize("role", ["reader", "writer"])
def test_neither_connects_to_another_database(postgres, database, role, name):
    login = getattr(database, role)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        run(postgres.url(name, login.name, login.password), "SELECT 1")


def test_other_users_of_the_server_keep_their_access(postgres):
    url = postgres.fresh_database()
    somebody = "somebody_of_this_server"
    try:
        run(url, f"CREATE ROLE {somebody} LOGIN PASSWORD 'x'")
        run(url, "GRANT CONNECT ON DATABASE postgres TO PUBLIC")  # as on a new server
        create_database(url, KEYS, Role("other_reader", "r"), Role("other_writer", "w"))
        assert run(postgres.url("postgres", somebody, "x"), "SELECT 1") == [(1,)]
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            run(postgres.url("postgres", "other_reader", "r"), "SELECT 1")
    finally:
        run(url, f"DROP OWNED BY {somebody}; DROP ROLE {somebody}")


def test_an_administrator_as_rds_has_it_is_enough(postgres):
    """No superuser, and owner of neither `postgres` nor `template1`."""
    name, admin = "t_by_rds_admin", "rds_like_admin"
    run(postgres.admin_url, f"CREATE ROLE {admin} LOGIN CREATEDB CREATEROLE PASSWORD 'a'")
    run(postgres.admin_url, "GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC")
    try:
        for _ in range(2):  # repeatable
            create_database(
                postgres.url(name, admin, "a"),
                KEYS,
                Role("rds_reader", "r"),
                Role("rds_writer", "w"),
            )
        assert run(postgres.url(name, "rds_reader", "r"), "SELECT * FROM datasets") == []
        with pytest.raises(REFUSED):
            run(postgres.url(name, "rds_reader", "r"), "DELETE FROM datasets")
    finally:
        postgres.drop_database(name)
        run(postgres.admin_url, f"DROP OWNED BY {admin}; DROP ROLE rds_reader, rds_writer, {admin}")


def test_terracotta_writes_and_reads_its_database(database):
    writer = PostgreSQLMetaStore(database.writer_url)
    values = ("categorical", "S2", "20181010", "cloudmask")
    writer.insert(dict(zip(KEYS, values, strict=True)), "s3://b/c.tif")
    reader = PostgreSQLMetaStore(database.reader_url)
    assert reader.get_datasets() == {values: "s3://b/c.tif"}
    assert reader.key_names == KEYS
    assert reader.db_version == terracotta.__version__


def test_a_second_run_changes_nothing(database):
    run(database.writer_url, "INSERT INTO datasets VALUES ('a', 'b', 'c', 'd', 'path')")
    create(database)
    assert run(database.reader_url, "SELECT * FROM datasets") == [("a", "b", "c", "d", "path")]
    with pytest.raises(REFUSED):
        run(database.reader_url, "SELECT * FROM categorical_colors")


def test_a_second_run_sets_the_password_given(database):
    reader = Role(database.reader.name, "another 'password' %")
    create_database(database.admin_url, KEYS, reader, database.writer)
    with pytest.raises(psycopg2.OperationalError, match="password"):
        run(database.reader_url, "SELECT 1")


def test_a_second_run_takes_away_rights_that_somebody_added(database):
    run(
        database.admin_url, f'GRANT ALL ON datasets, categorical_colors TO "{database.reader.name}"'
    )
    run(
        database.admin_url,
        "GRANT ALL ON DATABASE CURRENT_CATALOG TO PUBLIC".replace("CURRENT_CATALOG", database.name),
    )
    create(database)
    for statement in ("DELETE FROM datasets", "CREATE TEMPORARY TABLE mine (a int)"):
        with pytest.raises(REFUSED):
            run(database.reader_url, statement)


def test_other_keys_are_refused_and_nothing_is_lost(database):
    run(database.writer_url, "INSERT INTO datasets VALUES ('a', 'b', 'c', 'd', 'path')")
    with pytest.raises(DatabaseConflict, match="type, sensor, date, band, not sensor, date"):
        create(database, ("sensor", "date"))
    assert len(run(database.reader_url, "SELECT * FROM datasets")) == 1


def test_somebody_elses_tables_are_refused_and_kept(postgres):
    url = postgres.fresh_database()
    run(url, "CREATE TABLE metadata (a int); INSERT INTO metadata VALUES (1)")
    with pytest.raises(DatabaseConflict, match="tables named metadata that are not Terracotta's"):
        create_database(url, KEYS, Role("r", "r"), Role("w", "w"))
    assert run(url, "SELECT * FROM metadata") == [(1,)]


def test_a_set_up_that_was_cut_off_is_finished(database):
    run(database.admin_url, "DELETE FROM key_names; DELETE FROM terracotta; DROP TABLE metadata")
    create(database)
    assert [row[0] for row in run(database.reader_url, "SELECT key_name FROM key_names")] == list(
        KEYS
    )
    assert run(database.reader_url, "SELECT * FROM metadata") == []


def test_names_are_quoted(postgres):
    url = postgres.url('odd"name; -- ')
    reader, writer = Role('odd "reader', "p@ss/'w"), Role("odd-writer", "x:y?z#")
    create_database(url, KEYS, reader, writer)
    assert (
        run(postgres.url('odd"name; -- ', reader.name, reader.password), "SELECT * FROM datasets")
        == []
    )


def test_passwords_are_kept_as_scram_verifiers(database):
    rows = run(
        database.admin_url, "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
    )
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in rows)


def test_passwords_show_in_no_repr(database):
    assert database.reader.password not in repr(database.reader)
