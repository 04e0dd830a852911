"""What each function's role may do, and what it is refused: tried with its own credentials.

moto judges by the policies of the stack. It knows the resource of a call to S3 and SQS, and by
`tests.infra.moto_extensions` to Secrets Manager and CloudWatch Logs.
"""

import fnmatch
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.outputs import Outputs
from infra.stages import load_stages
from tests.infra.conftest import REGION, Cloud, deploy

ACCOUNT = "123456789012"
KEY = "categorical/S2/20181010/cloudmask.tif"
STAGES = load_stages()
API, INGEST = STAGES["production"].function, STAGES["production_ingest"].function
NOWHERE = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:somebody-elses"

# S3's way to say it, and that of all others, which moto does not tell apart
REFUSED = r"AccessDenied|is not authorized to perform"

Try = Callable[[Any, Outputs], object]  # a call of a client


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> Outputs:
    """A stack with default parameters, and in it what the calls below ask for."""
    outputs = deploy(cloud, "categorical-base")
    s3, logs = cloud.client("s3"), cloud.client("logs")
    for bucket in (outputs.incoming_bucket, outputs.published_bucket, outputs.deployment_bucket):
        s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
    s3.create_bucket(
        Bucket="somebody-elses", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3.put_object(Bucket="somebody-elses", Key=KEY, Body=b"x")
    for function in (API, INGEST):
        logs.create_log_stream(logGroupName=f"/aws/lambda/{function}", logStreamName="present")
    return outputs


def get(bucket: str) -> Try:
    return lambda s3, names: s3.get_object(Bucket=getattr(names, bucket), Key=KEY)["Body"].read()


def put(bucket: str) -> Try:
    return lambda s3, names: s3.put_object(Bucket=getattr(names, bucket), Key="new", Body=b"x")


def delete(bucket: str, key: str = "new") -> Try:
    return lambda s3, names: s3.delete_object(Bucket=getattr(names, bucket), Key=key)


def listing(bucket: str) -> Try:
    return lambda s3, names: s3.list_objects_v2(Bucket=getattr(names, bucket))


def secret(name: str) -> Try:
    return lambda secrets, names: secrets.get_secret_value(SecretId=getattr(names, name))


def send(queue: str) -> Try:
    return lambda sqs, names: sqs.send_message(QueueUrl=getattr(names, queue), MessageBody="x")


def receive(queue: str) -> Try:
    return lambda sqs, names: sqs.receive_message(QueueUrl=getattr(names, queue))


def stream(function: str) -> Try:
    return lambda logs, _: logs.create_log_stream(
        logGroupName=f"/aws/lambda/{function}", logStreamName=f"of {function}"
    )


def write(function: str) -> Try:
    events = [{"timestamp": 0, "message": "x"}]
    group = f"/aws/lambda/{function}"
    return lambda logs, _: logs.put_log_events(
        logGroupName=group, logStreamName="present", logEvents=events
    )


MAY: list[tuple[str, str, Try]] = [
    ("api", "s3", get("published_bucket")),
    ("api", "s3", listing("published_bucket")),
    ("api", "secretsmanager", secret("reader_secret_arn")),
    ("api", "logs", stream(API)),
    ("api", "logs", write(API)),
    ("ingest", "s3", get("incoming_bucket")),
    ("ingest", "s3", listing("incoming_bucket")),
    ("ingest", "s3", get("published_bucket")),
    ("ingest", "s3", listing("published_bucket")),
    ("ingest", "s3", put("published_bucket")),
    ("ingest", "s3", delete("published_bucket")),
    ("ingest", "secretsmanager", secret("writer_secret_arn")),
    ("ingest", "sqs", send("queue_url")),
    ("ingest", "sqs", receive("queue_url")),  # by Lambda, which polls in the function's role
    ("ingest", "logs", stream(INGEST)),
    ("ingest", "logs", write(INGEST)),
]

MAY_NOT: list[tuple[str, str, Try]] = [
    ("api", "s3", put("published_bucket")),
    ("api", "s3", delete("published_bucket", KEY)),
    ("api", "s3", get("incoming_bucket")),
    ("api", "s3", listing("incoming_bucket")),
    ("api", "s3", put("incoming_bucket")),
    ("api", "secretsmanager", secret("writer_secret_arn")),
    ("api", "sqs", send("queue_url")),
    ("api", "sqs", receive("queue_url")),
    ("api", "logs", write(INGEST)),
    ("ingest", "s3", put("incoming_bucket")),
    ("ingest", "s3", delete("incoming_bucket", KEY)),
    ("ingest", "secretsmanager", secret("reader_secret_arn")),
    ("ingest", "sqs", receive("dead_letter_queue_url")),
    ("ingest", "logs", write(API)),
]

NEITHER_MAY: list[tuple[str, Try]] = [
    ("s3", get("deployment_bucket")),
    ("s3", put("deployment_bucket")),
    ("s3", lambda s3, _: s3.get_object(Bucket="somebody-elses", Key=KEY)),
    ("s3", lambda s3, _: s3.list_buckets()),
    ("s3", lambda s3, names: s3.delete_bucket(Bucket=names.published_bucket)),
    ("s3", lambda s3, names: s3.get_bucket_policy(Bucket=names.published_bucket)),
    ("s3", lambda s3, names: s3.list_object_versions(Bucket=names.published_bucket)),
    ("secretsmanager", secret("admin_secret_arn")),
    ("secretsmanager", lambda secrets, _: secrets.get_secret_value(SecretId=NOWHERE)),
    ("secretsmanager", lambda secrets, _: secrets.list_secrets()),
    (
        "secretsmanager",
        lambda secrets, names: secrets.put_secret_value(
            SecretId=names.writer_secret_arn, SecretString="x"
        ),
    ),
    ("sqs", lambda sqs, names: sqs.purge_queue(QueueUrl=names.queue_url)),
    ("sqs", lambda sqs, names: sqs.delete_queue(QueueUrl=names.queue_url)),
    ("sqs", send("dead_letter_queue_url")),
    ("logs", lambda logs, _: logs.delete_log_group(logGroupName=f"/aws/lambda/{API}")),
    ("lambda", lambda client, _: client.invoke(FunctionName=INGEST, Payload=b"{}")),
    ("iam", lambda iam, _: iam.list_roles()),
    ("iam", lambda iam, _: iam.create_user(UserName="x")),
    ("rds", lambda rds, _: rds.describe_db_clusters()),
    ("ec2", lambda ec2, _: ec2.describe_instances()),
    ("cloudformation", lambda client, _: client.describe_stacks()),
    ("sns", lambda sns, names: sns.publish(TopicArn=names.alarm_topic_arn, Message="x")),
]
BOTH = [(role, *rest) for rest in NEITHER_MAY for role in ("api", "ingest")]


def client(cloud: Cloud, outputs: Outputs, role: str, service: str) -> Any:
    """A client with the credentials that the function of this role has."""
    return cloud.client(service, **cloud.role(getattr(outputs, f"{role}_role_arn")))


def name_of(value: Any) -> str:
    """How a test's name shows a parameter."""
    return str(getattr(value, "__qualname__", value)).partition(".")[0]


@pytest.mark.parametrize(("role", "service", "call"), MAY, ids=name_of)
def test_the_role_may(cloud: Cloud, outputs: Outputs, role: str, service: str, call: Try) -> None:
    with_role = client(cloud, outputs, role, service)
    with cloud.permissions_enforced():
        assert call(with_role, outputs)


@pytest.mark.parametrize(("role", "service", "call"), MAY_NOT + BOTH, ids=name_of)
def test_the_role_may_not(
    cloud: Cloud, outputs: Outputs, role: str, service: str, call: Try
) -> None:
    with_role = client(cloud, outputs, role, service)
    with cloud.permissions_enforced(), pytest.raises(ClientError, match=REFUSED):
        call(with_role, outputs)


# ---- what moto cannot judge ----


def test_no_role_reaches_beyond_the_installation(cloud: Cloud, outputs: Outputs) -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:terracotta-categorical-production"
    for role in (outputs.api_role_arn, outputs.ingest_role_arn):
        statements = list(statements_of(cloud, role))
        for action, resource in (
            ("s3:GetObject", "arn:aws:s3:::somebody-elses/x"),
            ("s3:ListAllMyBuckets", "*"),
            ("iam:PassRole", role),
            ("lambda:InvokeFunction", f"{function}-ingest"),
            ("lambda:GetFunction", function),
            ("lambda:UpdateFunctionCode", function),
            ("logs:DeleteLogGroup", "*"),
            ("rds:DescribeDBClusters", "*"),
            ("ec2:RunInstances", "*"),
        ):
            assert not allows(statements, action, resource)


def test_only_the_gateway_calls_and_only_the_tile_api(cloud: Cloud, outputs: Outputs) -> None:
    """It does so in the function's role, whose code is denied it (the test below)."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:terracotta-categorical-production"
    for role, callable_ in ((outputs.api_role_arn, True), (outputs.ingest_role_arn, False)):
        statements = list(statements_of(cloud, role))
        assert allows(statements, "lambda:InvokeFunction", function) is callable_


def test_the_functions_code_may_not_do_what_lambda_and_the_gateway_do_in_its_role(
    cloud: Cloud, outputs: Outputs
) -> None:
    for role, actions in (
        (outputs.api_role_arn, ["ec2:*", "lambda:*"]),
        (outputs.ingest_role_arn, "ec2:*"),
    ):
        statements = list(statements_of(cloud, role))
        assert allows(statements, "ec2:CreateNetworkInterface", "*")
        (denied,) = [each for each in statements if each["Effect"] == "Deny"]
        assert denied["Action"] == actions
        assert denied["Condition"]["ArnLike"]["lambda:SourceFunctionArn"].endswith(
            ":function:terracotta-categorical-production*"
        )


def statements_of(cloud: Cloud, role_arn: str) -> Iterable[dict[str, Any]]:
    """All statements of a role's policies."""
    iam, role = cloud.client("iam"), role_arn.rsplit("/", 1)[-1]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        document = document if isinstance(document, dict) else json.loads(document)
        yield from document["Statement"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        policy = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield from policy["PolicyVersion"]["Document"]["Statement"]


def allows(statements: Iterable[dict[str, Any]], action: str, resource: str) -> bool:
    """Whether one statement allows it; those with conditions are left out, as denials are here."""
    return any(
        each["Effect"] == "Allow"
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in listed(each["Action"]))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in listed(each["Resource"]))
        for each in statements
    )


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
