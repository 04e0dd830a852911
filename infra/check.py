"""`python -m infra check`: whether a deployment would succeed, asked before it begins."""

import inspect
import re
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

from infra import certificates
from infra.account import Account
from infra.connections import UNRESERVED, connections
from infra.environment import CERTIFICATES
from infra.errors import CheckFailed
from infra.findings import Doubt, Finding, find
from infra.outputs import Outputs, explained, read_outputs
from infra.package.archive import MIB, Archive
from infra.stages import Stage

OURS = {"extends"}  # read by Zappa in another way than all other settings


class Check:
    """The checks of one installation, of which `stages` are the tile API's and ingestion's."""

    def __init__(self, account: Account, stages: tuple[Stage, Stage], package: Path) -> None:
        self._account, self._stages, self._package = account, stages, package

    def findings(self) -> list[Finding]:
        """All of them, each made whatever the others say."""
        return [
            find("credentials", self.credentials),
            find("settings", self.settings),
            find("stack", self.stack),
            find("queue", self.queue),
            find("connections", self.connections),
            find("concurrency", self.concurrency),
            find("package", self.package),
            find("certificates", self.certificates),
        ]

    @cached_property
    def _outputs(self) -> Outputs:
        return read_outputs(self._client("cloudformation"), self._stages[0].stack)

    def _client(self, service: str) -> Any:
        return self._account.client(service)

    def credentials(self) -> str:
        sts = self._client("sts")
        with explained("say who you are", "sts:GetCallerIdentity"):
            return f"{sts.get_caller_identity()['Arn']} in {self._account.region}"

    def settings(self) -> str:
        for stage in self._stages:
            if unknown := sorted(set(stage.settings) - known_settings()):
                raise CheckFailed(
                    f"{stage.name} in zappa_settings.json has {', '.join(unknown)}, which Zappa "
                    "would ignore without a word"
                )
        return "Zappa knows each of them"

    def stack(self) -> str:
        return f"{self._stages[0].stack}, with all outputs, for stage {self._outputs.stage}"

    def queue(self) -> str:
        sqs = self._client("sqs")
        with explained("look at the queue", "sqs:GetQueueAttributes"):
            attributes = sqs.get_queue_attributes(
                QueueUrl=self._outputs.queue_url, AttributeNames=["VisibilityTimeout"]
            )["Attributes"]
        hidden, timeout = int(attributes["VisibilityTimeout"]), self._timeout
        if hidden < 6 * timeout:
            raise CheckFailed(
                f"the queue hides an upload for {hidden} s, but ingestion may take {timeout} s: "
                "Lambda asks for six times as long (timeout_seconds, VisibilityTimeout)"
            )
        return f"hides an upload for {hidden} s, six times ingestion's {timeout} s"

    @property
    def _timeout(self) -> int:
        return int(self._stages[1].settings["timeout_seconds"])

    def connections(self) -> str:
        found = connections(self._client("lambda"), self._client("ec2"), self._outputs)
        numbers = f"the functions open up to {found.opened}, the database takes {found.taken}"
        if found.fit:
            return numbers
        if self._outputs.has_proxy:
            return f"{numbers}; RDS Proxy shares them"
        raise CheckFailed(
            f"{numbers}: set ApiConcurrency, enlarge the database (MaxCapacity, InstanceClass), or "
            "set Proxy=true, with `python -m infra stack --set`"
        )

    def concurrency(self) -> str:
        quota = connections(self._client("lambda"), self._client("ec2"), self._outputs).quota
        reserved = int(self._outputs.api_concurrency)
        if reserved and reserved + UNRESERVED > quota:
            raise CheckFailed(
                f"{reserved} executions cannot be reserved for the tile API: of the account's "
                f"{quota} Lambda keeps {UNRESERVED} for other functions; ask AWS for more or set "
                "ApiConcurrency=0"
            )
        if not reserved and quota <= UNRESERVED:
            raise Doubt(
                f"the account's quota is {quota} concurrent executions for all functions, few for "
                "a map with many viewers: ask AWS for 1000 (Service Quotas, Lambda)"
            )
        return f"{reserved or 'none'} reserved of {quota}"

    def package(self) -> str:
        archive = Archive.read(self._built())
        archive.check_size(self._stages[0].architecture)
        return f"{archive.unzipped / MIB:.1f} MiB, {archive.zipped / MIB:.1f} MiB zipped"

    def certificates(self) -> str:
        with zipfile.ZipFile(self._built()) as archive:
            known = certificates.regions(archive.read(CERTIFICATES).decode())
        if self._account.region not in known:
            raise CheckFailed(
                f"the package knows no database of {self._account.region}: download "
                f"{certificates.DOWNLOAD} to infra/rds-ca.pem and build it again"
            )
        return f"the package trusts databases of {self._account.region}"

    def _built(self) -> Path:
        if not self._package.exists():
            raise Doubt("not built here yet: `make package` builds, measures and tries it")
        return self._package


def known_settings() -> set[str]:
    """Names of the settings that this Zappa reads, from its own code."""
    from zappa import cli, core

    source = inspect.getsource(cli) + inspect.getsource(core)
    read = re.findall(r"""(?:stage_config|settings)(?:\.get\(|\[)\s*["'](\w+)["']""", source)
    return {*read, *cli.CUSTOM_SETTINGS, *OURS}
