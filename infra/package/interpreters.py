"""Pythons on this machine: of the target's version, to compile for it and to try the package."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.package.target import Target


@cache
def interpreter(version: str) -> str | None:
    """A Python of this version (`3.12`): the running one, one on the PATH, or pyenv's; or None."""
    return next((path for path in candidates(version) if version_of(path) == version), None)


def lacking(target: Target) -> str | None:
    """What this machine does not have to run a target, such as `Python 3.12`; None if it can."""
    if not target.is_this_machine:
        return f"{target.architecture} processor with Linux"
    return f"Python {target.version}" if interpreter(target.version) is None else None


def candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from sorted(map(str, pyenv.glob(f"versions/{version}*/bin/python")), reverse=True)


def version_of(path: str) -> str:
    """Its major and minor version; empty if it does not run."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [path, "-I", "-c", question], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
