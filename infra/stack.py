"""Creating and updating the CloudFormation stack, by change sets that show what they do first."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import WaiterError

from infra.errors import StackFailed, StackMissing
from infra.outputs import describe, explained

TEMPLATE = Path(__file__).parent / "template.yaml"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
HOLDS_DATA = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::SQS::Queue")


@dataclass(frozen=True)
class Change:
    """One resource that a change set adds, modifies or removes; `replaces` makes it anew."""

    action: str
    resource: str
    type: str
    replaces: bool

    @property
    def loses_data(self) -> bool:
        return self.type in HOLDS_DATA and (self.replaces or self.action == "Remove")


@dataclass(frozen=True)
class ChangeSet:
    """A change set that waits to be executed, unless it `is_empty` and CloudFormation refuses to.

    One without changes need not be empty: it may change outputs.
    """

    stack: str
    name: str
    is_new: bool
    changes: tuple[Change, ...]
    is_empty: bool = False


class Stack:
    """A stack of this name, made from our template, there or not."""

    def __init__(self, cloudformation: Any, name: str, patience: float = 3600) -> None:
        self._cloudformation = cloudformation
        self._patience = patience
        self.name = name

    def plan(self, parameters: Mapping[str, str]) -> ChangeSet:
        """A change set to these parameters; those not given stay as they are, or are the default.

        Raises StackFailed, NotAllowed or AwsUnavailable.
        """
        found = self._found()
        is_new = found is None
        change_set = f"plan-{uuid.uuid4().hex[:8]}"
        template = TEMPLATE.read_text()
        with explained(f"plan the stack {self.name}", "cloudformation:CreateChangeSet"):
            known = self._cloudformation.get_template_summary(TemplateBody=template)
            self._cloudformation.create_change_set(
                StackName=self.name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if is_new else "UPDATE",
                TemplateBody=template,
                Parameters=merged(parameters, found or {}, known),
                Capabilities=["CAPABILITY_IAM"],
                Tags=[{"Key": "Project", "Value": self.name.removesuffix("-base")}],
            )
            changes = self._changes(change_set)
        return ChangeSet(self.name, change_set, is_new, changes or (), is_empty=changes is None)

    def execute(self, planned: ChangeSet) -> None:
        """Carry it out and wait until it is done. Raises StackFailed with CloudFormation's word."""
        waiter = "stack_create_complete" if planned.is_new else "stack_update_complete"
        with explained(f"change the stack {self.name}", "cloudformation:ExecuteChangeSet"):
            self._cloudformation.execute_change_set(StackName=self.name, ChangeSetName=planned.name)
            self._wait(waiter, self.name)

    def parameter(self, name: str) -> str | None:
        """The value that the stack has for a parameter. Raises StackMissing."""
        found = describe(self._cloudformation, self.name).get("Parameters", [])
        values = {each["ParameterKey"]: str(each["ParameterValue"]) for each in found}
        return values.get(name)

    def delete(self) -> None:
        """Delete it, but what its template retains, and wait until that is done."""
        with explained(f"delete the stack {self.name}", "cloudformation:DeleteStack"):
            # by its id, for a deleted stack is found no more by its name
            stack = describe(self._cloudformation, self.name)["StackId"]
            self._cloudformation.delete_stack(StackName=stack)
            self._wait("stack_delete_complete", stack)

    def discard(self, planned: ChangeSet) -> None:
        """Forget a change set, and the stack that it alone would have made."""
        with explained("discard the plan", "cloudformation:DeleteChangeSet"):
            if planned.is_new:
                self._cloudformation.delete_stack(StackName=self.name)
            else:
                self._cloudformation.delete_change_set(
                    StackName=self.name, ChangeSetName=planned.name
                )

    def _wait(self, waiter: str, stack: str) -> None:
        try:
            self._cloudformation.get_waiter(waiter).wait(
                StackName=stack,
                WaiterConfig={"Delay": 5, "MaxAttempts": int(self._patience / 5)},
            )
        except WaiterError as error:
            raise StackFailed(f"the stack {self.name} failed: {self._reason()}") from error

    def _found(self) -> Any:
        """CloudFormation's description of the stack; None when there is none yet."""
        try:
            found = describe(self._cloudformation, self.name)
        except StackMissing:
            return None
        if found["StackStatus"] == "ROLLBACK_COMPLETE":  # nothing can be made of it any more
            raise StackFailed(
                f"creating the stack {self.name} failed before ({self._reason()}): delete it in "
                "the CloudFormation console and try again"
            )
        # planned before, never made
        return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found

    def _changes(self, change_set: str) -> tuple[Change, ...] | None:
        """Its changes once CloudFormation knows them; None where it is empty."""
        until = time.monotonic() + self._patience
        while True:
            answer = self._cloudformation.describe_change_set(
                StackName=self.name, ChangeSetName=change_set
            )
            status, reason = answer["Status"], answer.get("StatusReason", "")
            if status == "FAILED" and any(text in reason for text in NO_CHANGES):
                return None
            if status == "FAILED" or time.monotonic() > until:
                raise StackFailed(f"the stack {self.name} cannot be planned: {reason or status}")
            if status == "CREATE_COMPLETE":
                return changes_of(self._all_changes(change_set))
            time.sleep(1)

    def _all_changes(self, change_set: str) -> list[Any]:
        pages = self._cloudformation.get_paginator("describe_change_set").paginate(
            StackName=self.name, ChangeSetName=change_set
        )
        return [change for page in pages for change in page.get("Changes", [])]

    def _reason(self) -> str:
        answer = self._cloudformation.describe_stack_events(StackName=self.name)
        return first_failure(answer["StackEvents"])


def first_failure(events: Sequence[Mapping[str, Any]]) -> str:
    """What failed first, for it made the rest fail; events come newest first."""
    failed = [each for each in events if each["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return "see its events in the CloudFormation console"
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def merged(
    parameters: Mapping[str, str], found: Mapping[str, Any], known: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Parameters as CloudFormation takes them: those given over those that the stack has.

    What the stack has, but the template does not know any more, is left out.
    """
    names = {each["ParameterKey"] for each in known.get("Parameters", [])}
    present = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in found.get("Parameters", [])
        if each["ParameterKey"] in names
    }
    values = {**present, **parameters}
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def changes_of(answer: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """The changes as CloudFormation lists them."""
    resources = [each["ResourceChange"] for each in answer if "ResourceChange" in each]
    return tuple(
        Change(
            action=each["Action"],
            resource=each["LogicalResourceId"],
            type=each["ResourceType"],
            replaces=each.get("Replacement") in ("True", "Conditional"),
        )
        for each in resources
    )
