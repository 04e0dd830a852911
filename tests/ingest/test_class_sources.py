"""Where the classes of an upload come from, over real S3."""

import json
import time

import numpy as np
import pytest

from tests.ingest.test_dbf import FIELDS, ROWS, dbf

KEY = "categorical/NLCD/2001/cover.tif"
DATASET = ("categorical", "NLCD", "2001", "cover")
PAM = b"""<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable Row0Min="0" BinSize="1">
<FieldDefn index="0"><Name>Land Cover Class</Name><Type>2</Type><Usage>0</Usage></FieldDefn>
<Row index="0"><F></F></Row><Row index="1"><F>Open Water</F></Row><Row index="2"><F>Forest</F></Row>
</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"""
CLR = b"1 0 0 255 water\n2 0 128 0 trees\n"


@pytest.fixture
def raster(geotiff):
    return geotiff(np.array([[1, 1, 2]], "uint8"))


def categories(ingestion):
    return ingestion.metadata(*DATASET)["metadata"]["categories"]


@pytest.mark.parametrize("first", ["raster", "sidecar"])
def test_attribute_table_beside_the_raster_in_either_order(ingestion, raster, first):
    files = [(KEY, raster), (KEY + ".aux.xml", PAM)]
    for key, content in files if first == "raster" else files[::-1]:
        ingestion.upload(key, content)
    assert categories(ingestion) == {"Open Water": 1, "Forest": 2}
    source = ingestion.metadata(*DATASET)["metadata"]["source"]
    assert source["classes"].endswith(f"{KEY}.aux.xml")


def test_class_file_in_any_folder_goes_before_a_sidecar(ingestion, raster):
    ingestion.put(KEY + ".aux.xml", PAM)
    ingestion.put("categories.json", {"a": 1, "b": 2})
    ingestion.upload(KEY, raster)
    assert categories(ingestion) == {"a": 1, "b": 2}
    ingestion.remove("categories.json")
    assert categories(ingestion) == {"Open Water": 1, "Forest": 2}


def test_colour_file_gives_colours_to_classes_that_have_none(ingestion, raster):
    ingestion.put(KEY.replace(".tif", ".clr"), CLR)
    ingestion.put(KEY + ".aux.xml", PAM)
    report = ingestion.upload(KEY, raster)
    assert [(c["title"], c["color_hint"]) for c in report.classes] == [
        ("Open Water", "0000FF"),
        ("Forest", "008000"),
    ]


def test_colour_file_with_labels_names_the_classes(ingestion, raster):
    ingestion.put(KEY.replace(".tif", ".clr"), CLR)
    ingestion.upload(KEY, raster)
    assert categories(ingestion) == {"water": 1, "trees": 2}


def test_changed_and_removed_sidecar(ingestion, raster):
    ingestion.upload(KEY, raster)
    ingestion.upload(KEY + ".aux.xml", PAM)
    ingestion.upload(KEY + ".aux.xml", PAM.replace(b"Forest", b"Wood"))
    assert categories(ingestion) == {"Open Water": 1, "Wood": 2}
    assert ingestion.remove(KEY + ".aux.xml").status == "removed"
    assert ingestion.report(KEY)["error"]["code"] == "no_classes"


def test_sidecar_of_an_earlier_version_is_not_believed(ingestion, raster, geotiff):
    ingestion.configure(sidecar_seconds=0)
    ingestion.put(KEY + ".aux.xml", PAM)
    time.sleep(1.1)  # S3 keeps times in whole seconds
    report = ingestion.upload(KEY, geotiff(np.array([[1, 2, 2]], "uint8")))
    assert report.error.code == "no_classes"
    (warning,) = report.warnings
    assert warning.code == "sidecar_ignored"
    assert "earlier version" in warning.message


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".aux.xml", b"<PAMDataset>"), (".vat.dbf", b"?"), (".clr", b"what?"), (".clr", b" " * 3000)],
)
def test_sidecar_that_cannot_be_read_is_named(ingestion, raster, suffix, content):
    ingestion.configure(max_class_file_bytes=2000)
    ingestion.put(KEY + suffix, content)
    ingestion.put("categories.json", {"a": 1, "b": 2})
    report = ingestion.upload(KEY, raster)
    assert report.status == "registered"
    (warning,) = (w for w in report.warnings if w.code == "sidecar_ignored")
    assert KEY + suffix in warning.message


def test_sidecar_of_another_raster(ingestion, raster):
    ingestion.put(KEY.replace("cover", "cover2") + ".aux.xml", PAM)
    assert ingestion.upload(KEY, raster).error.code == "no_classes"


def test_category_names_of_a_sidecar_with_the_rasters_own_colours(ingestion, geotiff):
    """GDAL keeps category names in the sidecar alone."""
    path = geotiff(np.array([[1, 2]], "uint8"), colors={1: (1, 2, 3, 255)})
    ingestion.upload(KEY, path)
    assert categories(ingestion) == {"class 1": 1, "class 2": 2}
    names = "".join(f"<Category>{name}</Category>" for name in ("none", "water", "trees"))
    band = f"<PAMRasterBand><CategoryNames>{names}</CategoryNames></PAMRasterBand>"
    report = ingestion.upload(KEY + ".aux.xml", f"<PAMDataset>{band}</PAMDataset>".encode())
    assert report.rasters == 1
    assert categories(ingestion) == {"none": 0, "water": 1, "trees": 2}
    assert ingestion.report(KEY)["classes"][1]["color_hint"] == "010203"


def unnamed(report):
    return [warning for warning in report.warnings if warning.code == "unnamed_classes"]


def test_colour_table_alone_makes_classes_of_the_values_that_pixels_have(ingestion, geotiff):
    colors = {value: (value % 256, value // 256, 7, 255) for value in range(65_536)}
    pixels = np.array([[0, 1000, 65_535]], "uint16")
    report = ingestion.upload(KEY, geotiff(pixels, colors=colors, nodata=0))
    assert [(c["title"], c.get("color_hint"), c["nodata"]) for c in report.classes] == [
        ("class 0", "000007", True),
        ("class 1000", "E80307", False),
        ("class 65535", "FFFF07", False),
    ]
    assert len(unnamed(report)) == 1
    assert report.source["classes"] == "colour table"
    named = json.dumps(report.class_file).replace("class 1000", "Wald").encode()
    ingestion.upload("categories.json", named)
    assert categories(ingestion) == {"class 0": 0, "Wald": 1000, "class 65535": 65_535}
    assert unnamed(ingestion.handle(KEY)) == []


def test_colour_file_without_labels_is_a_colour_table_too(ingestion, raster):
    ingestion.put(KEY.replace(".tif", ".clr"), b"1 0 0 255\n3 0 128 0\n")
    report = ingestion.upload(KEY, raster)
    assert [(c["title"], c["color_hint"]) for c in report.classes] == [("class 1", "0000FF")]
    assert {w.code for w in report.warnings} >= {"unnamed_classes", "unclassified_values"}


def test_fill_with_a_colour_but_no_name_is_warned_about(ingestion, geotiff):
    colors = {0: (0, 0, 0, 255), 1: (1, 2, 3, 255)}
    path = geotiff(np.array([[0, 0, 1]], "uint8"), colors=colors)
    codes = [warning.code for warning in ingestion.upload(KEY, path).warnings]
    assert "undeclared_nodata" in codes
    ingestion.upload("categories.json", {"clear": 0, "cloud": 1})
    codes = [warning["code"] for warning in ingestion.report(KEY)["warnings"]]
    assert "undeclared_nodata" not in codes


def test_colours_of_nodata_alone_make_no_classes(ingestion, geotiff):
    path = geotiff(np.array([[0, 0]], "uint8"), colors={0: (1, 2, 3, 255)}, nodata=0)
    assert ingestion.upload(KEY, path).error.code == "no_classes"


def test_anything_that_names_classes_goes_before_colours_alone(ingestion, geotiff):
    ingestion.put(KEY.replace(".tif", ".clr"), b"1 0 0 255 water\n")
    path = geotiff(np.array([[1, 2]], "uint8"), colors={2: (1, 2, 3, 255)})
    report = ingestion.upload(KEY, path)
    assert categories(ingestion) == {"water": 1}
    assert unnamed(report) == []


@pytest.mark.parametrize("suffix", [".TIF.VAT.DBF", ".VAT.DBF"])
def test_sidecar_in_upper_case(ingestion, raster, suffix):
    """As some software and file systems write all names."""
    key = KEY.replace(".tif", ".TIF")
    ingestion.upload(key, raster)
    ingestion.upload(KEY.replace(".tif", suffix), dbf(FIELDS, ROWS))
    assert categories(ingestion) == {"Wälder": 1, "Wasser": 7}


def test_colour_table_of_65536_entries(ingestion, geotiff):
    colors = {value: (value % 256, value // 256, 7, 255) for value in range(65_536)}
    ingestion.put("categories.json", {"a": 1000, "b": 65_535})
    report = ingestion.upload(KEY, geotiff(np.array([[1000, 65_535]], "uint16"), colors=colors))
    assert [(c["title"], c["color_hint"]) for c in report.classes] == [
        ("a", "E80307"),
        ("b", "FFFF07"),
    ]
