"""`python -m infra remove`: the end of an installation, after `zappa undeploy`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.account import Account
from infra.deployed import find_function
from infra.errors import DataLost, StillDeployed
from infra.network_interfaces import PATIENCE, wait_until_given_back
from infra.outputs import explained
from infra.stack import Stack
from infra.stages import Stage

BUCKETS = ("IncomingBucket", "PublishedBucket", "DeploymentBucket")
DATABASES = ("AuroraCluster", "RdsInstance")
FUNCTIONS = "FunctionsSecurityGroup"
AT_ONCE = 1000  # objects that S3 deletes in one request


@dataclass(frozen=True)
class Removal:
    """Removes the stack of an installation, of which `stages` are the two functions' stages."""

    account: Account
    stages: tuple[Stage, Stage]
    patience: float = PATIENCE  # seconds until Lambda has given its network interfaces back

    def run(self, lose_data: bool = False) -> list[str]:
        """What is left, a sentence each: the buckets, unless `lose_data`, and a snapshot.

        May be repeated when it failed half way, and takes away what a failed creation left behind.
        Raises StillDeployed, DataLost, StackMissing, StackFailed, NotAllowed or AwsUnavailable.
        """
        stack = Stack(self.account.client("cloudformation"), self.stages[0].stack)
        self._refuse_functions()
        if stack.is_protected():
            raise DataLost(
                "the database is protected from being deleted: `python -m infra stack "
                f"{self.stages[0].name} --set DeletionProtection=false` ends that"
            )
        resources = stack.resources()
        if FUNCTIONS in resources:
            wait_until_given_back(self.account.client("ec2"), resources[FUNCTIONS], self.patience)
        if not stack.was_made():
            end_protection(self.account.client("rds"), resources)
        stack.delete()
        buckets = [resources[name] for name in BUCKETS if name in resources]
        snapshots = ["a last snapshot of the database (RDS console, Snapshots)"]
        snapshots = snapshots if set(DATABASES) & set(resources) else []
        if not lose_data:
            return [f"the bucket {bucket}" for bucket in buckets] + snapshots
        self._delete(buckets)
        return snapshots

    def _refuse_functions(self) -> None:
        client = self.account.client("lambda")
        for stage in self.stages:
            if find_function(client, stage.function):
                raise StillDeployed(
                    f"{stage.function} is still there and holds the network: `zappa undeploy "
                    f"{stage.name}` first"
                )

    def _delete(self, buckets: Sequence[str]) -> None:
        s3 = self.account.client("s3")
        for bucket in buckets:
            with explained(f"delete {bucket}", "s3:DeleteObjectVersion and s3:DeleteBucket"):
                for versions in object_versions(s3, bucket):
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
                s3.delete_bucket(Bucket=bucket)


def end_protection(rds: Any, resources: Mapping[str, str]) -> None:
    """Let a database be deleted that holds nothing, as the stack around it was never made.

    CloudFormation itself cannot undo such a creation: RDS refuses.
    """
    with explained("end the database's protection", "rds:ModifyDBCluster"):
        if cluster := resources.get("AuroraCluster"):
            rds.modify_db_cluster(DBClusterIdentifier=cluster, DeletionProtection=False)
        if instance := resources.get("RdsInstance"):
            rds.modify_db_instance(DBInstanceIdentifier=instance, DeletionProtection=False)


def object_versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """All versions and delete markers of a bucket, as many at a time as one request deletes."""
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": AT_ONCE}
    )
    for page in pages:
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
