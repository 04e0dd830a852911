from dataclasses import replace

import pytest

from infra.account import Account
from infra.errors import DataLost, StackMissing, StillDeployed
from infra.outputs import read_outputs
from infra.removal import Removal, end_protection
from infra.stack import Stack
from infra.stages import Stage, load_stages
from tests.infra.conftest import Cloud, account_of, deploy

STAGES = load_stages()


@pytest.fixture
def account(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    return account_of(cloud, monkeypatch)


def removal(account: Account, cloud: Cloud, name: str, **parameters: str) -> Removal:
    """Of a new installation whose functions were not deployed."""
    api = Stage(name, STAGES["production"].settings)
    deploy(cloud, api.stack, Stage=name, **parameters)
    return Removal(account, (api, Stage(f"{name}_ingest", STAGES["production_ingest"].settings)))


def buckets(cloud: Cloud, stage: str) -> list[str]:
    found = cloud.client("s3").list_buckets()["Buckets"]
    return [each["Name"] for each in found if f"-{stage}-" in each["Name"]]


def test_a_protected_database_is_not_deleted(account: Account, cloud: Cloud) -> None:
    with pytest.raises(DataLost, match="infra stack tguard --set DeletionProtection=false"):
        removal(account, cloud, "tguard").run()


def test_functions_go_first(account: Account, cloud: Cloud) -> None:
    ours = removal(account, cloud, "tbusy", DeletionProtection="false")
    iam = cloud.client("iam")
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName="tbusy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    cloud.client("lambda").create_function(
        FunctionName=ours.stages[1].function,
        Role=role,
        Runtime="python3.12",
        Handler="a.b",
        Code={"ZipFile": b"x"},
    )
    with pytest.raises(StillDeployed, match="zappa undeploy tbusy_ingest"):
        ours.run()


def test_the_network_is_left_alone_while_lambda_is_in_it(account: Account, cloud: Cloud) -> None:
    ours = replace(removal(account, cloud, "tnet", DeletionProtection="false"), patience=0)
    outputs = read_outputs(cloud.client("cloudformation"), ours.stages[0].stack)
    ec2 = cloud.client("ec2")
    interface = ec2.create_network_interface(
        SubnetId=outputs.subnet_ids.split(",")[0], Groups=[outputs.security_group_id]
    )["NetworkInterface"]["NetworkInterfaceId"]
    with pytest.raises(StillDeployed, match=rf"{interface}.*try again later"):
        ours.run()
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert ours.run()


def test_what_a_failed_creation_left_is_removed(account: Account, cloud: Cloud) -> None:
    ours = Removal(account, (Stage("tfailed", STAGES["production"].settings), STAGES["dev_ingest"]))
    stack = Stack(cloud.client("cloudformation"), ours.stages[0].stack)
    stack.plan({"Stage": "tfailed"})  # and never carried out, which moto has in place of a failure
    assert ours.run() == []
    with pytest.raises(StackMissing):
        ours.run()


@pytest.mark.parametrize("database", ["aurora", "rds"])
def test_an_empty_database_does_not_hold_a_failed_creation(cloud: Cloud, database: str) -> None:
    name = f"t{database}"
    deploy(cloud, name, Stage=name, Database=database)
    rds, resources = cloud.client("rds"), Stack(cloud.client("cloudformation"), name).resources()

    def protected() -> bool:
        if database == "rds":
            found = {"DBInstanceIdentifier": resources["RdsInstance"]}
            return bool(rds.describe_db_instances(**found)["DBInstances"][0]["DeletionProtection"])
        found = {"DBClusterIdentifier": resources["AuroraCluster"]}
        return bool(rds.describe_db_clusters(**found)["DBClusters"][0]["DeletionProtection"])

    assert protected()
    end_protection(rds, resources)
    assert not protected()


def test_data_stays_unless_told_otherwise(account: Account, cloud: Cloud) -> None:
    ours = removal(account, cloud, "tkept", DeletionProtection="false")
    before = buckets(cloud, "tkept")
    left = ours.run()
    assert len(before) == 3
    assert buckets(cloud, "tkept") == before
    assert all(any(name in each for each in left) for name in before)
    assert any("snapshot" in each for each in left)
    with pytest.raises(StackMissing):
        ours.run()


def test_all_versions_go_when_data_may_be_lost(account: Account, cloud: Cloud) -> None:
    ours = removal(account, cloud, "tlost", DeletionProtection="false")
    s3 = cloud.client("s3")
    (incoming,) = [each for each in buckets(cloud, "tlost") if "-in-" in each]
    for _ in range(2):
        s3.put_object(Bucket=incoming, Key="categorical/a.tif", Body=b"x")
    s3.delete_object(Bucket=incoming, Key="categorical/a.tif")
    (left,) = ours.run(lose_data=True)
    assert "snapshot" in left
    assert buckets(cloud, "tlost") == []
