import pytest

from ingest.attribute_table import Entry
from ingest.color_file import parse_color_file

QGIS = b"""# QGIS Generated Color Map Export File
INTERPOLATION:EXACT
10,0,100,0,255,Tree cover, dense
20,255,187,34,0,
"""
ESRI = b"10 0 100 0\r\n20 255 187 34\r\n"
GRASS = b"10 0 100 0 Tree cover\n20\t255\t187\t34\tShrubland\nnv 0 0 0\n\n"


def test_qgis():
    assert parse_color_file(QGIS) == [
        Entry(10, "Tree cover, dense", (0, 100, 0, 255)),
        Entry(20, "", (255, 187, 34, 0)),
    ]


def test_esri_has_no_labels():
    assert parse_color_file(ESRI) == [
        Entry(10, "", (0, 100, 0, 255)),
        Entry(20, "", (255, 187, 34, 255)),
    ]


def test_labels_without_alpha():
    assert [entry.label for entry in parse_color_file(GRASS)] == ["Tree cover", "Shrubland"]


CORINE = b"1 230 0 77 111 Continuous urban fabric\n44 230 242 255 523 Sea and ocean\n3 1 2 3\n"


def test_labels_that_begin_with_a_number():
    assert parse_color_file(CORINE) == [
        Entry(1, "111 Continuous urban fabric", (230, 0, 77, 255)),
        Entry(44, "523 Sea and ocean", (230, 242, 255, 255)),
        Entry(3, "", (1, 2, 3, 255)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding):
    (entry,) = parse_color_file("1 0 100 0 255 Wälder\n".encode(encoding))
    assert entry.label == "Wälder"


@pytest.mark.parametrize("line", [b"forest", b"1 2 3", b"1 0 0 256", b"x 1 2 3", b"1.5 1 2 3"])
def test_other_lines_are_refused_by_number(line):
    with pytest.raises(ValueError, match="line 2"):
        parse_color_file(b"1 1 1 1\n" + line)
