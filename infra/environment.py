"""What the two functions learn about the stack: their environment variables in Lambda."""

import shlex

from infra.functions import SECRET_ARN
from infra.outputs import Outputs

CERTIFICATES = "rds-ca.pem"  # in the package's root, which is /var/task
IDLE_SESSION_SECONDS = 600


def api_environment(outputs: Outputs) -> dict[str, str]:
    """Environment of the tile API, besides what zappa_settings.json says."""
    public = outputs.cloud_front_url
    return {
        **database_environment(outputs),
        SECRET_ARN: outputs.reader_secret_arn,
        **({"HANDLER_PUBLIC_URL": public} if public else {}),
    }


def ingest_environment(outputs: Outputs) -> dict[str, str]:
    """Environment of the ingestion function, likewise."""
    return {
        **database_environment(outputs),
        SECRET_ARN: outputs.writer_secret_arn,
        "INGEST_PUBLISHED_BUCKET": outputs.published_bucket,
        "INGEST_QUEUE_URL": outputs.queue_url,
    }


def exports(outputs: Outputs) -> str:
    """Shell commands after which `python -m ingest` works on this installation's buckets."""
    variables = {
        "INCOMING_BUCKET": outputs.incoming_bucket,
        "INGEST_PUBLISHED_BUCKET": outputs.published_bucket,
        "INGEST_QUEUE_URL": outputs.queue_url,
    }
    return "\n".join(f"export {name}={shlex.quote(text)}" for name, text in variables.items())


def database_environment(outputs: Outputs) -> dict[str, str]:
    """How to reach the database: encrypted, and only if its certificate is right for its name.

    Sessions that nobody uses end after ten minutes, so that connections of functions at rest
    neither keep Aurora awake nor fill it up. RDS Proxy takes no such option and has its own limit.
    """
    environment = {
        "TC_DRIVER_PATH": f"postgresql://{outputs.database_host}:5432/{outputs.database_name}",
        "TC_DRIVER_PROVIDER": "postgresql",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": f"/var/task/{CERTIFICATES}",
    }
    if not outputs.has_proxy:
        environment["PGOPTIONS"] = f"-c idle_session_timeout={IDLE_SESSION_SECONDS}s"
    return environment
