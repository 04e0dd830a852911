"""Classes that a raster carries, as GDAL itself stores them."""

import numpy as np
import pytest
import rasterio

from ingest.pam import ATTRIBUTE_TABLE, CATEGORY_NAMES, carried_inside, parse_pam


def pam(content):
    band = f"<PAMRasterBand band='1'>{content}</PAMRasterBand>"
    return f"<PAMDataset>{band}</PAMDataset>".encode()


def table(fields, rows, **attributes):
    defn = "".join(
        f'<FieldDefn index="{i}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage>'
        "</FieldDefn>"
        for i, (name, kind, usage) in enumerate(fields)
    )
    body = "".join(
        f'<Row index="{i}">' + "".join(f"<F>{cell}</F>" for cell in row) + "</Row>"
        for i, row in enumerate(rows)
    )
    with_attributes = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return pam(
        f"<GDALRasterAttributeTable{with_attributes}>{defn}{body}</GDALRasterAttributeTable>"
    )


def labels(band, values=range(256), nodata=None):
    return {item.value: item.label for item in parse_pam(band, set(values), nodata).classes}


def test_value_column_and_name_column_by_usage():
    band = table(
        [("Histogram", 1, 1), ("VALUE", 0, 5), ("x", 2, 2)],
        [("9", "3", "forest"), ("8", "7", "water")],
    )
    assert labels(band) == {3: "forest", 7: "water"}
    assert parse_pam(band, {3, 7}, None).source == ATTRIBUTE_TABLE


def test_value_is_taken_as_it_is_written():
    """Not as Python or floating point would read it."""
    rows = [(str(2**53 + 1), "a"), ("1_0", "b"), ("7.0", "c")]
    band = table([("Value", 0, 5), ("Name", 2, 2)], rows)
    assert labels(band) == {7: "c", 2**53 + 1: "a"}


def test_without_a_value_column_rows_count_from_row0min():
    band = table([("Class", 2, 2)], [("a",), ("",), ("c",)], Row0Min="10", BinSize="1")
    assert labels(band) == {10: "a", 12: "c"}


def test_name_column_by_its_telling_name():
    band = table(
        [("Value", 0, 0), ("Comment", 2, 0), ("Land Cover Class", 2, 0)],
        [("3", "!", "forest")],
    )
    assert labels(band) == {3: "forest"}


@pytest.mark.parametrize("alpha", ["255", "1"])
def test_colours_of_the_rows(alpha):
    band = table(
        [("Value", 0, 5), ("Name", 2, 2), ("R", 0, 6), ("G", 0, 7), ("B", 0, 8), ("A", 0, 9)],
        [("3", "forest", "1", "2", "3", alpha), ("4", "water", "300", "0", "0", alpha)],
    )
    assert [item.color for item in parse_pam(band, {3, 4}, None).classes] == [(1, 2, 3, 255), None]


def test_repeated_labels_get_their_value_and_unused_ones_go():
    band = table([("Class", 2, 2)], [("Unused",), ("Wald",), ("Wald",), ("Unused",)])
    assert labels(band, values={1, 2}) == {1: "Wald (1)", 2: "Wald (2)"}


def test_nodata_of_the_raster_is_a_nodata_class():
    band = pam("<CategoryNames><Category>None</Category><Category>Wald</Category></CategoryNames>")
    found = parse_pam(band, {0, 1}, 0)
    assert found.source == CATEGORY_NAMES
    assert [item.nodata for item in found.classes] == [True, False]


NOTHING = [
    "",
    "<CategoryNames><Category/></CategoryNames>",
    "<GDALRasterAttributeTable/>",
    "<GDALRasterAttributeTable><FieldDefn><Name>Value</Name><Usage>5</Usage><Type>0</Type>"
    "</FieldDefn><Row><F>1</F></Row></GDALRasterAttributeTable>",
    "<GDALRasterAttributeTable><FieldDefn><Usage>x</Usage></FieldDefn></GDALRasterAttributeTable>",
]


@pytest.mark.parametrize(
    ("low", "high", "found"), [("3", "3", {3: "forest"}), ("3", "5", {}), ("3.5", "3.5", {})]
)
def test_ranges_of_one_value_count(low, high, found):
    band = table([("a", 1, 3), ("b", 1, 4), ("Class", 2, 2)], [(low, high, "forest")])
    assert labels(band) == found


def test_the_most_telling_of_several_text_columns():
    band = table(
        [("Value", 0, 5), ("Type", 2, 0), ("Class_Name", 2, 0), ("Description", 2, 0)],
        [("1", "x", "forest", "long")],
    )
    assert labels(band) == {1: "forest"}


def test_shares_as_colours():
    band = table(
        [("Value", 0, 5), ("Name", 2, 2), ("Red", 1, 0), ("Green", 1, 0), ("Blue", 1, 0)],
        [("1", "forest", "0.2", "1", "0"), ("2", "water", "0", "0", "1.0")],
    )
    found = parse_pam(band, {1, 2}, None).classes
    assert [item.color for item in found] == [(51, 255, 0, 255), (0, 0, 255, 255)]


def test_colour_table_of_the_sidecar():
    band = pam('<ColorTable><Entry c1="1" c2="2" c3="3" c4="255"/><Entry c1="x"/></ColorTable>')
    assert parse_pam(band, {0}, None).colors == {0: (1, 2, 3, 255)}


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY c "&a;&a;&a;&a;&a;">]><PAMDataset>&c;</PAMDataset>'
)
THIEF = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<PAMDataset>&a;</PAMDataset>"
)


@pytest.mark.parametrize("content", [b"", b"no xml", b"<PAMDataset>", BOMB, THIEF, b"\xff\xfe\x00"])
def test_what_is_no_xml_or_an_evil_one_is_refused(content):
    with pytest.raises(ValueError, match="XML"):
        parse_pam(content, {0}, None)


@pytest.mark.parametrize("content", NOTHING)
def test_nothing_that_names_classes(content):
    found = parse_pam(pam(content), {0, 1}, None)
    assert (found.source, found.classes) == (None, ())


def test_few_tags_that_claim_many_cells():
    band = table([("a", 2, 0)] * 2000, [()] * 2000)
    with pytest.raises(ValueError, match="4,000,000 cells"):
        parse_pam(band, {0}, None)


def test_category_names_and_colour_table_of_a_file(geotiff, tmp_path):
    colors = {0: (0, 0, 0, 255), 1: (1, 2, 3, 255), 2: (4, 5, 6, 255), 3: (0, 0, 0, 255)}
    path = geotiff(np.array([[0, 1]], "uint8"), colors=colors)
    with rasterio.open(path) as dataset:
        found = carried_inside(dataset, {0, 1}, None, tmp_path / "x.vrt")
    assert (found.source, found.classes) == (None, ())
    assert found.colors == {v: c for v, c in colors.items() if v < 3}
