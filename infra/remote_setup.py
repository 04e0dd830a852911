"""`python -m infra database`: the operator's half of setting up the database (see infra.setup)."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from infra.credentials import Login
from infra.deployed import get_function
from infra.errors import SetUpFailed
from infra.functions import SET_UP
from infra.outputs import Outputs, explained
from infra.setup import SetUp

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
Invoke = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Function:
    """A deployed function that answers events."""

    client: Any
    name: str

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Its answer.

        Raises SetUpFailed with the function's error, NotDeployed, NotAllowed or AwsUnavailable.
        """
        get_function(self.client, self.name)
        with explained(f"call {self.name}", "lambda:InvokeFunction"):
            answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event).encode())
            result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise SetUpFailed(f"{self.name} failed: {result.get('errorMessage', result)}")
        return dict(result)


@dataclass(frozen=True)
class RemoteSetUp:
    """Sets up the database of a stack through its ingestion function."""

    secrets: Any
    invoke: Invoke
    outputs: Outputs
    keys: Sequence[str]

    def run(self, rotate: bool = False) -> str:
        """What the database is now; with `rotate`, under new passwords. Raises SetUpFailed."""
        if not rotate:
            return self._set_up(self._login("reader"), self._login("writer"))
        with self._new_password("reader") as reader, self._new_password("writer") as writer:
            return self._set_up(reader, writer)

    def _set_up(self, reader: Login, writer: Login) -> str:
        wanted = SetUp(
            host=self.outputs.database_admin_host,
            database=self.outputs.database_name,
            keys=self.keys,
            admin=self._login("admin"),
            reader=reader,
            writer=writer,
        )
        answer = self.invoke({SET_UP: wanted.to_event()})
        if "error" in answer:
            raise SetUpFailed(answer["error"])
        return str(answer["done"])

    def _arn(self, name: str) -> str:
        return str(getattr(self.outputs, f"{name}_secret_arn"))

    def _login(self, name: str) -> Login:
        with explained(f"read the {name}'s secret", "secretsmanager:GetSecretValue"):
            answer = self.secrets.get_secret_value(SecretId=self._arn(name), VersionStage=CURRENT)
        return Login.parse(answer["SecretString"])

    @contextmanager
    def _new_password(self, name: str) -> Iterator[Login]:
        """A login that becomes the secret's current one when all went well."""
        arn, old = self._arn(name), self._login(name)
        with explained(f"renew the {name}'s secret", "secretsmanager:PutSecretValue"):
            password = self.secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True)
            new = Login(old.user, password["RandomPassword"])
            value = json.dumps({"username": new.user, "password": new.password})
            version = self.secrets.put_secret_value(
                SecretId=arn, SecretString=value, VersionStages=[PENDING]
            )["VersionId"]
        yield new
        with explained(f"renew the {name}'s secret", "secretsmanager:UpdateSecretVersionStage"):
            self.secrets.update_secret_version_stage(
                SecretId=arn,
                VersionStage=CURRENT,
                MoveToVersionId=version,
                RemoveFromVersionId=self._version(arn, CURRENT),
            )

    def _version(self, arn: str, stage: str) -> str:
        versions = self.secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
        return next(str(version) for version, stages in versions.items() if stage in stages)
