"""Files that mean harm to whoever decodes them: each gets a verdict, none stops the others."""

from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

from ingest.decoder import Limits, decode
from ingest.errors import Rejection
from ingest.examination import examine_file, rewrite_file
from ingest.settings import IngestSettings
from tests.attack.conftest import examples
from tests.attack.hostile_tiffs import mutants, seeds

LIMITS = Limits(seconds=60, memory=2**30, file=2**30)
SETTINGS = IngestSettings(published_bucket="published")


def test_every_file_gets_a_verdict(tmp_path: Path, tally: Counter[tuple[str, str]]) -> None:
    """An error that is no Rejection would have the queue deliver the file again and again."""
    verdicts: Counter[str] = Counter()
    for number, content in enumerate(mutants(seeds(tmp_path), examples(30, part=10), Random(7))):
        path = tmp_path / "mutant.tif"
        path.write_bytes(content)
        verdicts[verdict(path, categorical=number % 5 > 0)] += 1
    tally.update({("GeoTIFF", code): count for code, count in verdicts.items()})
    assert verdicts["examined"]
    assert verdicts["unreadable_raster"]


def verdict(path: Path, categorical: bool) -> str:
    """What ingestion says of a file, rewriting it where it would."""
    try:
        found = decode(partial(examine_file, path, categorical, SETTINGS), LIMITS)
        if found.notice:
            target = path.with_name("rewritten.tif")
            decode(partial(rewrite_file, found.path, target, categorical, SETTINGS), LIMITS)
    except Rejection as rejection:
        return rejection.code
    return "examined"


def control_characters(content: bytes) -> bytes:
    return content.replace(b"somebody", b"some\x01\x02\x0bo")


def endless(content: bytes) -> bytes:
    """The pixel's width is more than there is room for."""
    return content.replace(b"\0\0\0\0\0\0\x24\x40" * 2, b"\xa0\xc8\xeb\x85\xf3\xcc\xe1\x7f" * 2)


def test_tags_that_no_xml_takes_carry_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tags.tif"
    content = seeds(tmp_path)[1]
    path.write_bytes(control_characters(content))
    assert path.read_bytes() != content
    assert verdict(path, categorical=True) == "examined"


def test_a_geotransform_that_leads_nowhere_is_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "endless.tif"
    content = seeds(tmp_path)[3]
    path.write_bytes(endless(content))
    assert path.read_bytes() != content
    assert verdict(path, categorical=True) == "unusable_crs"


def test_no_file_is_read_by_another_driver(tmp_path: Path) -> None:
    """A VRT, a WMS description or a GTI can name files and servers that are not the caller's."""
    for content in (
        b"<VRTDataset rasterXSize='1' rasterYSize='1'/>",
        b"<GDAL_WMS><Service name='TMS'><ServerUrl>http://169.254.169.254/</ServerUrl></Service></GDAL_WMS>",
        b"%PDF-1.7",
        b"\x89HDF\r\n\x1a\n",
    ):
        path = tmp_path / "other.tif"
        path.write_bytes(content)
        assert verdict(path, categorical=True) == "not_a_raster"
