"""What GDAL and QGIS show of a published raster: the names and the table that it came with."""

import struct
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from tests.ingest.test_dbf import dbf

KEY = "categorical/CORINE/2018/cover.tif"
PIXELS = np.array([[1, 2, 2, 0]], "uint8").repeat(600, 0).repeat(200, 1)
NAMES = ["", "Wald & <Wiese>", "水 🌊"]
FIELDS = [("Wert", "0", "5"), ("Klasse", "2", "2"), ("Hektar", "1", "0"), ("Quelle", "2", "0")]
ROWS = [["1", "Wald & <Wiese>", "1.5", "]]>"], ["2", "水 🌊", "2", ""]]
COLORS = {0: (0, 0, 0, 0), 1: (1, 2, 3, 255), 2: (4, 5, 6, 255)}


def table(fields=FIELDS, rows=ROWS, **attributes):
    """A GDALRasterAttributeTable."""
    root = ElementTree.Element("GDALRasterAttributeTable", attributes)
    for number, field in enumerate(fields):
        definition = ElementTree.SubElement(root, "FieldDefn", index=str(number))
        for tag, text in zip(("Name", "Type", "Usage"), field, strict=True):
            ElementTree.SubElement(definition, tag).text = text
    for number, cells in enumerate(rows):
        row = ElementTree.SubElement(root, "Row", index=str(number))
        for cell in cells:
            ElementTree.SubElement(row, "F").text = cell
    return root


def sidecar(*elements, names=()):
    """An `.aux.xml` as some other software writes it."""
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    if names:
        categories = ElementTree.SubElement(band, "CategoryNames")
        for name in names:
            ElementTree.SubElement(categories, "Category").text = name
    band.extend(elements)
    return ElementTree.tostring(root)


def embedded(path, element):
    """The bytes of a GeoTIFF with its tag `room` replaced by an attribute table, as GDAL 3.12."""
    start, end = '<Item name="room">', "</Item>"
    text = ElementTree.tostring(element, encoding="unicode")
    item = f'<Item name="DEFAULT_RASTER_ATTRIBUTE_TABLE" sample="0" role="rat">{text}</Item>'
    content, room = path.read_bytes(), (start + 2000 * "x" + end).encode()
    assert content.count(room) == 1
    return content.replace(room, item.encode().ljust(len(room)))


ROOM = {"room": 2000 * "x"}


@pytest.fixture
def look(ingestion, aws, monkeypatch, tmp_path):
    """look(path) is what GDAL shows of a published raster, read from S3 as anybody's GDAL would."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)

    def look(path):
        vrt = tmp_path / "seen.vrt"
        with (
            rasterio.Env(CPL_VSIL_CURL_NON_CACHED="/vsis3/"),
            rasterio.open(path.replace("s3://", "/vsis3/")) as raster,
        ):
            rasterio.shutil.copy(raster, vrt, driver="VRT")
            band = ElementTree.fromstring(vrt.read_bytes()).find("VRTRasterBand")
            has_colors = band.find("ColorTable") is not None
            return {
                "names": [each.text or "" for each in band.findall("CategoryNames/Category")],
                "fields": [
                    tuple(field.findtext(tag) for tag in ("Name", "Type", "Usage"))
                    for field in band.findall("GDALRasterAttributeTable/FieldDefn")
                ],
                "rows": [
                    [cell.text or "" for cell in row.findall("F")]
                    for row in band.findall("GDALRasterAttributeTable/Row")
                ],
                "bins": dict(getattr(band.find("GDALRasterAttributeTable"), "attrib", {})),
                "colors": raster.colormap(1) if has_colors else {},
                "tags": raster.tags(),
                "crs": raster.crs.to_epsg(),
                "nodata": raster.nodata,
                "pixels": raster.read(1).tolist(),
            }

    return look


def published_sidecar(ingestion, report):
    """Its text, None where there is none."""
    key = report.path.partition("//")[2].partition("/")[2] + ".aux.xml"
    assert set(ingestion.published(".aux.xml")) <= {key}
    return (
        ingestion.download(f"{report.path}.aux.xml").decode() if ingestion.published(key) else None
    )


@pytest.mark.parametrize("layout", [{"driver": "COG"}, {"driver": "GTiff"}], ids=["kept", "anew"])
def test_everything_is_back(ingestion, look, geotiff, layout):
    path = geotiff(PIXELS, colors=COLORS, nodata=0, tags={"by": "us"}, crs="EPSG:3035", **layout)
    ingestion.put(f"{KEY}.aux.xml", sidecar(table(), names=NAMES))
    report = ingestion.upload(KEY, path)
    assert (report.warnings == ()) == (layout["driver"] == "COG")
    seen = look(report.path)
    assert seen["names"] == NAMES
    assert seen["fields"] == FIELDS
    assert seen["rows"] == ROWS
    assert {value: seen["colors"][value] for value in COLORS} == COLORS
    assert (seen["tags"]["by"], seen["crs"], seen["nodata"]) == ("us", 3035, 0)
    assert seen["pixels"] == PIXELS.tolist()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_table_inside_the_raster(ingestion, look, geotiff, dtype):
    """Of any GDAL: before 3.11 it neither finds one there nor keeps it."""
    path = geotiff(PIXELS.astype(dtype), tags=ROOM)
    report = ingestion.upload(KEY, embedded(path, table()))
    assert [(each["value"], each["title"]) for each in report.classes] == [
        (1, "Wald & <Wiese>"),
        (2, "水 🌊"),
    ]
    seen = look(report.path)
    assert (seen["fields"], seen["rows"]) == (FIELDS, ROWS)


def test_what_the_raster_came_with_stays_when_a_class_file_says_otherwise(
    ingestion, geotiff, writes
):
    """Its pixels get no further look: the table is kept beside them."""
    path = geotiff(PIXELS, tags=ROOM)
    registered = ingestion.upload(KEY, embedded(path, table()))
    writes.clear()
    ingestion.upload("categories.json", {"other": 0, "labels": 1, "here": 2})
    report = ingestion.report(KEY)
    assert [each["title"] for each in report["classes"]] == ["other", "labels", "here"]
    assert report["path"] == registered.path
    assert {key.partition("/")[0] for key in writes} == {"reports"}
    assert "<F>Wald &amp; &lt;Wiese&gt;</F>" in published_sidecar(ingestion, registered)


def test_a_table_without_values_counts_its_rows(ingestion, look, geotiff):
    named = table(
        [("Klasse", "2", "0")],
        [
            [
                "",
            ],
            ["Wald"],
            ["Wasser"],
        ],
    )
    ingestion.put(f"{KEY}.aux.xml", sidecar(named))
    seen = look(ingestion.upload(KEY, geotiff(PIXELS)).path)
    assert seen["fields"] == [("Klasse", "2", "2")]
    assert {name: float(seen["bins"][name]) for name in ("Row0Min", "BinSize")} == {
        "Row0Min": 0,
        "BinSize": 1,
    }


def test_an_esri_table(ingestion, look, geotiff):
    fields = [("VALUE", "N", 9), ("COUNT", "F", 19), ("Red", "F", 8), ("CLASS", "C", 20)]
    content = dbf(fields, [("1", "1e3", "0.5", "Wälder"), ("2", "2e3", "1", "Wasser")])
    ingestion.put(KEY.replace(".tif", ".tif.vat.dbf"), content)
    seen = look(ingestion.upload(KEY, geotiff(PIXELS)).path)
    assert seen["fields"] == [
        ("VALUE", "0", "5"),
        ("COUNT", "1", "0"),
        ("Red", "1", "0"),  # a share, which GDAL would take for black
        ("CLASS", "2", "2"),
    ]
    assert [(row[0], float(row[1]), row[3]) for row in seen["rows"]] == [
        ("1", 1000, "Wälder"),
        ("2", 2000, "Wasser"),
    ]


def test_a_colour_file(ingestion, look, geotiff):
    ingestion.put(KEY.replace(".tif", ".clr"), b"1 1 2 3 255 Wald\n2 4 5 6 128 Wasser\n")
    seen = look(ingestion.upload(KEY, geotiff(PIXELS)).path)
    assert [field[0] for field in seen["fields"]] == [
        *("Value", "Class_Name", "Red", "Green", "Blue", "Alpha"),
    ]
    assert seen["rows"] == [
        ["1", "Wald", "1", "2", "3", "255"],
        ["2", "Wasser", "4", "5", "6", "128"],
    ]
    assert [seen["colors"][value] for value in (0, 1, 2)] == [
        *((0, 0, 0, 0), (1, 2, 3, 255), (4, 5, 6, 128)),
    ]


def test_there_is_none_where_there_is_nothing_to_keep(ingestion, geotiff):
    """A colour table within the raster is there already."""
    ingestion.put("categories.json", {"a": 0, "b": 1, "c": 2})
    report = ingestion.upload(KEY, geotiff(PIXELS, colors=COLORS))
    assert published_sidecar(ingestion, report) is None


HOSTILE = """<PAMDataset><SRS>EPSG:4326</SRS><GeoTransform>0,1,0,0,0,1</GeoTransform>
<Metadata domain="Subdatasets"><MDI key="SUBDATASET_1_NAME">/etc/passwd</MDI></Metadata>
<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">http://127.0.0.1:1/x.ovr</MDI></Metadata>
<PAMRasterBand band="1"><NoDataValue>1</NoDataValue><Scale>7</Scale>
<SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource>
<CategoryNames><Category/><Category>&lt;SourceFilename&gt;/vsicurl/x&lt;/SourceFilename&gt;</Category>
</CategoryNames><GDALRasterAttributeTable tableType="&lt;x&gt;" evil="/etc/passwd">
<FieldDefn index="0"><Name>Klasse</Name><Type>77</Type><Usage>-9</Usage>
<More>/etc/passwd</More></FieldDefn>
<FieldDefn index="1"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn>
<Row index="0"><F href="/etc/passwd">Wald<b>/etc/passwd</b></F></Row></GDALRasterAttributeTable>
</PAMRasterBand><PAMRasterBand band="2"/></PAMDataset>"""
WRITTEN = {
    *("PAMDataset", "PAMRasterBand", "CategoryNames", "Category", "GDALRasterAttributeTable"),
    *("FieldDefn", "Name", "Type", "Usage", "Row", "F"),
}


def test_nothing_but_names_and_tables_is_written(ingestion, look, geotiff):
    ingestion.put("categories.json", {"a": 0, "b": 1, "c": 2})
    ingestion.put(f"{KEY}.aux.xml", HOSTILE.encode())
    report = ingestion.upload(KEY, geotiff(PIXELS, nodata=0))
    text = published_sidecar(ingestion, report)
    root = ElementTree.fromstring(text)
    assert {element.tag for element in root.iter()} == WRITTEN
    assert {name for element in root.iter() for name in element.attrib} == {
        *("band", "index", "tableType")
    }
    assert "/etc/passwd" not in text
    seen = look(report.path)
    assert seen["names"] == ["", "<SourceFilename>/vsicurl/x</SourceFilename>"]
    assert (seen["fields"][0], seen["rows"]) == (("Klasse", "2", "0"), [["Wald", "0"]])
    assert (seen["crs"], seen["nodata"]) == (32633, 0)


def test_control_characters_of_a_table(ingestion, look, geotiff):
    content = dbf([("VALUE", "N", 9), ("CLASS", "C", 9)], [("1", "a\x01b\x1bc")])
    ingestion.put(KEY.replace(".tif", ".vat.dbf"), content)
    seen = look(ingestion.upload(KEY, geotiff(PIXELS)).path)
    assert seen["rows"] == [["1", "a\ufffdb\ufffdc"]]


def test_what_is_too_much_is_left_out_and_said(ingestion, geotiff):
    ingestion.configure(max_aux_xml_bytes=500)
    ingestion.put(f"{KEY}.aux.xml", sidecar(table()))
    report = ingestion.upload(KEY, geotiff(PIXELS))
    (warning,) = (each for each in report.warnings if each.code == "table_left_out")
    assert "more than 500" in warning.message
    assert [each["title"] for each in report.classes] == ["Wald & <Wiese>", "水 🌊"]
    assert published_sidecar(ingestion, report) is None


def test_a_dbase_file_of_too_many_cells_is_not_used(ingestion, geotiff):
    head = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, 120_000, 32 + 32 * 20 + 1, 21)
    fields = b"".join(struct.pack("<11sc4xBB14x", b"F", b"C", 1, 0) for _ in range(20))
    ingestion.put(KEY.replace(".tif", ".vat.dbf"), head + fields + b"\r" + bytes(21 * 120_000))
    report = ingestion.upload(KEY, geotiff(PIXELS))
    (warning,) = (each for each in report.warnings if each.code == "sidecar_ignored")
    assert "2,400,000 cells" in warning.message


# --- when things change --------------------------------------------------------------------------


@pytest.fixture
def writes(ingestion):
    """Every key that is written to the published bucket or removed from it, in order."""
    seen = []

    def note(params, **_):
        if params["Bucket"] == ingestion.resources.published:
            seen.append(params["Key"])

    for call in ("PutObject", "DeleteObject", "CopyObject"):
        ingestion.s3.meta.events.register(
            f"before-parameter-build.s3.{call}",
            note,
            unique_id=call,
        )
    yield seen
    for call in ("PutObject", "DeleteObject", "CopyObject"):
        ingestion.s3.meta.events.unregister(f"before-parameter-build.s3.{call}", unique_id=call)


def test_a_sidecar_follows_its_upload_and_the_raster_stays(ingestion, look, geotiff, writes):
    ingestion.put("categories.json", {"a": 0, "b": 1, "c": 2})
    report = ingestion.upload(KEY, geotiff(PIXELS))
    key = report.path.partition(f"{ingestion.resources.published}/")[2]
    assert published_sidecar(ingestion, report) is None
    for names in (["", "Wald"], ["", "Wasser"]):
        writes.clear()
        ingestion.upload(f"{KEY}.aux.xml", sidecar(names=names))
        assert look(report.path)["names"] == names
        assert f"{key}.aux.xml" in writes
        assert key not in writes
    writes.clear()
    ingestion.handle(KEY)
    assert writes == [f"reports/{KEY}.json"]
    ingestion.remove(f"{KEY}.aux.xml")
    assert published_sidecar(ingestion, report) is None
    writes.clear()
    ingestion.handle(KEY)
    assert writes == [f"reports/{KEY}.json"]


def test_the_same_pixels_again_with_other_names(ingestion, look, geotiff):
    first, other = geotiff(PIXELS), geotiff(PIXELS[:, ::-1])
    reports = []
    for path, name in ((first, "Wald"), (other, "Wald"), (first, "Wasser")):
        ingestion.put(f"{KEY}.aux.xml", sidecar(names=["", name, "x"]))
        reports.append(ingestion.upload(KEY, path))
    assert reports[0].path == reports[2].path != reports[1].path
    assert look(reports[2].path)["names"] == ["", "Wasser", "x"]


def test_it_is_there_before_its_raster_is_registered(ingestion, look, geotiff, writes):
    """And where the function ends in between, the next delivery finds its way."""
    ingestion.put(f"{KEY}.aux.xml", sidecar(names=NAMES))
    ingestion.put(KEY, geotiff(PIXELS))

    def end(**_):
        if writes[-1].endswith(".aux.xml"):
            raise KeyboardInterrupt

    ingestion.s3.meta.events.register("after-call.s3.PutObject", end)
    with pytest.raises(KeyboardInterrupt):
        ingestion.handle(KEY)
    ingestion.s3.meta.events.unregister("after-call.s3.PutObject", end)
    assert ingestion.datasets() == {}
    (left,) = ingestion.published(".aux.xml")
    report = ingestion.handle(KEY)
    assert f"s3://{ingestion.resources.published}/{left}" == f"{report.path}.aux.xml"
    assert look(report.path)["names"] == NAMES


def test_one_that_was_overtaken_does_not_come_back(ingestion, look, geotiff, writes):
    """Another function registers a newer sidecar while this one stores the raster."""
    ingestion.put("categories.json", {"a": 0, "b": 1, "c": 2})
    ingestion.put(f"{KEY}.aux.xml", sidecar(names=["", "Wald"]))
    ingestion.put(KEY, geotiff(PIXELS))
    seen = []

    def overtake(**_):
        if not seen and writes[-1].endswith(".json"):
            seen.append(True)
            ingestion.upload(f"{KEY}.aux.xml", sidecar(names=["", "Wasser"]))

    ingestion.s3.meta.events.register("after-call.s3.PutObject", overtake)
    report = ingestion.handle(KEY)
    ingestion.s3.meta.events.unregister("after-call.s3.PutObject", overtake)
    assert look(report.path)["names"] == ["", "Wasser"]
    assert sum(key.endswith(".aux.xml") for key in writes) == 1
