"""Creating and updating the CloudFormation stack, by change sets that show what they do first."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import WaiterError

from infra.change_sets import Change, ChangeSet, changes_of
from infra.errors import StackFailed, StackMissing, UnknownParameter
from infra.outputs import describe, explained
from infra.stack_events import failure

TEMPLATE = Path(__file__).parent / "template.yaml"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
TAGS = ("Project", "Stage")  # parameters that tag each resource; functions have both, too
# Nothing can be made of such a stack any more.
NEVER_MADE = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
UNUSABLE = (*NEVER_MADE, "DELETE_FAILED")


class Stack:
    """A stack of this name, made from our template, there or not."""

    def __init__(self, cloudformation: Any, name: str, patience: float = 3600) -> None:
        self._cloudformation = cloudformation
        self._patience = patience
        self.name = name

    def plan(self, parameters: Mapping[str, str]) -> ChangeSet:
        """A change set to these parameters; those not given stay as they are, or are the default.

        Raises UnknownParameter, StackFailed, NotAllowed or AwsUnavailable.
        """
        found = self._found()
        is_new = found is None
        change_set = f"plan-{uuid.uuid4().hex[:8]}"
        template = TEMPLATE.read_text()
        with explained(f"plan the stack {self.name}", "cloudformation:CreateChangeSet"):
            known = self._cloudformation.get_template_summary(TemplateBody=template)
            check_names(parameters, known)
            wanted = merged(parameters, found or {}, known)
            self._cloudformation.create_change_set(
                StackName=self.name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if is_new else "UPDATE",
                TemplateBody=template,
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in wanted.items()
                ],
                Capabilities=["CAPABILITY_IAM"],
                Tags=[{"Key": name, "Value": wanted[name]} for name in TAGS if name in wanted],
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
        return values(describe(self._cloudformation, self.name)).get(name)

    def is_protected(self) -> bool:
        """Whether its database, if there is one, refuses to be deleted. Raises StackMissing."""
        found = describe(self._cloudformation, self.name)
        return (
            found["StackStatus"] not in UNUSABLE
            and values(found).get("DeletionProtection") == "true"
        )

    def was_made(self) -> bool:
        """Whether it was ever made as a whole. Raises StackMissing."""
        return describe(self._cloudformation, self.name)["StackStatus"] not in NEVER_MADE

    def resources(self) -> dict[str, str]:
        """What it has made and not yet deleted: names in the template, and AWS's own."""
        with explained(f"see what {self.name} has", "cloudformation:ListStackResources"):
            pages = self._cloudformation.get_paginator("list_stack_resources").paginate(
                StackName=self.name
            )
            found = [each for page in pages for each in page["StackResourceSummaries"]]
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in found
            if each["ResourceStatus"] != "DELETE_COMPLETE" and each.get("PhysicalResourceId")
        }

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
            reason = failure(self._cloudformation, stack)
            raise StackFailed(f"the stack {self.name} failed: {reason}") from error

    def _found(self) -> Any:
        """CloudFormation's description of the stack; None when there is none yet."""
        try:
            found = describe(self._cloudformation, self.name)
        except StackMissing:
            return None
        if found["StackStatus"] in UNUSABLE:
            reason = failure(self._cloudformation, self.name)
            raise StackFailed(
                f"the stack {self.name} is in state {found['StackStatus']} ({reason}): `python -m "
                "infra remove`, with the installation's name behind it unless that is production, "
                "takes away what is left of it; then try again"
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


def check_names(parameters: Mapping[str, str], known: Mapping[str, Any]) -> None:
    """Raises UnknownParameter."""
    names = [each["ParameterKey"] for each in known["Parameters"]]
    if unknown := [name for name in parameters if name not in names]:
        raise UnknownParameter(
            f"the stack has no parameter {', '.join(unknown)}; it has {', '.join(names)}"
        )


def merged(
    parameters: Mapping[str, str], found: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, str]:
    """Parameters: those given over those that the stack has.

    What the stack has, but the template does not know any more, is left out.
    """
    names = {each["ParameterKey"] for each in known.get("Parameters", [])}
    present = {name: value for name, value in values(found).items() if name in names}
    return {**present, **parameters}


def values(found: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a stack as CloudFormation describes it."""
    given = found.get("Parameters", [])
    return {each["ParameterKey"]: str(each["ParameterValue"]) for each in given}
