import uuid
from typing import Any

import pytest

from infra.errors import NotAllowed, OutputMissing, StackMissing
from infra.outputs import read_outputs
from infra.stack import TEMPLATE, Change, Stack, changes_of, first_failure
from tests.infra.conftest import Cloud


@pytest.fixture
def stage() -> dict[str, str]:
    """Parameters that keep this test's names apart from those of other tests."""
    return {"Stage": f"t{uuid.uuid4().hex[:8]}"}


@pytest.fixture
def stack(cloud: Cloud, stack_name: str) -> Stack:
    return Stack(cloud.client("cloudformation"), stack_name)


def test_a_stack_is_created_as_planned(stack: Stack, cloud: Cloud, stage: dict[str, str]) -> None:
    planned = stack.plan(stage)
    assert planned.is_new
    assert {"IncomingBucket", "Queue", "AuroraCluster"} <= {
        each.resource for each in planned.changes
    }
    stack.execute(planned)
    outputs = read_outputs(cloud.client("cloudformation"), stack.name)
    assert outputs.incoming_bucket.startswith(f"terracotta-categorical-{stage['Stage']}-in-")
    assert not outputs.has_proxy
    assert outputs.cloud_front_url is None


def test_an_update_keeps_the_parameters_that_are_not_given(
    stack: Stack, cloud: Cloud, stage: dict[str, str]
) -> None:
    stack.execute(stack.plan({**stage, "ApiConcurrency": "50"}))
    stack.execute(stack.plan({"IngestConcurrency": "20"}))
    outputs = read_outputs(cloud.client("cloudformation"), stack.name)
    assert (outputs.stage, outputs.api_concurrency, outputs.ingest_concurrency) == (
        stage["Stage"],
        "50",
        "20",
    )


def test_a_discarded_plan_leaves_nothing(stack: Stack, cloud: Cloud, stage: dict[str, str]) -> None:
    stack.discard(stack.plan(stage))
    with pytest.raises(StackMissing, match="python -m infra stack"):
        read_outputs(cloud.client("cloudformation"), stack.name)


def test_a_plan_that_cloudformation_finds_empty_is_no_failure() -> None:
    class CloudFormation:
        """Answers as the service does where template and parameters are those of the stack."""

        def describe_stacks(self, **_: Any) -> dict[str, Any]:
            return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Parameters": []}]}

        def get_template_summary(self, **_: Any) -> dict[str, Any]:
            return {"Parameters": []}

        def create_change_set(self, **_: Any) -> None: ...

        def describe_change_set(self, **_: Any) -> dict[str, Any]:
            reason = "The submitted information didn't contain changes."
            return {"Status": "FAILED", "StatusReason": reason}

    planned = Stack(CloudFormation(), "any").plan({})
    assert planned.is_empty
    assert planned.changes == ()


def test_the_first_failure_is_the_reason() -> None:
    events = [
        {"LogicalResourceId": "Stack", "ResourceStatus": "ROLLBACK_COMPLETE"},
        {
            "LogicalResourceId": "Queue",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "Resource creation cancelled",
        },
        {
            "LogicalResourceId": "Vpc",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "The maximum number of VPCs has been reached",
        },
        {"LogicalResourceId": "Vpc", "ResourceStatus": "CREATE_IN_PROGRESS"},
    ]
    assert first_failure(events) == "Vpc: The maximum number of VPCs has been reached"


def test_outputs_of_an_older_template_are_named(cloud: Cloud, stack_name: str) -> None:
    cloudformation = cloud.client("cloudformation")
    template = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {}}'
    cloudformation.create_stack(StackName=stack_name, TemplateBody=template)
    with pytest.raises(OutputMissing, match=r"IncomingBucket.*infra stack"):
        read_outputs(cloudformation, stack_name)


def test_credentials_without_the_right_are_told_which(cloud: Cloud, stack_name: str) -> None:
    powerless = cloud.client("cloudformation", **cloud.user(stack_name))
    with cloud.permissions_enforced(), pytest.raises(NotAllowed, match="DescribeStacks"):
        read_outputs(powerless, stack_name)


def test_a_replaced_database_loses_data() -> None:
    def change(kind: str, action: str = "Modify", replacement: str = "False") -> Change:
        answer = {
            "Action": action,
            "LogicalResourceId": "X",
            "ResourceType": kind,
            "Replacement": replacement,
        }
        return changes_of([{"ResourceChange": answer}])[0]

    assert change("AWS::RDS::DBCluster", replacement="True").loses_data
    assert change("AWS::S3::Bucket", action="Remove").loses_data
    assert not change("AWS::RDS::DBCluster").loses_data
    assert not change("AWS::IAM::Role", replacement="True").loses_data


def test_the_template_fits_into_a_request() -> None:
    assert len(TEMPLATE.read_bytes()) <= 51_200
