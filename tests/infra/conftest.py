"""Fixtures of the tests of stack, deployment and operation: a moto server of their own."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.account import Account
from infra.local.children import Child
from infra.outputs import Outputs, read_outputs
from infra.stack import Stack

REGION = "eu-central-1"


@dataclass(frozen=True)
class Cloud:
    """A moto server with what our stack needs; boto3 clients and environment for it."""

    endpoint_url: str

    def client(self, service: str, **options: Any) -> Any:
        credentials = {"aws_access_key_id": "operator", "aws_secret_access_key": "operator"}
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint_url,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            **{**credentials, **options},
        )

    def sqs(self) -> Any:
        return self.client("sqs")

    def user(self, name: str) -> dict[str, str]:
        """Credentials of a new user without any right."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def role(self, arn: str) -> dict[str, str]:
        """Credentials of a role, as its function has them."""
        answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")
        return {
            "aws_access_key_id": answer["Credentials"]["AccessKeyId"],
            "aws_secret_access_key": answer["Credentials"]["SecretAccessKey"],
            "aws_session_token": answer["Credentials"]["SessionToken"],
        }

    @contextmanager
    def permissions_enforced(self) -> Iterator[None]:
        """From now on signatures and policies count."""
        httpx.post(f"{self.endpoint_url}/moto-api/reset-auth", content=b"0")
        try:
            yield
        finally:
            httpx.post(f"{self.endpoint_url}/moto-api/reset-auth", content=b"inf")

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "operator",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def running_cloud(**variables: str) -> Iterator[Cloud]:
    """An empty account; the variables are for the moto server's environment."""
    child = Child("tests.infra.moto_cloud", env={**os.environ, **variables})
    try:
        yield Cloud(f"http://127.0.0.1:{child.ready('moto')['port']}")
    finally:
        child.stop()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """An empty account."""
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def stack_name() -> str:
    """A name that no other test's stack has."""
    return f"t-{uuid.uuid4().hex[:8]}-base"


def account_of(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The operator's account, through the environment of this process."""
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    return Account(boto3.Session(region_name=REGION))


def deploy(cloud: Cloud, name: str, **parameters: str) -> Outputs:
    """The outputs of a new stack."""
    stack = Stack(cloud.client("cloudformation"), name)
    stack.execute(stack.plan(parameters))
    return read_outputs(cloud.client("cloudformation"), name)
