"""`python -m tests.browser`: installs a browser for these tests, or says in one line how."""

import os
import shutil
import subprocess

from tests.browser import chromium

PACKAGES = ("chromium", "fonts-dejavu-core")
QUIET = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0")


def main() -> None:
    """Installs Chromium where there is none and it can be; says how where it cannot."""
    if chromium.find():
        return
    if os.getuid() == 0 and shutil.which("apt-get"):
        print("installing Chromium for the tests of the map page, once ...", flush=True)
        install()
    if not chromium.find():
        print(chromium.REMEDY, flush=True)


def install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*QUIET, "install", "-y", "--no-install-recommends", *PACKAGES]
    for command in ([*QUIET, "update"], install):
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=600
        )
        if done.returncode:
            print((done.stderr.strip().splitlines() or ["apt-get failed"])[-1])
            return


if __name__ == "__main__":
    main()
