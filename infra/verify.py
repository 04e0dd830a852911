"""`python -m infra verify`: whether what was deployed is what was meant, and works."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infra.account import Account
from infra.deployed import find_function
from infra.environment import function_environment
from infra.errors import CheckFailed
from infra.findings import Doubt, Finding, find
from infra.mapping import REPORT
from infra.mapping import Mapping as QueueMapping
from infra.outputs import Outputs, explained, read_outputs
from infra.stages import Stage
from ingest.settings import IngestSettings

EVENTS = {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"}


@dataclass(frozen=True)
class Verification:
    """The checks of one deployed installation: `stages` are the tile API's and ingestion's."""

    account: Account
    stages: tuple[Stage, Stage]
    api: str | None = None  # the tile API's address, if not CloudFront's, its domain's or Zappa's

    def findings(self, probe: bool = True) -> list[Finding]:
        """All of them, each made whatever the others say; with `probe`, a raster's way too."""
        found = [
            find("tile API", lambda: self.function(self.stages[0])),
            find("ingestion", lambda: self.function(self.stages[1])),
            find("mapping", self.mapping),
            find("notification", self.notification),
            find("alarms", self.alarms),
        ]
        return [*found, find("raster", self.raster)] if probe else found

    def _client(self, service: str) -> Any:
        return self.account.client(service)

    @cached_property
    def _outputs(self) -> Outputs:
        return read_outputs(self._client("cloudformation"), self.stages[0].stack)

    def function(self, stage: Stage) -> str:
        """What settings and stack promise of a function, compared with Lambda."""
        client = self._client("lambda")
        found = find_function(client, stage.function)
        if found is None:
            raise CheckFailed(f"there is no function {stage.function}: `zappa deploy {stage.name}`")
        with explained(f"look at {stage.function}", "lambda:GetFunctionConcurrency"):
            found |= client.get_function_concurrency(FunctionName=stage.function)
        wanted = promised(stage, self._outputs)
        if different := [name for name, value in wanted.items() if actual(found, name) != value]:
            raise CheckFailed(
                f"{stage.function} differs in {', '.join(different)} from zappa_settings.json and "
                f"the stack: `zappa update {stage.name}`"
            )
        if found.get("State", "Active") != "Active":
            raise CheckFailed(f"{stage.function} is {found['State']}: {found.get('StateReason')}")
        return f"{stage.function}, {found['Runtime']}, {found['MemorySize']} MB, as promised"

    def mapping(self) -> str:
        found = QueueMapping.find(
            self._client("lambda"), self.stages[1].function, self._outputs.queue_arn
        )
        repair = f"`zappa update {self.stages[1].name}`"
        if not found.reports_failures:
            raise CheckFailed(f"no {REPORT}, so failed uploads count as done: {repair}")
        if not found.is_enabled:
            raise CheckFailed(f"the mapping is {found.state}, so uploads wait: {repair}")
        if found.concurrency != int(self._outputs.ingest_concurrency):
            raise CheckFailed(
                f"{found.concurrency} batches at a time, where the stack's IngestConcurrency is "
                f"{self._outputs.ingest_concurrency}: {repair}"
            )
        return f"{REPORT}, {found.batch} a batch, {found.concurrency} batches at a time"

    def notification(self) -> str:
        s3, bucket = self._client("s3"), self._outputs.incoming_bucket
        with explained(f"see the notifications of {bucket}", "s3:GetBucketNotification"):
            found = s3.get_bucket_notification_configuration(Bucket=bucket)
        told = {
            event
            for each in found.get("QueueConfigurations", [])
            if each["QueueArn"] == self._outputs.queue_arn
            for event in each["Events"]
        }
        if missing := EVENTS - told:
            raise CheckFailed(
                f"{bucket} does not tell the queue of {', '.join(sorted(missing))}: "
                "`python -m infra stack`"
            )
        return f"{bucket} tells the queue what is created and removed"

    def alarms(self) -> str:
        sns, topic = self._client("sns"), self._outputs.alarm_topic_arn
        with explained("see who hears alarms", "sns:ListSubscriptionsByTopic"):
            found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
        if not confirmed:
            raise Doubt(
                "nobody hears them: `python -m infra stack --set AlarmEmail=...`, then confirm the "
                "mail that comes"
            )
        return f"{len(confirmed)} subscribed"

    def raster(self) -> str:
        from infra.probe import Probe  # GDAL and more, which no other check needs

        environment = self._ingest_environment()
        return Probe(
            s3=self._client("s3"),
            incoming=self._outputs.incoming_bucket,
            published=self._outputs.published_bucket,
            api=self.api or self._api(),
            pattern=setting(environment, "key_pattern"),
            type_key=setting(environment, "type_key"),
            categorical_type=setting(environment, "categorical_type"),
        ).run()

    def _ingest_environment(self) -> Mapping[str, str]:
        return dict(self.stages[1].settings.get("aws_environment_variables", {}))

    def _api(self) -> str:
        stage = self.stages[0]
        return self._outputs.cloud_front_url or domain_url(stage) or api_url(self.account, stage)


def promised(stage: Stage, outputs: Outputs) -> dict[str, Any]:
    """What Lambda is to say of a function, by Lambda's own names."""
    reserved = 0 if stage.is_ingestion else int(outputs.api_concurrency)
    role = outputs.ingest_role_arn if stage.is_ingestion else outputs.api_role_arn
    settings = stage.settings
    return {
        "Handler": settings["lambda_handler"],
        "Runtime": stage.runtime,
        "Architectures": [stage.architecture],
        "MemorySize": settings["memory_size"],
        "Timeout": settings["timeout_seconds"],
        "EphemeralStorage": settings.get("ephemeral_storage", {"Size": 512}),
        "ReservedConcurrentExecutions": reserved or None,
        "Role": role,
        "VpcConfig": (sorted(outputs.subnet_ids.split(",")), [outputs.security_group_id]),
        "Environment": function_environment(stage, outputs),
    }


def actual(found: Mapping[str, Any], name: str) -> Any:
    """The same from what Lambda says."""
    value = found.get(name)
    if name == "Environment":
        return (value or {}).get("Variables", {})
    if name == "VpcConfig":
        return sorted((value or {}).get("SubnetIds", ())), (value or {}).get("SecurityGroupIds")
    return value


def setting(environment: Mapping[str, str], name: str) -> str:
    """A setting of ingestion: as deployed, or its default."""
    default = IngestSettings.model_fields[name].default
    return environment.get(f"INGEST_{name.upper()}", str(default))


def api_id(account: Account, stage: Stage) -> str:
    """The API that Zappa made for a stage. Raises CheckFailed where there is none."""
    client = account.client("cloudformation")
    with explained(f"look at the API of {stage.name}", "cloudformation:DescribeStackResource"):
        try:
            resource = client.describe_stack_resource(
                StackName=stage.function, LogicalResourceId="Api"
            )
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise CheckFailed(
                f"there is no API for {stage.name}: `zappa deploy {stage.name}`"
            ) from error
    return str(resource["StackResourceDetail"]["PhysicalResourceId"])


def domain_url(stage: Stage) -> str | None:
    """The address that `zappa certify` gave the API, if the settings have a domain of its own."""
    domain, base_path = (stage.settings.get(name) for name in ("domain", "base_path"))
    return "/".join(["https:/", domain, *filter(None, [base_path])]) if domain else None


def api_url(account: Account, stage: Stage) -> str:
    """Its address, with the stage and without a slash at the end."""
    host = f"{api_id(account, stage)}.execute-api.{account.region}.amazonaws.com"
    return f"https://{host}/{stage.name}"
