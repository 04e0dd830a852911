"""`python -m infra remove`: the end of an installation, after `zappa undeploy`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.account import Account
from infra.errors import DataLost, StillDeployed
from infra.outputs import Outputs, explained, read_outputs
from infra.stack import Stack
from infra.stages import Stage

BUCKETS = ("incoming_bucket", "published_bucket", "deployment_bucket")
AT_ONCE = 1000  # objects that S3 deletes in one request


@dataclass(frozen=True)
class Removal:
    """Removes the stack of an installation, of which `stages` are the two functions' stages."""

    account: Account
    stages: tuple[Stage, Stage]

    def run(self, lose_data: bool = False) -> list[str]:
        """What is left, a sentence each: the buckets, unless `lose_data`, and a snapshot.

        Raises StillDeployed, DataLost, StackMissing, StackFailed, NotAllowed or AwsUnavailable.
        """
        client = self.account.client("cloudformation")
        outputs = read_outputs(client, self.stages[0].stack)
        self._refuse_functions()
        stack = Stack(client, self.stages[0].stack)
        if stack.parameter("DeletionProtection") == "true":
            raise DataLost(
                "the database is protected from being deleted: `python -m infra stack "
                f"{self.stages[0].name} --set DeletionProtection=false` ends that"
            )
        stack.delete()
        snapshot = "a last snapshot of the database (RDS console, Snapshots)"
        if not lose_data:
            return [f"the bucket {getattr(outputs, name)}" for name in BUCKETS] + [snapshot]
        self._delete_buckets(outputs)
        return [snapshot]

    def _refuse_functions(self) -> None:
        client = self.account.client("lambda")
        for stage in self.stages:
            with explained(f"look at {stage.function}", "lambda:GetFunctionConfiguration"):
                try:
                    client.get_function_configuration(FunctionName=stage.function)
                except client.exceptions.ResourceNotFoundException:
                    continue
            raise StillDeployed(
                f"{stage.function} is still there and holds the network: `zappa undeploy "
                f"{stage.name}` first"
            )

    def _delete_buckets(self, outputs: Outputs) -> None:
        s3 = self.account.client("s3")
        for name in BUCKETS:
            bucket = getattr(outputs, name)
            with explained(f"delete {bucket}", "s3:DeleteObjectVersion and s3:DeleteBucket"):
                for versions in object_versions(s3, bucket):
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
                s3.delete_bucket(Bucket=bucket)


def object_versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """All versions and delete markers of a bucket, as many at a time as one request deletes."""
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": AT_ONCE}
    )
    for page in pages:
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
