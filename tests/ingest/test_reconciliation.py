"""An upload through real S3 and PostgreSQL: what is registered, published and reported."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.io import MemoryFile

from categorical.classes import parse_classes

MASK = ("categorical", "S2", "20181010", "cloudmask")
KEY = "categorical/S2/20181010/cloudmask.tif"
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}


def colors_of(metadata):
    return {item["title"]: item.get("color_hint") for item in metadata["classes"]}


@pytest.fixture
def registered(ingestion, stripes):
    """The mask, registered with a class file of its product."""
    ingestion.put("categorical/S2/categories.json", CLASSES)
    report = ingestion.upload(KEY, stripes)
    assert report.status == "registered"
    return report


def test_upload_with_a_class_file_is_registered(ingestion, registered, stripes):
    assert ingestion.datasets() == {MASK: registered.path}
    metadata = ingestion.metadata(*MASK)
    assert metadata["metadata"]["categories"] == CLASSES
    assert [
        (item["value"], item["name"], item["title"], item["count"], item["percentage"])
        for item in metadata["metadata"]["classes"]
    ] == [
        (0, "clear_land", "clear land", 768, 25),
        (1, "clear_water", "clear water", 768, 25),
        (2, "cloud", "cloud", 768, 25),
        (3, "cloud_shadow", "cloud shadow", 768, 25),
    ]
    assert metadata["range"] == (0, 3)
    source = metadata["metadata"]["source"]
    assert source["bucket"] == ingestion.resources.incoming
    assert (source["key"], source["size"]) == (KEY, stripes.stat().st_size)
    assert source["registered_at"] == "2026-01-02T03:04:05+00:00"
    with open_published(ingestion, registered) as published:
        assert published.read(1).tolist() == rasterio.open(stripes).read(1).tolist()


MEANWHILE = {
    "replaced": lambda ingestion, geotiff: ingestion.upload(KEY, geotiff(np.zeros((8, 8), "u1"))),
    "removed": lambda ingestion, geotiff: ingestion.remove(KEY),
    "class file": lambda ingestion, geotiff: ingestion.upload(
        "categorical/S2/20181010/categories.json", {"land": 0, "other": 1}
    ),
}


@pytest.mark.parametrize("change", MEANWHILE)
@pytest.mark.parametrize(
    "written", ["categorical/S2/20181010/cloudmask/", "reports/"], ids=["registered", "reported"]
)
def test_what_changes_meanwhile_is_not_undone(ingestion, stripes, geotiff, change, written):
    """The change's own event is handled within another's, before it is registered or reported."""
    ingestion.put("categorical/S2/categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    pending = [MEANWHILE[change]]

    def meanwhile(params, **_):
        if params["Key"].startswith(written) and pending:
            pending.pop()(ingestion, geotiff)

    events = ingestion.s3.meta.events
    events.register("before-parameter-build.s3.PutObject", meanwhile)
    ingestion.handle(KEY)
    events.unregister("before-parameter-build.s3.PutObject", meanwhile)
    assert not pending
    found = seen(ingestion)
    ingestion.handle(KEY)
    assert found == seen(ingestion)


def seen(ingestion):
    """What readers and producers see of the mask."""
    datasets = ingestion.datasets()
    metadata = [ingestion.metadata(*keys) for keys in datasets]
    return datasets, metadata, ingestion.report(KEY)


def test_report_tells_what_was_registered(ingestion, registered):
    report = ingestion.report(KEY)
    assert report["status"] == "registered"
    assert report["keys"] == dict(zip(("type", "sensor", "date", "band"), MASK, strict=True))
    assert report["path"] == ingestion.datasets()[MASK]
    assert report["classes"] == ingestion.metadata(*MASK)["metadata"]["classes"]
    assert "error" not in report


def test_registered_classes_can_be_read_as_a_class_file(ingestion, registered):
    classes = parse_classes(ingestion.metadata(*MASK)["metadata"]["classes"])
    assert {item.label: item.value for item in classes} == CLASSES
    assert len({item.color for item in classes}) == 4


def test_published_raster_never_changes_its_name_or_headers(ingestion, registered):
    (key,) = ingestion.published()
    assert registered.path == f"s3://{ingestion.resources.published}/{key}"
    assert Path(key).parent.as_posix() == "/".join(MASK)
    head = ingestion.s3.head_object(Bucket=ingestion.resources.published, Key=key)
    assert head["ContentType"] == "image/tiff"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_the_same_event_twice_changes_nothing(ingestion, registered):
    before = (ingestion.datasets(), ingestion.metadata(*MASK), ingestion.published(""))
    ingestion.now = ingestion.now.replace(year=2027)
    ingestion.handle(KEY)
    ingestion.handle("categorical/S2/categories.json")
    after = (ingestion.datasets(), ingestion.metadata(*MASK), ingestion.published(""))
    assert after == (*before[:2], sorted([*before[2], class_report(ingestion)]))


def class_report(ingestion):
    return "reports/categorical/S2/categories.json.json"


def test_raster_waits_for_its_class_file(ingestion, stripes):
    report = ingestion.upload(KEY, stripes)
    assert (report.status, report.error.code) == ("rejected", "no_classes")
    assert ingestion.datasets() == {}
    assert ingestion.published() == []
    ingestion.upload("categories.json", CLASSES)
    assert list(ingestion.datasets()) == [MASK]
    assert ingestion.report(KEY)["status"] == "registered"


def test_rejection_brings_a_class_file_to_start_from(ingestion, geotiff):
    pixels = np.array([[0, 4, 4, 9]], "uint8")
    colors = {4: (10, 20, 30, 255)}
    ingestion.upload(KEY, geotiff(pixels, nodata=0, colors=colors))
    skeleton = ingestion.report(KEY)["class_file"]
    assert [(c["value"], c["description"]) for c in skeleton["classification:classes"]] == [
        (0, "1 pixels"),
        (4, "2 pixels"),
        (9, "1 pixels"),
    ]
    assert skeleton["classification:classes"][1]["color_hint"] == "0A141E"
    ingestion.upload("categorical/S2/20181010/cloudmask.categories.json", skeleton)
    assert ingestion.report(KEY)["status"] == "registered"


@pytest.mark.parametrize(
    "nearer",
    [
        "categorical/S2/20181010/cloudmask.categories.json",
        "categorical/S2/20181010/categories.json",
        "categorical/S2/categories.json",
        "categorical/categories.json",
    ],
)
def test_the_nearest_class_file_counts(ingestion, stripes, nearer):
    ingestion.put("categories.json", {"far": 0})
    ingestion.put(nearer, CLASSES)
    ingestion.upload(KEY, stripes)
    assert ingestion.metadata(*MASK)["metadata"]["categories"] == CLASSES
    ingestion.remove(nearer)
    assert ingestion.metadata(*MASK)["metadata"]["categories"] == {"far": 0}


def test_changed_class_file_registers_anew_without_the_pixels(ingestion, registered):
    before = ingestion.published("")
    ingestion.s3.put_object(  # nobody may need the upload's pixels again
        Bucket=ingestion.resources.published, Key="witness", Body=b""
    )
    changed = {"land": 0, "water": 1, "cloud": 2, "shadow": 3}
    ingestion.upload("categorical/S2/categories.json", changed)
    assert ingestion.metadata(*MASK)["metadata"]["categories"] == changed
    assert ingestion.datasets()[MASK] == registered.path
    assert set(ingestion.published("")) - set(before) == {"witness", class_report(ingestion)}


def test_raster_with_stored_inspection_is_not_downloaded_again(ingestion, registered):
    """Its inspection is believed: here it says something that the pixels do not."""
    key = registered.path.partition(f"{ingestion.resources.published}/")[2]
    record = key.replace(".tif", ".json")
    stored = json.loads(ingestion.download(f"s3://{ingestion.resources.published}/{record}"))
    stored["counts"]["0"] = 5
    ingestion.s3.put_object(
        Bucket=ingestion.resources.published, Key=record, Body=json.dumps(stored).encode()
    )
    ingestion.handle(KEY)
    assert ingestion.metadata(*MASK)["metadata"]["classes"][0]["count"] == 5


def test_replaced_raster_is_published_beside_the_old_one(ingestion, registered, geotiff):
    report = ingestion.upload(KEY, geotiff(np.full((64, 48), 2, "uint8")))
    assert report.path != registered.path
    assert ingestion.datasets() == {MASK: report.path}
    assert ingestion.download(registered.path)
    assert ingestion.metadata(*MASK)["metadata"]["classes"][2]["count"] == 64 * 48


def test_removed_raster_is_no_dataset_any_more(ingestion, registered):
    report = ingestion.remove(KEY)
    assert report.status == "removed"
    assert ingestion.datasets() == {}
    assert ingestion.report(KEY)["status"] == "removed"


def test_removed_raster_with_a_rejected_one_in_its_place(ingestion, registered):
    ingestion.put(KEY.replace(".tif", ".TIFF"), b"no raster")
    assert ingestion.remove(KEY).status == "removed"
    assert ingestion.report(KEY.replace(".tif", ".TIFF"))["status"] == "rejected"
    assert ingestion.datasets() == {}


def test_removal_of_what_never_was(ingestion):
    assert ingestion.remove(KEY).status == "removed"
    assert ingestion.remove("nonsense").status == "removed"


def test_dataset_registered_by_hand_survives_the_removal_of_an_upload(ingestion, registered):
    ingestion.driver.insert(MASK, registered.path, metadata=by_hand(ingestion))
    ingestion.remove(KEY)
    assert list(ingestion.datasets()) == [MASK]


def by_hand(ingestion):
    return {**ingestion.metadata(*MASK), "metadata": {"categories": CLASSES}}


def test_late_events_follow_what_is_there_now(ingestion, registered, geotiff):
    ingestion.put(KEY, geotiff(np.full((64, 48), 1, "uint8")))
    ingestion.handle(KEY, removed=True)
    assert ingestion.metadata(*MASK)["metadata"]["classes"][1]["count"] == 64 * 48
    ingestion.delete(KEY)
    ingestion.handle(KEY, etag="0" * 32)
    assert ingestion.datasets() == {}


def test_bad_replacement_leaves_the_good_map_and_says_so(ingestion, registered):
    report = ingestion.upload(KEY, b"no raster at all")
    assert (report.status, report.error.code) == ("rejected", "not_a_raster")
    assert report.still_registered == registered.path
    assert ingestion.datasets() == {MASK: registered.path}


def test_two_uploads_with_the_same_keys_the_first_by_name_counts(ingestion, stripes, geotiff):
    other = "categorical/S2/20181010/cloudmask.TIFF"
    ingestion.put("categories.json", CLASSES)
    ingestion.upload(KEY, stripes)
    ingestion.upload(other, geotiff(np.full((64, 48), 2, "uint8")))
    assert ingestion.report(other)["status"] == "registered"
    assert ingestion.report(KEY)["error"]["code"] == "duplicate_upload"
    ingestion.remove(other)
    assert ingestion.report(other)["status"] == "removed"
    assert ingestion.report(KEY)["status"] == "registered"
    assert ingestion.metadata(*MASK)["metadata"]["classes"][2]["count"] == 768


def test_key_with_special_characters(ingestion, stripes):
    key = "categorical/S 2/2018+10+10/wölk chen&(1).tif"
    ingestion.put("categories.json", CLASSES)
    assert ingestion.upload(key, stripes).status == "registered"
    assert list(ingestion.datasets()) == [("categorical", "S 2", "2018+10+10", "wölk chen&(1)")]


def test_sequencer_and_version_are_kept(ingestion, stripes):
    ingestion.s3.put_bucket_versioning(
        Bucket=ingestion.resources.incoming, VersioningConfiguration={"Status": "Enabled"}
    )
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    head = ingestion.s3.head_object(Bucket=ingestion.resources.incoming, Key=KEY)
    etag = head["ETag"].strip('"')
    ingestion.handle(KEY, etag=etag, sequencer="0055AED6DCD90281E6")
    ingestion.handle(KEY, etag=etag, sequencer="0055AED6DCD90281E5")
    ingestion.handle(KEY, etag="another", sequencer="0055AED6DCD90281E7")
    source = ingestion.metadata(*MASK)["metadata"]["source"]
    assert source["sequencer"] == "0055AED6DCD90281E6"
    assert source["version_id"] == head["VersionId"]


# --- what a raster holds --------------------------------------------------------------------------


def odd(report):
    """Codes of the warnings that are about what the raster holds."""
    return [warning.code for warning in report.warnings if warning.code != "rewritten"]


def test_values_without_a_class_are_counted(ingestion, stripes):
    ingestion.put("categories.json", {"clear land": 0, "clear water": 1})
    report = ingestion.upload(KEY, stripes)
    (warning,) = (w for w in report.warnings if w.code == "unclassified_values")
    assert "1,536 pixels (50.000%)" in warning.message
    assert "2 (768), 3 (768)" in warning.message
    assert [item["value"] for item in report.classes] == [0, 1]


def test_classes_that_never_occur_are_fine(ingestion, stripes):
    ingestion.put("categories.json", CLASSES | {"snow": 4})
    report = ingestion.upload(KEY, stripes)
    assert report.classes[4]["count"] == 0
    assert odd(report) == []


def test_percentages_are_of_the_valid_pixels(ingestion, geotiff):
    ingestion.put(
        "categories.json",
        [
            {"value": 1, "title": "forest"},
            {"value": 2, "title": "water"},
            {"value": 9, "title": "not seen", "nodata": True},
        ],
    )
    report = ingestion.upload(KEY, geotiff(np.array([[0, 0, 1, 1, 1, 2, 9, 9]], "uint8"), nodata=0))
    assert [(c["title"], c["count"], c["percentage"]) for c in report.classes] == [
        ("forest", 3, 75),
        ("water", 1, 25),
        ("not seen", 2, 0),
    ]
    assert "color_hint" not in report.classes[2]


def test_class_with_the_nodata_value_is_warned_about(ingestion, geotiff):
    ingestion.put("categories.json", {"clear": 0, "cloud": 1})
    report = ingestion.upload(KEY, geotiff(np.array([[0, 1]], "uint8"), nodata=0))
    assert odd(report) == ["class_is_nodata"]


def test_raster_of_nodata_alone_is_registered_and_warned_about(ingestion, geotiff):
    ingestion.put("categories.json", {"cloud": 1})
    report = ingestion.upload(KEY, geotiff(np.zeros((4, 4), "uint8"), nodata=0))
    assert report.status == "registered"
    assert odd(report) == ["no_valid_pixels"]
    assert ingestion.metadata(*MASK)["valid_percentage"] == 0


def test_classes_saved_as_floating_point_are_converted(ingestion, geotiff):
    ingestion.put("categories.json", {"clear": 0, "cloud": 1})
    pixels = np.array([[0, 1, 1, np.nan]], "float32")
    report = ingestion.upload(KEY, geotiff(pixels, nodata=float("nan"), tags={"by": "us"}))
    assert [w.code for w in report.warnings] == ["converted"]
    assert [(c["title"], c["count"]) for c in report.classes] == [("clear", 1), ("cloud", 2)]
    with open_published(ingestion, report) as published:
        assert (published.dtypes[0], published.nodata) == ("uint8", 255)
        assert published.tags()["by"] == "us"


@pytest.mark.parametrize(("fill", "codes"), [(0, ["undeclared_nodata"]), (7, [])])
def test_undeclared_nodata_that_plainly_fills(ingestion, geotiff, fill, codes):
    ingestion.put("categories.json", {"clear": 1, "cloud": 2})
    report = ingestion.upload(KEY, geotiff(np.array([[fill, fill, fill, 1, 2]], "uint8")))
    assert odd(report) == ["unclassified_values", *codes]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", "uint32", "int32", "int64", "uint64"])
def test_every_integer_type(ingestion, geotiff, dtype):
    high = int(np.iinfo(dtype).max) // 2
    low = -3 if dtype.startswith("i") else 3
    ingestion.put("categories.json", {"low": low, "high": high})
    report = ingestion.upload(KEY, geotiff(np.array([[low, high, high]], dtype)))
    assert [(c["value"], c["count"]) for c in report.classes] == [(low, 1), (high, 2)]


def test_other_types_than_categorical_are_continuous(ingestion, geotiff):
    pixels = np.linspace(-1, 1, 1000 * 600, dtype="float32").reshape(1000, 600)
    key = "reflectance/S2/20181010/B04.tif"
    report = ingestion.upload(key, geotiff(pixels, nodata=-9999))
    assert report.status == "registered"
    metadata = ingestion.metadata("reflectance", "S2", "20181010", "B04")
    assert "categories" not in metadata["metadata"]
    assert metadata["range"] == pytest.approx((-1, 1))
    with open_published(ingestion, report) as published:
        assert published.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert np.array_equal(published.read(1), pixels)


# --- publication ----------------------------------------------------------------------------------


def land_cover(height=900, width=700):
    """Patches of four classes."""
    rng = np.random.default_rng(7)
    return rng.integers(0, 4, (height // 7, width // 7), "uint8").repeat(7, 0).repeat(7, 1) * 10


COVER = {"a": 0, "b": 10, "c": 20, "d": 30}


@contextmanager
def open_published(ingestion, report, **options):
    with MemoryFile(ingestion.download(report.path)) as file, file.open(**options) as dataset:
        yield dataset


def test_strips_are_rewritten_as_cog_with_everything_they_had(ingestion, geotiff):
    pixels = land_cover()
    colors = {0: (1, 2, 3, 255), 10: (4, 5, 6, 255), 30: (7, 8, 9, 255)}
    path = geotiff(pixels, colors=colors, nodata=20, tags={"legend": "four"}, crs="EPSG:3035")
    ingestion.put("categories.json", COVER)
    report = ingestion.upload(KEY, path)
    (warning,) = (w for w in report.warnings if w.code == "rewritten")
    assert "strips" in warning.message
    with open_published(ingestion, report) as published:
        assert published.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert np.array_equal(published.read(1), pixels)
        assert published.crs.to_epsg() == 3035
        assert published.transform == rasterio.open(path).transform
        assert published.nodata == 20
        assert published.colormap(1)[30] == (7, 8, 9, 255)
        assert published.tags()["legend"] == "four"
        assert published.overviews(1) == [2]


def test_cog_is_published_byte_by_byte(ingestion, geotiff):
    path = geotiff(land_cover(), driver="COG", blocksize=256, overview_resampling="mode")
    ingestion.put("categories.json", COVER)
    report = ingestion.upload(KEY, path)
    assert report.warnings == ()
    assert ingestion.download(report.path) == path.read_bytes()


def test_averaged_overviews_are_rebuilt(ingestion, geotiff):
    pixels = land_cover()
    path = geotiff(pixels, driver="COG", blocksize=128, overview_resampling="average")
    with rasterio.open(path, overview_level=1) as overview:
        assert not set(np.unique(overview.read(1))) <= {0, 10, 20, 30}
    ingestion.put("categories.json", COVER)
    report = ingestion.upload(KEY, path)
    assert [w.code for w in report.warnings] == ["averaged_overviews"]
    with open_published(ingestion, report) as published:
        assert np.array_equal(published.read(1), pixels)
    with open_published(ingestion, report, overview_level=0) as small:
        assert set(np.unique(small.read(1)).tolist()) <= {0, 10, 20, 30}


def test_averaged_overviews_are_told_of_where_the_raster_is_rewritten_anyway(ingestion, geotiff):
    path = geotiff(land_cover(), overviews=(2, 4), resampling="average")
    ingestion.put("categories.json", COVER)
    report = ingestion.upload(KEY, path)
    assert {w.code for w in report.warnings} == {"averaged_overviews", "rewritten"}
    with open_published(ingestion, report, overview_level=0) as small:
        assert set(np.unique(small.read(1)).tolist()) <= {0, 10, 20, 30}


def test_nothing_is_left_in_the_work_folder(ingestion, registered):
    ingestion.upload(KEY, b"bad")
    assert list(ingestion.settings.work_folder.iterdir()) == []


# --- colours --------------------------------------------------------------------------------------


def test_label_keeps_its_colour_in_later_dates(ingestion, registered, stripes):
    first = colors_of(ingestion.metadata(*MASK)["metadata"])
    ingestion.put(
        "categorical/S2/20191010/categories.json", {"snow": 0, "cloud": 1, "clear water": 3}
    )
    ingestion.upload("categorical/S2/20191010/cloudmask.tif", stripes)
    later = colors_of(ingestion.metadata("categorical", "S2", "20191010", "cloudmask")["metadata"])
    assert (later["cloud"], later["clear water"]) == (first["cloud"], first["clear water"])
    assert later["snow"] not in first.values()


def test_class_files_colour_replaces_a_palettes_in_all_dates(ingestion, registered, stripes):
    ingestion.upload("categorical/S2/20191010/cloudmask.tif", stripes)
    ingestion.put(
        "categorical/S2/20201010/categories.json",
        [{"value": 2, "title": "cloud", "color_hint": "ffffff"}],
    )
    ingestion.upload("categorical/S2/20201010/cloudmask.tif", stripes)
    for date in ("20181010", "20191010", "20201010"):
        metadata = ingestion.metadata("categorical", "S2", date, "cloudmask")["metadata"]
        assert colors_of(metadata)["cloud"] == "FFFFFF"
    assert metadata["categories"] == {"cloud": 2}


def test_second_class_files_other_colour_is_not_taken(ingestion, stripes):
    for date, color in (("20181010", "ffffff"), ("20191010", "000000")):
        ingestion.put(
            f"categorical/S2/{date}/categories.json",
            [{"value": 2, "title": "cloud", "color_hint": color}],
        )
        report = ingestion.upload(f"categorical/S2/{date}/cloudmask.tif", stripes)
    assert report.classes[0]["color_hint"] == "FFFFFF"
    (warning,) = (w for w in report.warnings if w.code == "color_kept")
    for named in ("cloud", "FFFFFF", "000000", "20181010/cat", "20191010/cat"):
        assert named in warning.message


def test_rasters_colours_apply_where_the_class_file_has_none(ingestion, geotiff):
    colors = {1: (10, 20, 30, 255), 2: (40, 50, 60, 255)}
    ingestion.put(
        "categories.json",
        [{"value": 1, "title": "one"}, {"value": 2, "title": "two", "color_hint": "ABCDEF"}],
    )
    ingestion.upload(KEY, geotiff(np.array([[1, 2]], "uint8"), colors=colors))
    assert colors_of(ingestion.metadata(*MASK)["metadata"]) == {"one": "0A141E", "two": "ABCDEF"}


# --- bad input ------------------------------------------------------------------------------------


def cut(path, share):
    content = path.read_bytes()
    return content[: int(len(content) * share)]


def with_overview_file(path):
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(ns="OVERVIEWS", OVERVIEW_FILE="/vsis3/other/raster.tif")
    return path


def noise(geotiff, **options):
    pixels = np.random.default_rng(3).integers(0, 4, (600, 600), "uint8")
    return geotiff(pixels, compress="deflate", **options)


BAD = {
    "empty_file": lambda geotiff: b"",
    "not_a_raster": lambda geotiff: b"\x89PNG and so on",
    "unreadable_raster": lambda geotiff: cut(noise(geotiff), 0.6),
    "foreign_overviews": lambda geotiff: with_overview_file(geotiff(np.zeros((8, 8), "uint8"))),
    "several_bands": lambda geotiff: geotiff(np.zeros((3, 8, 8), "uint8")),
    "floating_point": lambda geotiff: geotiff(np.full((8, 8), 0.5, "float32")),
    "unsupported_data_type": lambda geotiff: geotiff(np.zeros((8, 8), "complex64")),
    "no_crs": lambda geotiff: geotiff(np.ones((8, 8), "uint8"), crs=None),
    "unusable_crs": lambda geotiff: geotiff(
        np.ones((8, 8), "uint8"), transform=rasterio.Affine(1e9, 0, 1e12, 0, -1e9, 1e12)
    ),
    "too_large": lambda geotiff: geotiff(np.zeros((1001, 1000), "uint8")),
    "block_too_large": lambda geotiff: geotiff(
        np.zeros((900, 900), "uint8"), blockysize=900, compress="deflate"
    ),
    "too_many_values": lambda geotiff: geotiff(np.arange(900, dtype="uint16").reshape(30, 30)),
}


@pytest.mark.parametrize("code", BAD)
def test_bad_upload_is_reported_with_its_fault_and_remedy(ingestion, geotiff, code):
    ingestion.configure(max_pixels=1_000_000, max_block_bytes=500_000, max_values=800)
    ingestion.put("categories.json", CLASSES)
    report = ingestion.upload(KEY, BAD[code](geotiff))
    assert (report.status, report.error.code) == ("rejected", code)
    stored = ingestion.report(KEY)
    assert stored["error"]["message"]
    assert stored["error"]["remedy"]
    assert str(ingestion.settings.work_folder) not in json.dumps(stored)
    assert ingestion.datasets() == {}
    assert ingestion.published() == []


def test_raster_that_lies_nowhere(ingestion, tmp_path):
    path = tmp_path / "plain.tif"
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        plain = rasterio.open(
            path, "w", driver="GTiff", count=1, width=8, height=8, dtype="uint8", crs="EPSG:4326"
        )
    with plain:
        plain.write(np.ones((1, 8, 8), "uint8"))
    assert ingestion.upload(KEY, path).error.code == "no_georeferencing"


def test_raster_with_ground_control_points_only(ingestion, tmp_path):
    path = tmp_path / "points.tif"
    points = [GroundControlPoint(row, col, col, -row) for row, col in ((0, 0), (0, 8), (8, 0))]
    profile = {"driver": "GTiff", "count": 1, "width": 8, "height": 8, "dtype": "uint8"}
    with rasterio.open(path, "w", crs="EPSG:4326", gcps=points, **profile) as dataset:
        dataset.write(np.ones((1, 8, 8), "uint8"))
    error = ingestion.upload(KEY, path).error
    assert error.code == "no_georeferencing"
    assert "3 ground control points" in error.message
    assert "gdalwarp" in error.remedy


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_truncated_wherever(ingestion, geotiff, driver, share):
    ingestion.put("categories.json", CLASSES)
    report = ingestion.upload(KEY, cut(noise(geotiff, driver=driver), share))
    assert report.error.code == "unreadable_raster"


def test_upload_larger_than_allowed_is_not_downloaded(ingestion, stripes):
    ingestion.configure(max_raster_bytes=100)
    report = ingestion.upload(KEY, stripes)
    assert report.error.code == "too_large"
    assert "more than 100" in report.error.message


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_raster_that_grows_too_large_when_it_is_rewritten(ingestion, geotiff, dtype):
    """A small file may be a large one in other words: the disk's room is for all of them."""
    ingestion.put("categories.json", CLASSES)
    pixels = np.random.default_rng(3).integers(0, 4, (600, 600)).astype(dtype)
    path = geotiff(pixels, compress="zstd")
    ingestion.configure(max_disk_bytes=path.stat().st_size + 100_000)
    report = ingestion.upload(KEY, path)
    assert report.error.code == "too_large"
    assert "of disk" in report.error.message
    assert f"python -m ingest register s3://{ingestion.resources.incoming}/{KEY}" in (
        report.error.remedy
    )
    assert ingestion.published() == []
    assert list(ingestion.settings.work_folder.iterdir()) == []
    ingestion.configure(max_disk_bytes=2**30)
    assert ingestion.handle(KEY).status == "registered"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"not json", "not JSON"),
        (b"", "it is empty"),
        (b'{"W\xe4lder": 0}', "save it as UTF-8"),
        (b'{"cloud": 2, "cloud": 3}', "occurs 2 times"),
        (b'{"a": 1, "b": 1}', "the value 1 occurs 2 times"),
        (b'{"a": 1.5}', "not an integer"),
        (b"{}", "no classes"),
        (b" " * 2000, "more than 1,000"),
    ],
)
def test_bad_class_file_is_reported_for_itself_and_its_rasters(ingestion, stripes, content, fault):
    ingestion.configure(max_class_file_bytes=1000)
    ingestion.put(KEY, stripes)
    report = ingestion.upload("categorical/categories.json", content)
    for found in (report.model_dump(), ingestion.report(KEY)):
        assert (found["status"], found["error"]["code"]) == ("rejected", "invalid_classes")
        assert "categorical/categories.json" in found["error"]["message"]
        assert fault in found["error"]["message"]
        assert found["error"]["remedy"]
    ingestion.upload("categorical/categories.json", CLASSES)
    assert ingestion.report(KEY)["status"] == "registered"


@pytest.mark.parametrize(
    "key", ["cloudmask.tif", "categorical/S2/x.tif", "notes.txt", "a/b/c/d%.tif"]
)
def test_key_that_fits_no_pattern(ingestion, stripes, key):
    report = ingestion.upload(key, stripes)
    assert report.error.code == "key_mismatch"
    assert repr(key) in ingestion.report(key)["error"]["message"]
