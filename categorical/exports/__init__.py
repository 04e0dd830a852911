"""Classes as files that other programs read: colour file, QGIS style, GDAL's `.aux.xml`.

Classes are given in the order of their values and have colours; nodata classes are transparent.
"""

from categorical.exports.aux_xml import to_aux_xml
from categorical.exports.color_file import to_color_file
from categorical.exports.qgis_style import to_qgis_style

__all__ = ["to_aux_xml", "to_color_file", "to_qgis_style"]
