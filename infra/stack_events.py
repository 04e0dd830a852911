"""What CloudFormation tells of a stack's operations, event by event."""

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

OPERATIONS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def failure(cloudformation: Any, stack: str) -> str:
    """Why the last operation on a stack, by its name or id, failed."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    return first_failure(event for page in pages for event in page["StackEvents"])


def first_failure(events: Iterable[Mapping[str, Any]]) -> str:
    """What failed first in the last operation, for it made the rest fail.

    Events come newest first, a hundred a page, and go on with those of older operations.
    """
    last = takewhile(lambda each: not begins_operation(each), events)
    failed = [each for each in last if each["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return "see its events in the CloudFormation console"
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def begins_operation(event: Mapping[str, Any]) -> bool:
    """Whether it is the stack itself that begins to be created, updated or deleted."""
    of_stack = event["ResourceType"] == "AWS::CloudFormation::Stack"
    return of_stack and event["ResourceStatus"] in OPERATIONS
