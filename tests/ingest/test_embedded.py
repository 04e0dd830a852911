"""Classes that a raster carries, as GDAL itself stores them."""

import numpy as np
import pytest
import rasterio
from defusedxml import ElementTree

from ingest.embedded import classes_in, embedded

PAM = "<PAMDataset><PAMRasterBand band='1'>{}</PAMRasterBand></PAMDataset>"


def pam(content):
    return ElementTree.fromstring(PAM.format(content)).find("PAMRasterBand")


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
    _, classes = classes_in(band, set(values), nodata)
    return {item.value: item.label for item in classes}


def test_value_column_and_name_column_by_usage():
    band = table(
        [("Histogram", 1, 1), ("VALUE", 0, 5), ("x", 2, 2)],
        [("9", "3", "forest"), ("8", "7", "water")],
    )
    assert labels(band) == {3: "forest", 7: "water"}


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
    _, classes = classes_in(band, {3, 4}, None)
    assert [item.color for item in classes] == [(1, 2, 3, 255), None]


def test_repeated_labels_get_their_value_and_unused_ones_go():
    band = table([("Class", 2, 2)], [("Unused",), ("Wald",), ("Wald",), ("Unused",)])
    assert labels(band, values={1, 2}) == {1: "Wald (1)", 2: "Wald (2)"}


def test_nodata_of_the_raster_is_a_nodata_class():
    band = pam("<CategoryNames><Category>None</Category><Category>Wald</Category></CategoryNames>")
    _, classes = classes_in(band, {0, 1}, 0)
    assert [item.nodata for item in classes] == [True, False]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<CategoryNames><Category/></CategoryNames>",
        "<GDALRasterAttributeTable/>",
        "<GDALRasterAttributeTable><FieldDefn><Name>Value</Name><Usage>5</Usage><Type>0</Type>"
        "</FieldDefn><Row><F>1</F></Row></GDALRasterAttributeTable>",
        "<GDALRasterAttributeTable><FieldDefn><Usage>x</Usage></FieldDefn>"
        "</GDALRasterAttributeTable>",
    ],
)
def test_nothing_that_names_classes(content):
    assert classes_in(pam(content), {0, 1}, None) == (None, ())


def test_category_names_and_colour_table_of_a_file(geotiff, tmp_path):
    colors = {0: (0, 0, 0, 255), 1: (1, 2, 3, 255), 2: (4, 5, 6, 255), 3: (0, 0, 0, 255)}
    path = geotiff(np.array([[0, 1]], "uint8"), colors=colors)
    with rasterio.open(path) as dataset:
        found = embedded(dataset, [0, 1], tmp_path / "x.vrt")
    assert (found.source, found.classes) == (None, ())
    assert found.colors == {v: c for v, c in colors.items() if v < 3}
