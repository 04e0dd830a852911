"""GeoJSON is read strictly: polygons come out, or a sentence that says where it is wrong."""

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.areas.geojson import Polygon, parse_polygons
from handler.errors import InvalidParameter, TooLarge

RING = [[0, 0], [10, 0], [10, 10], [0, 0]]
HOLE = [[2, 1], [3, 1], [3, 2], [2, 1]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}
MULTI = {"type": "MultiPolygon", "coordinates": [[RING], [RING, HOLE]]}


def feature(geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": None, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def parse(document: Any, most: int = 1000) -> tuple[Polygon, ...]:
    return parse_polygons(json.dumps(document).encode(), most)


@pytest.mark.parametrize(
    ("document", "sizes"),
    [
        (POLYGON, [4]),
        (MULTI, [4, 8]),
        (feature(POLYGON), [4]),
        (collection(feature(POLYGON), feature(MULTI)), [4, 4, 8]),
        ({**POLYGON, "bbox": [0, 0, 10, 10], "name": "field 7"}, [4]),
        ({"type": "Polygon", "coordinates": [[[*p, 100.5] for p in RING]]}, [4]),
        (
            {
                **POLYGON,
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
            },
            [4],
        ),
    ],
)
def test_what_is_read(document: Any, sizes: list[int]) -> None:
    assert [polygon.size for polygon in parse(document)] == sizes


def test_positions_are_kept() -> None:
    (polygon,) = parse({"type": "Polygon", "coordinates": [RING, HOLE]})
    assert [ring.tolist() for ring in polygon.rings] == [RING, HOLE]
    assert all(ring.dtype == np.float64 for ring in polygon.rings)


def test_longitudes_may_go_on_beyond_the_antimeridian() -> None:
    (polygon,) = parse(
        {"type": "Polygon", "coordinates": [[[170, 0], [190, 0], [180, 9], [170, 0]]]}
    )
    assert polygon.rings[0][:, 0].max() == 190


def ring(*positions: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(positions)]}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "the document is \\[\\]"),
        ("text", "the document is 'text'"),
        (None, "the document is None"),
        ({}, "type None"),
        ({"type": ["Polygon"]}, "type \\['Polygon'\\]"),
        ({"type": "Point", "coordinates": [1, 2]}, "type 'Point'"),
        ({"type": "GeometryCollection", "geometries": [POLYGON]}, "type 'GeometryCollection'"),
        ({"type": "Polygon"}, 'no list of "coordinates"'),
        ({"type": "Polygon", "coordinates": None}, 'no list of "coordinates"'),
        ({"type": "Polygon", "coordinates": []}, "is empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "holds no polygon"),
        ({"type": "MultiPolygon", "coordinates": [[RING], []]}, "polygon 2 is empty"),
        ({"type": "MultiPolygon", "coordinates": [RING]}, "no list of at least four"),
        (collection(), "holds no polygon"),
        ({"type": "FeatureCollection"}, 'no list of "features"'),
        (collection(feature(POLYGON), POLYGON), "feature 2 is no Feature"),
        (collection(feature(POLYGON), 7), "feature 2 is no Feature"),
        (collection(collection()), "feature 1 is no Feature"),
        (feature(None), "the feature has no geometry"),
        (feature("x"), "the feature has no geometry"),
        (ring(), "at least four positions"),
        (ring([0, 0], [1, 1], [0, 0]), "at least four positions"),
        (ring([0, 0], [1, 0], [1, 1], [0, 1]), "not closed"),
        (ring([0, 0], [1], [1, 1], [0, 0]), "\\[1\\] is no position"),
        (ring([0, 0], 1, [1, 1], [0, 0]), "1 is no position"),
        (ring([0, 0], {"0": 1}, [1, 1], [0, 0]), "is no position"),
        (ring([0, 0], ["1", "2"], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [True, False], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [None, 1], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [float("nan"), 1], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [float("inf"), 1], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [10**400, 1], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([0, 0], [5e5, 5.5e6], [1, 1], [0, 0]), "transform the outline"),
        (ring([0, 0], [0, 90.1], [1, 1], [0, 0]), "no longitude and latitude"),
        (ring([-200, 0], [200, 0], [0, 1], [-200, 0]), "more than once around"),
        ({**POLYGON, "crs": {"properties": {"name": "EPSG:25832"}}}, "crs is"),
        ({**POLYGON, "crs": "EPSG:4326"}, "crs is"),
        ({**POLYGON, "crs": {"properties": [1]}}, "crs is"),
        (feature({**POLYGON, "crs": {"type": "link"}}), "crs is"),
    ],
)
def test_what_is_refused(document: Any, says: str) -> None:
    with pytest.raises(InvalidParameter, match=says):
        parse(document)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"NaN"])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(InvalidParameter):
        parse_polygons(body, 1000)


def test_too_many_positions() -> None:
    document = collection(*[feature(POLYGON)] * 10)
    assert len(parse(document, 40)) == 10
    with pytest.raises(TooLarge, match="39 positions"):
        parse(document, 39)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=5)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "features", "crs"]), children
        )
        | st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ["Polygon", "MultiPolygon", "Feature", "FeatureCollection"]
                ),
                "coordinates": children,
                "geometry": children,
                "features": children,
            }
        )
    ),
)


@given(JSON)
def test_any_document_is_read_or_refused(document: Any) -> None:
    polygons: tuple[Polygon, ...] | None = None
    with contextlib.suppress(InvalidParameter, TooLarge):
        polygons = parse(document)
    assert polygons is None or all(polygon.size >= 4 for polygon in polygons)
