"""Lambda's way into ingestion, and to the set-up of the database, which no other place reaches."""

from typing import Any

from infra.credentials import installed_from_environment
from infra.functions import SET_UP
from infra.functions.log_lines import write_lines

write_lines()

with installed_from_environment():
    from ingest.lambda_function import lambda_handler as handle_uploads


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer of ingestion; an event of `python -m infra database` sets up the database.

    That one is never logged: it holds the administrator's password.
    """
    if SET_UP in event:
        from infra.setup import set_up  # psycopg2 and Terracotta's writing half

        return set_up(event[SET_UP])
    return handle_uploads(event, context)
