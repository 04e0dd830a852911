import uuid
from typing import Any

import pytest

from infra.change_sets import Change, changes_of
from infra.errors import (
    NotAllowed,
    OutputMissing,
    StackFailed,
    StackMissing,
    UnknownParameter,
)
from infra.outputs import Outputs, output_key, read_outputs
from infra.stack import TEMPLATE, Stack
from infra.stack_events import first_failure
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


def event(resource: str, status: str, reason: str = "") -> dict[str, str]:
    kind = "AWS::CloudFormation::Stack" if resource == "Stack" else "AWS::EC2::VPC"
    told = {"ResourceStatusReason": reason} if reason else {}
    return {
        "LogicalResourceId": resource,
        "ResourceType": kind,
        "ResourceStatus": status,
        **told,
    }


FAILED = [
    event("Stack", "UPDATE_ROLLBACK_COMPLETE"),
    event("Stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
    event("Queue", "UPDATE_FAILED", "Resource update cancelled"),
    event("Vpc", "UPDATE_FAILED", "The maximum number of VPCs has been reached"),
    event("Vpc", "UPDATE_IN_PROGRESS"),
    event("Stack", "UPDATE_IN_PROGRESS", "User Initiated"),
]


def test_the_first_failure_is_the_reason() -> None:
    assert first_failure(FAILED) == "Vpc: The maximum number of VPCs has been reached"


def test_failures_of_older_operations_are_not_the_reason() -> None:
    older = [event("Dashboard", "CREATE_FAILED", "long mended")]
    assert first_failure(FAILED + older) == first_failure(FAILED)


class CloudFormation:
    """Answers as the service does for a stack in this state, a few events a page."""

    def __init__(self, state: str, outputs: dict[str, str] | None = None) -> None:
        self.state, self.outputs = state, outputs or {}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"StackStatus": self.state, "Outputs": outputs}]}

    def get_paginator(self, operation: str) -> "CloudFormation":
        assert operation == "describe_stack_events"
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"StackEvents": FAILED[:3]}, {"StackEvents": FAILED[3:]}]


def test_a_stack_that_can_only_go_says_why_and_what_to_do() -> None:
    with pytest.raises(StackFailed, match=r"maximum number of VPCs.*infra remove"):
        Stack(CloudFormation("ROLLBACK_COMPLETE"), "any").plan({})


OUTPUTS = {output_key(name): "x" for name in Outputs.__dataclass_fields__}


@pytest.mark.parametrize(
    "state",
    [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    ],
)
def test_a_stack_in_working_order_has_outputs(state: str) -> None:
    """One whose last update failed went back by itself, and works."""
    assert read_outputs(CloudFormation(state, OUTPUTS), "any").queue_url == "x"


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "CREATE_IN_PROGRESS", "DELETE_FAILED"])
def test_a_stack_out_of_order_is_told(state: str) -> None:
    with pytest.raises(StackMissing, match=state):
        read_outputs(CloudFormation(state, OUTPUTS), "any")


def test_a_parameter_that_the_template_has_not_is_told(stack: Stack) -> None:
    with pytest.raises(UnknownParameter, match=r"no parameter Databse.*Database"):
        stack.plan({"Databse": "rds"})


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
