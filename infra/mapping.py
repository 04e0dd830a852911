"""The mapping by which Lambda feeds the ingestion function from its queue.

Zappa makes it, and removes it with the function. But it never says `ReportBatchItemFailures`, and
without it each message counts as done that the function names as failed. So a new mapping begins
disabled, and `open` sets what is missing before the first message is taken.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.deployed import find_function
from infra.errors import MappingMissing
from infra.outputs import explained

REPORT = "ReportBatchItemFailures"
BATCH = 5
SETTLED = ("Enabled", "Disabled")


@dataclass(frozen=True)
class Queue:
    """A queue that is to feed a function."""

    client: Any
    function: str
    arn: str

    def event(self) -> dict[str, Any]:
        """As `events` in Zappa's settings has it; enabled only once failures are reported."""
        mapping = find(self.client, self.function, self.arn)
        return {
            "function": self.function,
            "event_source": {
                "arn": self.arn,
                "batch_size": BATCH,
                "enabled": bool(mapping and mapping.reports_failures),
            },
        }


@dataclass(frozen=True)
class Mapping:
    """A mapping as Lambda describes it."""

    client: Any
    uuid: str
    state: str
    batch: int
    reports: Sequence[str]
    concurrency: int | None

    @classmethod
    def find(cls, client: Any, function: str, queue_arn: str) -> "Mapping":
        """The mapping of a queue to a function. Raises MappingMissing."""
        found = find(client, function, queue_arn)
        if found is None:
            raise MappingMissing(
                f"{function} is not connected with its queue {queue_arn}: uploads wait there until "
                "`zappa update` succeeds, which says why if it does not"
            )
        return found

    @property
    def reports_failures(self) -> bool:
        return REPORT in self.reports

    @property
    def is_enabled(self) -> bool:
        return self.state == "Enabled"

    def open(self, concurrency: int, patience: float = 120) -> None:
        """Have it report single failures, bound it, and enable it. Raises AwsUnavailable."""
        with explained("open the queue to ingestion", "lambda:UpdateEventSourceMapping"):
            self._settle(patience)
            self.client.update_event_source_mapping(
                UUID=self.uuid,
                FunctionResponseTypes=[REPORT],
                ScalingConfig={"MaximumConcurrency": concurrency},
                Enabled=True,
            )
            self._settle(patience)

    def _settle(self, patience: float) -> None:
        """Lambda refuses changes to what it is changing."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            state = self.client.get_event_source_mapping(UUID=self.uuid)["State"]
            if state in SETTLED:
                return
            time.sleep(1)


def find(client: Any, function: str, queue_arn: str) -> Mapping | None:
    """The mapping of a queue to a function, if there is one."""
    found = [each for each in mappings(client, function) if each["EventSourceArn"] == queue_arn]
    if not found:
        return None
    (described,) = found
    return Mapping(
        client,
        uuid=described["UUID"],
        state=described["State"],
        batch=described["BatchSize"],
        reports=described.get("FunctionResponseTypes", ()),
        concurrency=described.get("ScalingConfig", {}).get("MaximumConcurrency"),
    )


def events_of(client: Any, function: str) -> list[dict[str, Any]]:
    """All mappings of a function as Zappa's settings have them, for it to remove."""
    return [
        {"function": function, "event_source": {"arn": each["EventSourceArn"]}}
        for each in mappings(client, function)
    ]


def mappings(client: Any, function: str) -> Sequence[dict[str, Any]]:
    """Lambda's descriptions of a function's mappings; none where there is no function."""
    described = find_function(client, function)
    if described is None:
        return ()
    with explained("look at the function's mappings", "lambda:ListEventSourceMappings"):
        return list(
            client.list_event_source_mappings(FunctionName=described["FunctionArn"])[
                "EventSourceMappings"
            ]
        )
