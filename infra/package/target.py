"""The machine in Lambda that a package is for."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import Requirement

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
GLIBC = 28  # of AL2023 it is 2.34, but no wheel here needs more than manylinux_2_28

# Zappa's own needs on the operator's machine; `zappa.handler` imports none of them.
OPERATOR_ONLY = frozenset(
    (
        "argcomplete",
        "cfn-flip",
        "hjson",
        "pip",
        "placebo",
        "python-slugify",
        "setuptools",
        "text-unidecode",
        "troposphere",
        "wheel",
    )
)
# Part of Lambda's runtime, with what they alone need.
LAMBDA_HAS = frozenset(("boto3", "botocore", "s3transfer"))


@dataclass(frozen=True)
class Target:
    """A runtime (`python3.12`) and an architecture (`x86_64` or `arm64`), as Lambda names them."""

    runtime: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.runtime}-{self.architecture}"

    @classmethod
    def of_this_machine(cls) -> "Target":
        """What the running Python and the processor under it would be in Lambda."""
        architectures = {machine: name for name, machine in MACHINES.items()}
        version = ".".join(platform.python_version_tuple()[:2])
        return cls(f"python{version}", architectures[platform.machine()])

    @property
    def version(self) -> str:
        """Of Python: `3.12`."""
        return self.runtime.removeprefix("python")

    @property
    def cache_tag(self) -> str:
        """As Python names its compiled files: `cpython-312`."""
        return f"cpython-{self.version.replace('.', '')}"

    @property
    def machine(self) -> str:
        """As Linux and wheels call the architecture."""
        return MACHINES[self.architecture]

    @property
    def is_this_machine(self) -> bool:
        return platform.system() == "Linux" and platform.machine() == self.machine

    @property
    def platforms(self) -> list[str]:
        """Tags of the wheels that run there, best first."""
        tags = [f"manylinux_2_{minor}_{self.machine}" for minor in range(GLIBC, 16, -1)]
        legacy = ["manylinux2014"]
        if self.architecture == "x86_64":
            legacy += ["manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1"]
        return tags + [f"{name}_{self.machine}" for name in legacy]

    def requirements(self, lines: Iterable[str]) -> list[str]:
        """Those of a requirements file that the package has: `name==version`, without markers.

        pip would judge markers for the Python that runs it, not for the one it installs for.
        """
        environment = {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.version}.0",
            "python_version": self.version,
            "sys_platform": "linux",
        }
        parsed = [Requirement(line) for line in lines if line.strip() and line[0] not in "#-"]
        return [
            f"{each.name}{each.specifier}"
            for each in parsed
            if (each.marker is None or each.marker.evaluate(environment))
            and each.name not in OPERATOR_ONLY | LAMBDA_HAS
        ]
