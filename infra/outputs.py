"""What the stack says about itself: the identifiers that nobody types."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from infra.errors import AwsUnavailable, NotAllowed, OutputMissing, StackMissing

# States in which a stack has all that its outputs name; a failed update was undone.
WORKING = frozenset(
    (
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    )
)
DENIED = frozenset(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"))


@dataclass(frozen=True)
class Outputs:
    """The outputs of infra/template.yaml; ARNs, names and URLs as AWS writes them."""

    project: str
    stage: str
    incoming_bucket: str
    published_bucket: str
    deployment_bucket: str
    queue_url: str
    queue_arn: str
    dead_letter_queue_url: str
    dead_letter_queue_arn: str
    subnet_ids: str
    security_group_id: str
    api_role_arn: str
    ingest_role_arn: str
    api_concurrency: str
    ingest_concurrency: str
    database_host: str
    database_admin_host: str
    database_name: str
    database_id: str
    database_size: str
    admin_secret_arn: str
    reader_secret_arn: str
    writer_secret_arn: str
    alarm_topic_arn: str
    dashboard_url: str
    cloud_front_url: str | None = None
    cloud_front_name: str | None = None

    @property
    def has_proxy(self) -> bool:
        return self.database_host != self.database_admin_host


def read_outputs(cloudformation: Any, stack: str) -> Outputs:
    """The outputs of a stack.

    Raises StackMissing, OutputMissing, NotAllowed or AwsUnavailable, each with a sentence for the
    operator.
    """
    description = describe(cloudformation, stack)
    if description["StackStatus"] not in WORKING:
        raise StackMissing(
            f"the stack {stack} is in state {description['StackStatus']}: wait for it, or look at "
            "its events in the CloudFormation console"
        )
    found = {each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", [])}
    values: dict[str, Any] = {
        each.name: found.get(output_key(each.name)) for each in fields(Outputs)
    }
    missing = [output_key(name) for name, value in values.items() if value is None]
    if required := [name for name in missing if not name.startswith("CloudFront")]:
        raise OutputMissing(
            f"the stack {stack} has no output {', '.join(required)}: it was made from an older "
            "template, so update it with `python -m infra stack`"
        )
    return Outputs(**values)


def output_key(name: str) -> str:
    """`queue_url` as the template has it: `QueueUrl`."""
    return "".join(part.capitalize() for part in name.split("_"))


def describe(cloudformation: Any, stack: str) -> Any:
    """CloudFormation's description of a stack. Raises as read_outputs."""
    with explained(f"look at the stack {stack}", "cloudformation:DescribeStacks"):
        try:
            return cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                region = cloudformation.meta.region_name
                raise StackMissing(
                    f"there is no stack {stack} in {region}: `python -m infra stack` creates it, "
                    "with the installation's name behind it unless that is production"
                ) from error
            raise


@contextmanager
def explained(what: str, action: str) -> Iterator[None]:
    """Turns botocore's errors into sentences: NotAllowed and AwsUnavailable."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            raise NotAllowed(
                f"these credentials may not {what}: they need the right {action}"
            ) from error
        raise AwsUnavailable(f"AWS would not {what}: {error}") from error
    except NoCredentialsError as error:
        raise AwsUnavailable(f"cannot {what} without credentials: set AWS_PROFILE") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise AwsUnavailable(f"cannot {what}: {error}") from error
