"""Lambda's interfaces in the network, which it gives back some time after a function is gone.

As long as one is there neither its security group nor its subnet can be deleted, and the stack
would end up half deleted.
"""

import time
from typing import Any

from infra.errors import StillDeployed
from infra.outputs import explained

PATIENCE = 45 * 60.0  # seconds; AWS says up to 20 minutes
PAUSE = 10.0


def wait_until_given_back(ec2: Any, security_group: str, patience: float = PATIENCE) -> None:
    """Wait until no interface is in a security group. Raises StillDeployed, NotAllowed."""
    until = time.monotonic() + patience
    while found := interfaces(ec2, security_group):
        left = until - time.monotonic()
        if left <= 0:
            raise StillDeployed(
                f"{', '.join(found)} in the functions' security group {security_group} are still "
                "there after the functions: try again later"
            )
        time.sleep(min(PAUSE, left))


def interfaces(ec2: Any, security_group: str) -> list[str]:
    """Ids of the interfaces in a security group."""
    with explained("look at network interfaces", "ec2:DescribeNetworkInterfaces"):
        answer = ec2.describe_network_interfaces(
            Filters=[{"Name": "group-id", "Values": [security_group]}]
        )
    return [each["NetworkInterfaceId"] for each in answer["NetworkInterfaces"]]
