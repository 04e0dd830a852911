"""What became of each class, over HTTP."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from flask.testing import FlaskClient

from tests.handler.areas.rasters import write_raster
from tests.handler.conftest import DATASET, PUBLISHED, SIDE, Registry, Serve, quarters, write_cog

URL = f"/transitions/{'/'.join(DATASET)}"
ANYWHERE = {"Origin": "https://a.example"}
QUARTER = SIDE * SIDE // 4
LATER = ("categorical", "S2", "20191010", "cloudmask")


def file(url: str) -> str:
    return url.removeprefix("sqlite:///")


@pytest.fixture(scope="session")
def later_cog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raster a year later: 0 became 2, and of 3 the last column 7, of no class, or nodata."""
    pixels = quarters()
    pixels[pixels == 0] = 2
    pixels[SIDE // 2 :, -1] = 7
    pixels[-1, -1] = 255
    return write_cog(tmp_path_factory.mktemp("later") / "cloud_mask.tif", pixels)


@pytest.fixture
def two_dates(sqlite: Registry, serve: Serve, cog: Path, later_cog: Path) -> FlaskClient:
    sqlite.register(str(cog), PUBLISHED)
    sqlite.register(str(later_cog), PUBLISHED, keys=LATER)
    return serve(file(sqlite.url))


def test_rows(two_dates: FlaskClient) -> None:
    document = two_dates.get(f"{URL}?to=20191010").get_json()
    rows = document.pop("transitions")
    areas = [row.pop("area") for row in rows]
    assert rows == [
        {
            "from": value,
            "to": to,
            "from_label": label,
            "to_label": to_label,
            "unchanged": value == to,
            "count": count,
        }
        for value, to, label, to_label, count in (
            (0, 2, "Clear land", "Cloud", QUARTER),
            (1, 1, "Clear water", "Clear water", QUARTER),
            (2, 2, "Cloud", "Cloud", QUARTER),
            (3, 3, "Cloud shadow", "Cloud shadow", QUARTER - SIDE // 2),
        )
    ]
    # In the middle of the zone its scale is 0.9996, and a little more 5 km beside it.
    assert areas == pytest.approx([row["count"] * 100 / 0.9996**2 for row in rows], rel=1e-5)
    assert document["unclassified"]["count"] == SIDE // 2 - 1
    assert document["nodata"]["count"] == 1
    assert tuple(document["keys"].values()) == DATASET
    assert tuple(document["to_keys"].values()) == LATER
    assert document["version"] != document["to_version"]
    assert (document["counts"], document["areas"]) == ("exact", "exact")
    assert (document["resolution"], document["to_resolution"]) == (1, 1)


def test_areas_are_those_of_statistics(two_dates: FlaskClient) -> None:
    rows = two_dates.get(f"{URL}?to=20181010").get_json()["transitions"]
    classes = two_dates.get(f"/statistics/{'/'.join(DATASET)}").get_json()["classes"]
    assert {row["unchanged"] for row in rows} == {True}
    assert [(row["from"], row["count"], row["area"]) for row in rows] == [
        (item["value"], item["count"], item["area"]) for item in classes
    ]


def test_a_label_whose_value_changed_did_not_change_itself(
    sqlite: Registry, serve: Serve, cog: Path, later_cog: Path
) -> None:
    sqlite.register(str(cog), {"categories": {"land": 0, "water": 1}})
    sqlite.register(str(later_cog), {"categories": {"land": 2, "water": 1}}, keys=LATER)
    document = serve(file(sqlite.url)).get(f"{URL}?to=20191010").get_json()
    assert [(row["from"], row["to"], row["unchanged"]) for row in document["transitions"]] == [
        (0, 2, True),
        (1, 1, True),
    ]
    assert document["unclassified"]["count"] == 2 * QUARTER - 1


def test_a_nodata_class_is_no_transition(
    sqlite: Registry, serve: Serve, cog: Path, later_cog: Path
) -> None:
    classes = [{**item, "nodata": item["value"] == 2} for item in PUBLISHED["classes"]]
    sqlite.register(str(cog), PUBLISHED)
    sqlite.register(str(later_cog), {**PUBLISHED, "classes": classes}, keys=LATER)
    document = serve(file(sqlite.url)).get(f"{URL}?to=20191010").get_json()
    assert [row["from"] for row in document["transitions"]] == [1, 3]
    assert document["nodata"]["count"] == 2 * QUARTER + 1


def test_large_rasters(two_dates: FlaskClient, sqlite: Registry, serve: Serve) -> None:
    client = serve(file(sqlite.url), HANDLER_MAX_PIXELS="300000")
    document = client.get(f"{URL}?to=20191010").get_json()
    assert (document["counts"], document["areas"]) == ("estimated", "estimated")
    assert (document["resolution"], document["to_resolution"]) == (2, 2)
    assert document["transitions"][0]["count"] == QUARTER
    for name in ("HANDLER_MAX_PIXELS", "HANDLER_MAX_TRANSITIONS"):
        response = serve(file(sqlite.url), **{name: "3"}).get(f"{URL}?to=20191010")
        assert response.status_code == 413
        assert "3" in response.get_json()["message"]


def test_another_grid(sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path) -> None:
    """A year later somebody sends longitude and latitude, and covers the western half."""
    place = Affine(0.001, 0, 14.9, 0, -0.001, 49.8)
    path = write_raster(tmp_path / "a.tif", np.full((400, 171), 2, np.uint8), "EPSG:4326", place)
    sqlite.register(str(cog), PUBLISHED)
    sqlite.register(path, PUBLISHED, keys=LATER)
    document = serve(file(sqlite.url)).get(f"{URL}?to=20191010").get_json()
    assert {row["to"] for row in document["transitions"]} == {2}
    counts = {row["from"]: row["count"] for row in document["transitions"]}
    assert counts[0] == counts[2] == QUARTER
    assert sum(counts.values()) + document["nodata"]["count"] == SIDE * SIDE


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 400, "to is missing"),
        ("?to=", 400, "to is missing"),
        ("?to=1999", 404, "1999"),
        ("?to=%00", 404, "no dataset"),
        ("?to=20181010/x", 404, "no dataset"),
        ("?to=20201010", 404, "no classes"),
    ],
)
def test_bad_dates(
    two_dates: FlaskClient, sqlite: Registry, query: str, status: int, says: str
) -> None:
    sqlite.register("/no.tif", {}, keys=("categorical", "S2", "20201010", "cloudmask"))
    response = two_dates.get(f"{URL}{query}", headers=ANYWHERE)
    assert response.status_code == status
    assert says in response.get_json()["message"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_database_without_dates(two_dates: FlaskClient, sqlite: Registry, serve: Serve) -> None:
    response = serve(file(sqlite.url), HANDLER_DATE_KEY="month").get(f"{URL}?to=20191010")
    assert response.status_code == 404
    assert "month" in response.get_json()["message"]


def test_caching(two_dates: FlaskClient, sqlite: Registry, later_cog: Path, serve: Serve) -> None:
    response = two_dates.get(f"{URL}?to=20191010")
    held = {"If-None-Match": response.headers["ETag"]}
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert two_dates.get(f"{URL}?to=20191010", headers=held).status_code == 304
    renamed: list[dict[str, Any]] = [
        {**item, "title": f"{item['title']}!"} for item in PUBLISHED["classes"]
    ]
    sqlite.register(str(later_cog), {**PUBLISHED, "classes": renamed}, keys=LATER)
    assert serve(file(sqlite.url)).get(f"{URL}?to=20191010", headers=held).status_code == 200
