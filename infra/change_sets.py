"""What an update of the stack would do, before it does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
