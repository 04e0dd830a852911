"""The operator's AWS account, through boto3's own configuration."""

from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from infra.errors import AwsUnavailable

CONFIG = Config(connect_timeout=10, read_timeout=900, retries={"total_max_attempts": 3})


def open_session() -> boto3.Session:
    """Raises AwsUnavailable where the environment names a profile that is not there."""
    try:
        return boto3.Session()
    except BotoCoreError as error:
        raise AwsUnavailable(f"{error}: AWS_PROFILE has to name one of ~/.aws/config") from error


@dataclass(frozen=True)
class Account:
    """Clients of the account and region that the environment or AWS's files name."""

    session: boto3.Session = field(default_factory=open_session)

    @property
    def region(self) -> str:
        """The region's name. Raises AwsUnavailable where none is set."""
        if not self.session.region_name:
            raise AwsUnavailable("no region is set: AWS_DEFAULT_REGION, or region in AWS_PROFILE")
        return self.session.region_name

    def client(self, service: str) -> Any:
        """A client in the region. Raises AwsUnavailable."""
        region = self.region
        try:
            return self.session.client(service, config=CONFIG)  # type: ignore[call-overload]
        except BotoCoreError as error:
            raise AwsUnavailable(f"no client for {service} in {region}: {error}") from error
