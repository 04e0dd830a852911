"""Functions as Lambda has them."""

from typing import Any

from infra.errors import NotDeployed
from infra.outputs import explained


def find_function(client: Any, name: str) -> dict[str, Any] | None:
    """Its configuration; None where there is no such function.

    Raises NotAllowed or AwsUnavailable.
    """
    with explained(f"look at {name}", "lambda:GetFunctionConfiguration"):
        try:
            return dict(client.get_function_configuration(FunctionName=name))
        except client.exceptions.ResourceNotFoundException:
            return None


def get_function(client: Any, name: str) -> dict[str, Any]:
    """Its configuration. Raises NotDeployed, NotAllowed or AwsUnavailable."""
    found = find_function(client, name)
    if found is None:
        raise NotDeployed(f"there is no function {name}: `zappa deploy` makes it")
    return found
