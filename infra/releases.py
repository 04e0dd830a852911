"""Packages that a function ran from, to go back to.

Zappa's own `rollback` sends the package within a request, which takes 50 MB at most. Here the
packages stay in the deployment bucket, and the function's tag `package` names the one it runs.
"""

import re
from collections.abc import Iterator
from typing import Any

from infra.deployed import get_function
from infra.errors import NothingOlder
from infra.outputs import Outputs, explained

TAG = "package"


def remember(client: Any, function: str, package: str) -> None:
    """Note which package the function runs."""
    arn = get_function(client, function)["FunctionArn"]
    with explained(f"tag {function}", "lambda:TagResource"):
        client.tag_resource(Resource=arn, Tags={TAG: package})


def current(client: Any, function: str) -> str:
    """The package that the function runs; empty if it did not come from Zappa.

    Raises NotDeployed.
    """
    get_function(client, function)
    with explained(f"look at {function}", "lambda:GetFunction"):
        tags = client.get_function(FunctionName=function).get("Tags", {})
    return str(tags.get(TAG, ""))


def packages(s3: Any, bucket: str, function: str) -> list[str]:
    """Names of a function's packages, oldest first: Zappa names them by function and time."""
    with explained(f"list the packages in {bucket}", "s3:ListBucket"):
        return sorted(keys(s3, bucket, function), key=lambda key: int(re.findall(r"\d+", key)[-1]))


def keys(s3: Any, bucket: str, function: str) -> Iterator[str]:
    pattern = re.compile(rf"{re.escape(function)}-\d+\.zip")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{function}-")
    for page in pages:
        yield from (
            each["Key"] for each in page.get("Contents", []) if pattern.fullmatch(each["Key"])
        )


def older(client: Any, s3: Any, outputs: Outputs, function: str) -> str:
    """The package before the one that a function runs. Raises NothingOlder or NotDeployed."""
    present = packages(s3, outputs.deployment_bucket, function)
    running = current(client, function)
    before = present[: present.index(running)] if running in present else []
    if not before:
        raise NothingOlder(
            f"there is no package older than {running or 'the one that'} {function} runs in "
            f"{outputs.deployment_bucket}; nothing was changed"
        )
    return before[-1]


def run_package(client: Any, outputs: Outputs, function: str, package: str) -> None:
    """Let a function run a package. Only its code changes, neither configuration nor mapping."""
    with explained(f"update {function}", "lambda:UpdateFunctionCode"):
        client.update_function_code(
            FunctionName=function, S3Bucket=outputs.deployment_bucket, S3Key=package, Publish=True
        )
        client.get_waiter("function_updated").wait(FunctionName=function)
    remember(client, function, package)
