"""How many database connections the functions may open, and how many the database takes."""

import re
from dataclasses import dataclass
from typing import Any

from infra.outputs import Outputs, explained

BYTES_PER_CONNECTION = 9_531_392  # RDS: max_connections = memory / 9531392, at most 5000
# What AWS itself takes of the memory is no part of that: of 1 ACU, 225 would be, 189 are.
LEFT = 0.83
BYTES_PER_ACU = 2 * 2**30
MOST = 5000
MOST_OF_SMALL_AURORA = 2000  # where Aurora may shrink to half an ACU or less
RESERVED = 10  # for the administrator, RDS itself and a set-up
PER_INGESTION = 2  # the registry's own and Terracotta's
UNRESERVED = 100  # concurrent executions that Lambda keeps for all other functions


@dataclass(frozen=True)
class Connections:
    """Most connections that the functions open, and that the database takes."""

    opened: int
    taken: int
    quota: int

    @property
    def fit(self) -> bool:
        return self.opened + RESERVED <= self.taken


def connections(lambda_client: Any, ec2: Any, outputs: Outputs) -> Connections:
    """For a stack in an account. Raises NotAllowed or AwsUnavailable."""
    with explained("see the quota of concurrent executions", "lambda:GetAccountSettings"):
        quota = lambda_client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    api = int(outputs.api_concurrency) or quota
    ingestion = min(int(outputs.ingest_concurrency), quota)
    opened = min(api, quota) + PER_INGESTION * ingestion
    return Connections(opened, most_connections(ec2, outputs.database_size), quota)


def most_connections(ec2: Any, size: str) -> int:
    """What a database of this size takes: ACUs, or the class of an instance."""
    if re.fullmatch(r"[\d.]+", size):
        memory, most = float(size) * BYTES_PER_ACU, MOST_OF_SMALL_AURORA
    else:
        memory, most = memory_of(ec2, size.removeprefix("db.")), MOST
    return min(int(memory * LEFT / BYTES_PER_CONNECTION), most)


def memory_of(ec2: Any, instance_type: str) -> float:
    """Bytes of memory of an instance type; RDS's classes are EC2's types."""
    with explained(f"look up {instance_type}", "ec2:DescribeInstanceTypes"):
        answer = ec2.describe_instance_types(InstanceTypes=[instance_type])
    return float(answer["InstanceTypes"][0]["MemoryInfo"]["SizeInMiB"]) * 2**20
