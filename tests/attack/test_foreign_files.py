"""Rasters and sidecars that name other files and servers: nothing of that is opened or asked.

The server that must not be asked is a process of its own: while GDAL waits for an answer no other
thread of this one runs.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.session import DummySession

from handler.errors import RasterUnavailable
from handler.rasters import _gdal_options
from handler.settings import Settings
from handler.tiles import Raster
from ingest.errors import ForeignOverviews
from ingest.examination import examine_file
from ingest.settings import IngestSettings
from ingest.sidecars import _PARSERS

SIDE = 600
FOREIGN = 77  # a value that only the canary has
SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    print("asked", flush=True)
    connection.recv(9999)
    connection.sendall(b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n")
    connection.close()
"""
INGEST = IngestSettings(published_bucket="published")
QUICK = {"GDAL_HTTP_TIMEOUT": 2, "GDAL_HTTP_MAX_RETRY": 0}


class Server:
    """`url` is an address of it; `asked` how often anybody connected."""

    def __init__(self, log: Path, port: str) -> None:
        self._log, self.url = log, f"http://127.0.0.1:{port}/other.tif"

    @property
    def asked(self) -> int:
        return self._log.read_text().count("asked")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([sys.executable, "-c", SERVER], stdout=output) as process,
    ):
        while not log.read_text().endswith("\n"):
            assert process.poll() is None
        yield Server(log, log.read_text().strip())
        process.kill()


def write(path: Path, value: int | None = None, **tags: dict[str, str]) -> None:
    """Six stripes, or all of one value, without overviews; {domain: {name: value}} as tags."""
    stripes = np.repeat(np.arange(SIDE) // 100, SIDE).reshape(SIDE, SIDE)
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000)}
    with (
        rasterio.Env(GDAL_PAM_ENABLED="NO"),
        rasterio.open(
            path, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="uint8", **place
        ) as dataset,
    ):
        dataset.write((stripes if value is None else stripes * 0 + value).astype("uint8"), 1)
        for domain, items in tags.items():
            dataset.update_tags(ns=domain, **items)


def examined(path: Path) -> set[float]:
    """The values that ingestion finds."""
    with rasterio.Env(**QUICK):
        return set(examine_file(path, True, INGEST).inspection.counts)


def drawn(path: Path) -> set[int]:
    """The values that the API finds where a tile shows all of it, with its own GDAL options."""
    with rasterio.Env(session=DummySession(), **{**_gdal_options(Settings()), **QUICK}):
        raster = Raster.open(str(path))
        level = raster.level(SIDE / 10)
        values = set(np.unique(level.dataset.read(1, out_shape=(30, 30))).tolist())
        raster.close()
    return values


READERS: list[tuple[Callable[[Path], Any], type[Exception]]] = [
    (examined, ForeignOverviews),
    (drawn, RasterUnavailable),
]


@pytest.mark.parametrize(("read", "refusal"), READERS)
@pytest.mark.parametrize(
    "target",
    [
        "/vsicurl/{url}",
        "/vsis3/other/raster.tif",
        "{url}",
        "WMS:{url}",
        "{folder}/canary.tif",
        "canary.tif",
        ":::BASE:::canary.tif",
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1">'
        "<SimpleSource><SourceFilename>/vsicurl/{url}</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>",
    ],
)
def test_no_overview_comes_from_elsewhere(
    server: Server,
    tmp_path: Path,
    read: Callable[[Path], Any],
    refusal: type[Exception],
    target: str,
) -> None:
    """GDAL opens what OVERVIEW_FILE names, by any driver, once it counts overviews."""
    path, before = tmp_path / "mask.tif", server.asked
    write(tmp_path / "canary.tif", FOREIGN)
    named = target.format(url=server.url, folder=tmp_path)
    write(path, Overviews={"overview_file": named})
    with pytest.raises(refusal, match="another file"):
        read(path)
    assert server.asked == before


def vrt(url: str) -> str:
    return (
        f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"><OverviewList>2</OverviewList>'
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>'
        f"/vsicurl/{url}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )


def pam(domain: str, name: str, value: str) -> str:
    return (
        f'<PAMDataset><Metadata domain="{domain}"><MDI key="{name}">{value}</MDI></Metadata>'
        "</PAMDataset>"
    )


SIDECARS: dict[str, Callable[[str], dict[str, str]]] = {
    "overviews in a sidecar": lambda url: {
        ".aux.xml": pam("OVERVIEWS", "OVERVIEW_FILE", f"/vsicurl/{url}")
    },
    "subdatasets in a sidecar": lambda url: {
        ".aux.xml": pam("Subdatasets", "SUBDATASET_1_NAME", f"/vsicurl/{url}")
    },
    "a VRT as sidecar, overviews and mask": lambda url: {
        suffix: vrt(url) for suffix in (".aux.xml", ".ovr", ".msk", ".vrt")
    },
    "a DTD and an entity elsewhere": lambda url: {
        ".aux.xml": f'<!DOCTYPE a SYSTEM "{url}" [<!ENTITY b SYSTEM "{url}">]>'
        "<PAMDataset>&b;</PAMDataset>"
    },
    "files of other software": lambda url: dict.fromkeys(
        (".tfw", ".tab", ".prj", ".wld", ".imd", ".rpb", ".vat.dbf", ".clr"), f"/vsicurl/{url}"
    ),
}


@pytest.mark.parametrize("name", SIDECARS)
def test_sidecars_lead_nowhere(server: Server, tmp_path: Path, name: str) -> None:
    """Neither do the readers look at what lies beside a raster, nor do parsers follow it."""
    path, before = tmp_path / "mask.tif", server.asked
    write(path)
    for suffix, text in SIDECARS[name](server.url).items():
        for sidecar in (Path(f"{path}{suffix}"), path.with_suffix(suffix)):
            sidecar.write_text(text)
        if suffix in _PARSERS:
            classes_from(suffix, text)
    assert examined(path) == drawn(path) == set(range(6))
    assert server.asked == before


def classes_from(suffix: str, text: str) -> None:
    try:
        found = _PARSERS[suffix](text.encode(), range(256), None)
    except ValueError:
        return
    assert found.classes == ()


def test_overviews_and_mask_beside_a_raster_are_not_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    write(path)
    for suffix in (".ovr", ".msk"):
        write(Path(f"{path}{suffix}"), FOREIGN)
    assert examined(path) == drawn(path) == set(range(6))


def test_tags_of_other_domains_lead_nowhere(server: Server, tmp_path: Path) -> None:
    path, before = tmp_path / "mask.tif", server.asked
    target = f"/vsicurl/{server.url}"
    write(
        path,
        SUBDATASETS={"SUBDATASET_1_NAME": target},
        GEOLOCATION={"X_DATASET": target, "Y_DATASET": target, "X_BAND": "1", "Y_BAND": "1"},
        RPC={"RPC_DEM": target},
        IMAGE_STRUCTURE={"MASK_FILE": target},
        ESRI={"RSID": target},
    )
    assert examined(path) == drawn(path) == set(range(6))
    assert server.asked == before


def test_the_server_is_asked_where_gdal_is_left_alone(server: Server, tmp_path: Path) -> None:
    """So that the tests above would see it."""
    path, before = tmp_path / "mask.tif", server.asked
    write(path, OVERVIEWS={"OVERVIEW_FILE": f"/vsicurl/{server.url}?alone"})
    with rasterio.Env(session=DummySession(), **QUICK), rasterio.open(path) as dataset:
        assert dataset.overviews(1) == []
    assert server.asked > before
