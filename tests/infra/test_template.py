import ipaddress
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import cfn_flip
import pytest

from infra.outputs import Outputs, read_outputs
from infra.stack import TEMPLATE, Stack
from infra.stages import ROOT, load_stages
from ingest.metrics import emit
from ingest.reports import Fault, Report
from tests.infra.conftest import Cloud, deploy

ACCOUNT = "123456789012"
PAGE = (ROOT / "docs" / "deploy.md").read_text()
REGISTERED = "reports/categorical/S2/20181010/cloudmask.tif.json"


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> Outputs:
    """A stack with default parameters."""
    return deploy(cloud, "categorical-base")


def test_both_databases_and_the_proxy_give_the_same_outputs(cloud: Cloud, stack_name: str) -> None:
    rds = deploy(cloud, f"{stack_name}-rds", Stage=stage(), Database="rds")
    assert ".rds.amazonaws.com" in rds.database_host
    assert rds.database_size == "db.t4g.micro"
    proxied = deploy(cloud, stack_name, Stage=stage(), Proxy="true", MinCapacity="0.5")
    assert proxied.has_proxy
    assert proxied.database_size == "8"


def test_a_proxy_waits_for_a_database_to_reach() -> None:
    """RDS refuses to put one in front of a cluster that has no instance yet."""
    target = template()["Resources"]["AuroraProxyTarget"]
    assert "AuroraInstance" in target["DependsOn"]


def test_a_restored_database_is_encrypted_as_its_snapshot() -> None:
    """RDS refuses to be told so again."""
    for name in ("AuroraCluster", "RdsInstance"):
        encrypted = template()["Resources"][name]["Properties"]["StorageEncrypted"]
        assert encrypted == {"Fn::If": ["FromSnapshot", {"Ref": "AWS::NoValue"}, True]}


def test_an_instance_has_room_to_grow() -> None:
    largest = template()["Parameters"]["InstanceStorage"]["MaxValue"]
    limit = template()["Resources"]["RdsInstance"]["Properties"]["MaxAllocatedStorage"]
    assert limit >= 1.1 * largest  # or RDS refuses it


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        ("Project", ["ab", "terracotta-categorical"], ["a", "a-", "a--b", "Maps"]),
        (
            "CertificateArn",
            ["", "arn:aws:acm:us-east-1:123456789012:certificate/0a1b"],
            ["arn:aws:acm:eu-central-1:123456789012:certificate/0a1b", "0a1b"],
        ),
    ],
)
def test_what_would_fail_later_is_refused_at_once(
    parameter: str, accepted: list[str], refused: list[str]
) -> None:
    pattern = template()["Parameters"][parameter]["AllowedPattern"]
    assert all(re.fullmatch(pattern, value) for value in accepted)
    assert not any(re.fullmatch(pattern, value) for value in refused)


def test_aurora_pauses_only_where_its_least_capacity_is_none(cloud: Cloud, stack_name: str) -> None:
    scaling = {}
    for capacity in ("0", "0.5"):
        name = f"{stack_name}-{capacity.replace('.', '-')}"
        made = deploy(cloud, name, Stage=stage(), MinCapacity=capacity, SecondsUntilAutoPause="600")
        clusters = cloud.client("rds").describe_db_clusters()["DBClusters"]
        (cluster,) = [each for each in clusters if each["Endpoint"] == made.database_host]
        scaling[capacity] = cluster["ServerlessV2ScalingConfiguration"]
    assert scaling["0"] == {"MinCapacity": 0, "MaxCapacity": 8, "SecondsUntilAutoPause": 600}
    assert scaling["0.5"] == {"MinCapacity": 0.5, "MaxCapacity": 8}


def test_everything_is_tagged_with_the_installation(cloud: Cloud, stack_name: str) -> None:
    name = stage()
    deploy(cloud, stack_name, Project="maps", Stage=name)
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    tags = {each["Key"]: each["Value"] for each in stack["Tags"]}
    assert tags == {"Project": "maps", "Stage": name}


# ---- CloudFront ----


def test_cloudfront_is_there_when_asked_for(cloud: Cloud, stack_name: str) -> None:
    stack = Stack(cloud.client("cloudformation"), stack_name)
    name = stage()
    assert deploy(cloud, stack_name, Stage=name).cloud_front_url is None
    stack.execute(stack.plan({"ApiId": "abc123"}))
    own = read_outputs(cloud.client("cloudformation"), stack_name)
    assert own.cloud_front_url == f"https://{own.cloud_front_name}/{name}"
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/x"
    domain = {"Domain": "tiles.example.com", "CertificateArn": certificate}
    stack.execute(stack.plan(domain))
    named = read_outputs(cloud.client("cloudformation"), stack_name)
    assert named.cloud_front_url == f"https://tiles.example.com/{name}"
    assert named.cloud_front_name == own.cloud_front_name


def test_cloudfront_keeps_what_makes_a_tile_another_tile() -> None:
    resources = template()["Resources"]
    policy = resources["CachePolicy"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    # 0, 0 and a year: Cache-Control alone says how long, and ETags are asked about after that
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    assert policy["MaxTTL"] >= 365 * 24 * 3600
    behavior = resources["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert behavior["CachePolicyId"] == {"Ref": "CachePolicy"}
    assert {"GET", "HEAD", "OPTIONS", "POST"} <= set(behavior["AllowedMethods"])  # areas are posted
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"


def template() -> Any:
    return cfn_flip.load(TEMPLATE.read_text())[0]


def stage() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


# ---- uploads ----


@pytest.mark.parametrize("name", ["incoming_bucket", "published_bucket", "deployment_bucket"])
def test_buckets_are_private_versioned_and_encrypted(
    cloud: Cloud, outputs: Outputs, name: str
) -> None:
    s3, bucket = cloud.client("s3"), getattr(outputs, name)
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=bucket)


def test_no_bucket_answers_without_tls() -> None:
    resources = template()["Resources"]
    buckets = {name for name, each in resources.items() if each["Type"] == "AWS::S3::Bucket"}
    denied = set()
    for each in resources.values():
        if each["Type"] == "AWS::S3::BucketPolicy":
            (statement,) = each["Properties"]["PolicyDocument"]["Statement"]
            assert statement["Effect"] == "Deny"
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            denied.add(each["Properties"]["Bucket"]["Ref"])
    assert denied == buckets


def test_what_holds_data_outlives_the_stack() -> None:
    resources = template()["Resources"]
    policies = {
        (each["Type"], each.get("DeletionPolicy"), each.get("UpdateReplacePolicy"))
        for name, each in resources.items()
        if each["Type"] in ("AWS::S3::Bucket", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance")
        and name != "AuroraInstance"  # its data is the cluster's
    }
    assert policies == {
        ("AWS::S3::Bucket", "RetainExceptOnCreate", "Retain"),
        ("AWS::RDS::DBCluster", "Snapshot", "Snapshot"),
        ("AWS::RDS::DBInstance", "Snapshot", "Snapshot"),
    }


def test_an_upload_and_its_removal_reach_the_queue(cloud: Cloud, outputs: Outputs) -> None:
    notifications = cloud.client("s3").get_bucket_notification_configuration(
        Bucket=outputs.incoming_bucket
    )
    told = {event for each in notifications["QueueConfigurations"] for event in each["Events"]}
    assert told == {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"}
    key = "categorical/S2/20181010/cloudmask.tif"
    cloud.client("s3").put_object(Bucket=outputs.incoming_bucket, Key=key, Body=b"x")
    received = cloud.client("sqs").receive_message(
        QueueUrl=outputs.queue_url, MaxNumberOfMessages=10
    )
    assert any("cloudmask.tif" in each["Body"] for each in received["Messages"])


def test_only_the_incoming_bucket_may_send_to_the_queue(cloud: Cloud, outputs: Outputs) -> None:
    policy = json.loads(attributes(cloud, outputs.queue_url)["Policy"])
    (allowed,) = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert allowed["Condition"]["ArnEquals"] == {
        "aws:SourceArn": f"arn:aws:s3:::{outputs.incoming_bucket}"
    }
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_the_queue_waits_for_six_timeouts_and_forgets_nothing(
    cloud: Cloud, outputs: Outputs
) -> None:
    timeout = load_stages()["production_ingest"].settings["timeout_seconds"]
    queue = attributes(cloud, outputs.queue_url)
    visibility, retention = int(queue["VisibilityTimeout"]), int(queue["MessageRetentionPeriod"])
    redrive = json.loads(queue["RedrivePolicy"])
    assert visibility >= 6 * timeout
    assert retention > redrive["maxReceiveCount"] * visibility
    dead = attributes(cloud, outputs.dead_letter_queue_url)
    assert redrive["deadLetterTargetArn"] == dead["QueueArn"]
    assert int(dead["MessageRetentionPeriod"]) > retention


def attributes(cloud: Cloud, queue_url: str) -> dict[str, str]:
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    return dict(answer["Attributes"])


# ---- network ----


def test_the_subnets_have_no_way_out_but_the_endpoints(cloud: Cloud, outputs: Outputs) -> None:
    ec2 = cloud.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=outputs.subnet_ids.split(","))["Subnets"]
    assert len({each["AvailabilityZone"] for each in subnets}) == 2
    assert all(not each["MapPublicIpOnLaunch"] for each in subnets)
    vpc = [{"Name": "vpc-id", "Values": [subnets[0]["VpcId"]]}]
    (cidr,) = [each["CidrBlock"] for each in ec2.describe_vpcs(Filters=vpc)["Vpcs"]]
    assert all(inside(each["CidrBlock"], cidr) for each in subnets)
    tables = ec2.describe_route_tables(Filters=vpc)["RouteTables"]
    targets = {route.get("GatewayId", "") for table in tables for route in table["Routes"]}
    assert not [each for each in targets if each.startswith(("igw-", "nat-"))]
    assert not ec2.describe_nat_gateways(Filters=vpc)["NatGateways"]
    endpoints = ec2.describe_vpc_endpoints(Filters=vpc)["VpcEndpoints"]
    assert {each["ServiceName"].rsplit(".", 1)[-1] for each in endpoints} == {
        "s3",
        "secretsmanager",
        "sqs",
    }


def inside(subnet: str, block: str) -> bool:
    return ipaddress.ip_network(subnet).subnet_of(ipaddress.ip_network(block))  # type: ignore


def test_only_the_functions_reach_the_database(cloud: Cloud, outputs: Outputs) -> None:
    ec2 = cloud.client("ec2")
    groups = ec2.describe_security_groups()["SecurityGroups"]
    (database,) = [
        each
        for each in groups
        if each["Description"] == "Database and its proxy"
        and "categorical-base" in each["GroupName"]
    ]
    (rule,) = database["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    assert [each["GroupId"] for each in rule["UserIdGroupPairs"]] == [outputs.security_group_id]
    assert not rule["IpRanges"]


# ---- watching ----


def test_each_alarm_reaches_the_topic_when_it_rises_and_when_it_ends(
    cloud: Cloud, outputs: Outputs
) -> None:
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ours = [each for each in alarms if "categorical-base" in each["AlarmName"]]
    watched = [metric for each in ours for metric in metrics_of(each)]
    assert {(each["Namespace"], each["MetricName"]) for each in watched} == {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/ApiGateway", "5XXError"),
        ("AWS/ApiGateway", "Latency"),
        ("TerracottaCategorical", "Rejected"),
    }
    for each in ours:
        assert each["AlarmActions"] == each["OKActions"] == [outputs.alarm_topic_arn]


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The one metric of an alarm, or those that it computes with."""
    if "MetricName" in alarm:
        return [alarm]
    return [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]


def test_rejections_are_watched_as_the_ingestion_function_counts_them(
    cloud: Cloud,
    outputs: Outputs,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ingest = load_stages()["production_ingest"]
    variables = ingest.settings["aws_environment_variables"]
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", ingest.function)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    fault = Fault(code="no_classes", message="", remedy="")
    at = datetime.now(UTC)
    emit(Report(status="rejected", bucket="b", key="k", reported_at=at, error=fault), 1)
    document = json.loads(capsys.readouterr().out)
    (emitted,) = document["_aws"]["CloudWatchMetrics"]
    sets = [{name: document[name] for name in names} for names in emitted["Dimensions"]]
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (alarm,) = [each for each in alarms if "categorical-base-Rejections" in each["AlarmName"]]
    for metric in metrics_of(alarm):
        assert metric["Namespace"] == emitted["Namespace"]
        assert {each["Name"]: each["Value"] for each in metric["Dimensions"]} in sets


def test_the_slowest_of_twenty_requests_may_take_what_the_parameter_says(
    cloud: Cloud, stack_name: str
) -> None:
    name = stage()
    deploy(cloud, stack_name, Stage=name, LatencyAlarm="1500")
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (latency,) = [
        each
        for each in alarms
        if each.get("MetricName") == "Latency" and stack_name in each["AlarmName"]
    ]
    assert (latency["ExtendedStatistic"], latency["Threshold"]) == ("p95", 1500)
    assert {"Name": "Stage", "Value": name} in latency["Dimensions"]


def test_alarms_are_mailed_to_whom_the_parameter_names(cloud: Cloud, stack_name: str) -> None:
    sns = cloud.client("sns")
    topics = [
        deploy(cloud, f"{stack_name}-{count}", Stage=stage(), **parameters).alarm_topic_arn
        for count, parameters in enumerate([{}, {"AlarmEmail": "maps@example.com"}])
    ]
    nobody, somebody = (
        sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] for topic in topics
    )
    assert nobody == []
    assert [(each["Protocol"], each["Endpoint"]) for each in somebody] == [
        ("email", "maps@example.com")
    ]


def test_a_budget_warns_before_it_is_spent() -> None:
    budget = template()["Resources"]["Budget"]
    assert budget["Condition"] == "WithBudget"
    (assertion,) = template()["Rules"]["BudgetIsHeardOf"]["Assertions"]
    assert assertion["AssertDescription"] == "MonthlyBudget needs an AlarmEmail."
    notifications = budget["Properties"]["NotificationsWithSubscribers"]
    assert [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in notifications
    ] == [("ACTUAL", 80), ("FORECASTED", 100)]


def test_alarms_and_logs_name_the_functions_that_zappa_deploys(
    cloud: Cloud, outputs: Outputs
) -> None:
    stages = load_stages()
    functions = {stages["production"].function, stages["production_ingest"].function}
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {
        dimension["Value"]
        for each in alarms
        if "categorical-base" in each["AlarmName"]
        for dimension in each["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }
    assert watched == functions
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/terracotta")
    retained = {each["logGroupName"]: each["retentionInDays"] for each in groups["logGroups"]}
    for function in functions:
        assert retained[f"/aws/lambda/{function}"] == 30


def test_the_dashboard_can_be_drawn(cloud: Cloud, outputs: Outputs) -> None:
    name = outputs.dashboard_url.rpartition("=")[2]
    body = cloud.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    titles = [each["properties"]["title"] for each in json.loads(body)["widgets"]]
    assert titles[0] == "Requests"
    assert "${" not in body
    database = json.loads(body)["widgets"][-1]["properties"]["metrics"]
    assert database[0] == [
        "AWS/RDS",
        "DatabaseConnections",
        "DBClusterIdentifier",
        outputs.database_id,
    ]


def test_what_is_named_for_the_whole_account_names_its_region() -> None:
    resources = template()["Resources"]
    policy = resources["CachePolicy"]["Properties"]["CachePolicyConfig"]["Name"]
    dashboard = resources["Dashboard"]["Properties"]["DashboardName"]
    for name in (policy, dashboard):  # neither CloudFront nor dashboards know regions
        assert "${AWS::Region}" in name["Fn::Sub"]


def test_the_page_says_what_to_do_about_each_alarm() -> None:
    resources = template()["Resources"]
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    section = PAGE.partition("## When something fails")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \|", section, re.M)
    assert {name for row in rows for name in row.split(", ")} == alarms
    described = resources["DeadLetters"]["Properties"]["AlarmDescription"]
    assert "docs/deploy.md, When something fails" in described
