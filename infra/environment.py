"""What the two functions learn about the stack: their environment variables in Lambda."""

import shlex
from collections.abc import Mapping
from typing import Any

from infra.deployed import get_function
from infra.functions import SECRET_ARN
from infra.outputs import Outputs, explained
from infra.stages import Stage

CERTIFICATES = "rds-ca.pem"  # in the package's root, which is /var/task
IDLE_SESSION_SECONDS = 600


def function_environment(stage: Stage, outputs: Outputs) -> dict[str, str]:
    """The whole environment of a stage's function: zappa_settings.json has the last word."""
    ours = ingest_environment if stage.is_ingestion else api_environment
    return {**ours(outputs), **stage.settings.get("aws_environment_variables", {})}


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


def set_environment(client: Any, function: str, wanted: Mapping[str, str]) -> None:
    """Let a function have these variables and no others. Raises NotAllowed or AwsUnavailable.

    `zappa update` keeps what the function has and the settings have not: the address of a
    CloudFront that is gone, or an option that RDS Proxy refuses.
    """
    with explained(f"set the environment of {function}", "lambda:UpdateFunctionConfiguration"):
        found = get_function(client, function)
        if found.get("Environment", {}).get("Variables", {}) == wanted:
            return
        updated = client.get_waiter("function_updated")
        updated.wait(FunctionName=function)  # Lambda refuses changes to what it is changing
        client.update_function_configuration(
            FunctionName=function, Environment={"Variables": dict(wanted)}
        )
        updated.wait(FunctionName=function)


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
