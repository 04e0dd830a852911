"""Tags of TIFF files, of both sizes and byte orders."""

import numpy as np
import pytest

from ingest.structure import METADATA, first_tag
from tests.ingest.tiffs import one_strip


@pytest.mark.parametrize("bigtiff", ["YES", "NO"])
@pytest.mark.parametrize("endianness", ["LITTLE", "BIG"])
def test_metadata_as_gdal_writes_them(geotiff, bigtiff, endianness):
    path = geotiff(
        np.zeros((4, 4), "uint8"),
        tags={"legend": "four"},
        overviews=(2,),
        bigtiff=bigtiff,
        endianness=endianness,
    )
    assert b'<Item name="legend">four</Item>' in first_tag(path, METADATA)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"II*\0",
        one_strip((METADATA, b"short")),
        one_strip((METADATA, b"long enough"), count=2**31),
        one_strip((270, b"another tag")),
    ],
    ids=["empty", "cut off", "short", "endless", "without"],
)
def test_without_them(tmp_path, content):
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    assert first_tag(path, METADATA) == b""
