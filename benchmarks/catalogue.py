"""The peers: what a user may pick to serve categorical tiles, and how each is asked.

Everyone gets nearest resampling and the same colours. titiler and rio-tiler have the GDAL settings
of titiler's documentation (https://developmentseed.org/titiler/advanced/performance_tuning/) and no
boto3 beside them, so that credentials in the environment cost them nothing.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peer import Dataset, Spec
from benchmarks.subject import Subject

IN_PROCESS, EVENT = "in process", "Lambda event"
OURS, SHORT = "ours, /singleband", "ours, /categorical"
STOCK, STOCK_BEST = "Terracotta", "Terracotta at its best"
TITILER, RIO_TILER, RIO_TILER_OPEN = "titiler", "rio-tiler", "rio-tiler, file kept open"

CREDENTIALS: dict[str, str] = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",  # the example of AWS's documentation
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "example",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
GDAL_ADVICE = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif,.TIF,.tiff",
    "GDAL_CACHEMAX": "200",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_VERSION": "2",
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "VSI_CACHE": "TRUE",
    "VSI_CACHE_SIZE": "5000000",
}
_APPS = {
    OURS: "handler.app",
    SHORT: "handler.app",
    STOCK: "terracotta.server.app",
    STOCK_BEST: "terracotta.server.app",
}
_BEST = {"TC_RASTER_CACHE_COMPRESS_LEVEL": "1"}


@dataclass(frozen=True)
class Catalogue:
    """Peers that draw one subject.

    `environment` is what all of them find, `stage` what functions find besides: that of our stage
    in zappa_settings.json, where Terracotta is told that Lambda has no /dev/shm for its processes.
    """

    subject: Subject
    dataset: Dataset
    peer_python: Path
    environment: Mapping[str, str]
    stage: Mapping[str, str]

    def terracotta(self, name: str, way: str = IN_PROCESS, credentials: bool = False) -> Spec:
        """Ours or stock, which share an interface and a database."""
        return Spec(
            name=name,
            way=way,
            entry="wsgi" if way == IN_PROCESS else "lambda",
            target=f"{_APPS[name]}:app",
            template=self.subject.categorical if name == SHORT else self.subject.singleband,
            dataset=self.dataset,
            python=Path(sys.executable),
            credentials=credentials,
            environment={
                **self.environment,
                **(CREDENTIALS if credentials else {}),
                **(_BEST if name == STOCK_BEST else {}),
                **(self.stage if way == EVENT else {}),
            },
        )

    def titiler(self) -> Spec:
        """titiler's COG application, called as ASGI without any client in between."""
        return self._other(TITILER, "asgi", "benchmarks.peers.titiler:app")

    def rio_tiler(self, name: str = RIO_TILER) -> Spec:
        """rio-tiler's reader and renderer, as plain functions."""
        function = "opened_each_time" if name == RIO_TILER else "kept_open"
        return self._other(name, "direct", f"benchmarks.peers.rio_tiler:{function}")

    def everybody(self) -> list[Spec]:
        """All of them: Terracotta and ours both ways, with credentials and without."""
        names = (OURS, SHORT, STOCK, STOCK_BEST)
        ours_and_stock = [
            self.terracotta(name, way, credentials)
            for credentials in (True, False)
            for way in (IN_PROCESS, EVENT)
            for name in names
        ]
        return [*ours_and_stock, *self._readers()]

    def few(self) -> list[Spec]:
        """Those that the goals compare."""
        both = [self.terracotta(n, w, True) for n in (OURS, STOCK) for w in (IN_PROCESS, EVENT)]
        plain = [self.terracotta(name) for name in (OURS, SHORT, STOCK, STOCK_BEST)]
        return [*both, *plain, *self._readers()]

    def _readers(self) -> list[Spec]:
        return [self.titiler(), self.rio_tiler(), self.rio_tiler(RIO_TILER_OPEN)]

    def _other(self, name: str, entry: str, target: str) -> Spec:
        return Spec(
            name=name,
            way=IN_PROCESS,
            entry=entry,
            target=target,
            template=self.subject.titiler,
            dataset=self.dataset,
            python=self.peer_python,
            environment=GDAL_ADVICE | dict(self.environment),
        )
