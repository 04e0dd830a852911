"""The `.aux.xml` that is published beside a raster, so that GDAL and QGIS show names as before.

It holds what came with the raster, inside it or in sidecars: category names, attribute table, and
colours that only a sidecar has. It is written anew from what was understood of these, never copied:
an uploaded one may tell GDAL to open other files.
"""

from collections.abc import Sequence

from categorical.colors import Color
from categorical.pam import MAX_ENTRIES, pam_document
from ingest.carried import Carried


def to_aux_xml(beside: Sequence[Carried], inside: Carried, limit: int) -> bytes | None:
    """The sidecar, None where it would be empty; of each kind the first that there is counts.

    Raises ValueError where it would have more bytes than `limit`.
    """
    carried = [*beside, inside]
    table = next((each.table for each in carried if each.table), None)
    names = next((each.names for each in carried if each.names), ())
    colors = _color_table(carried) if any(each.colors for each in beside) else []
    if not (table or names or colors):
        return None
    content = pam_document(colors, names, table.for_gdal() if table else None)
    if len(content) > limit:
        raise ValueError(f"{len(content):,} bytes, more than {limit:,}")
    return content


def _color_table(carried: Sequence[Carried]) -> list[Color | None]:
    """Colours by value from 0 on; none at all where one is for a value out of reach."""
    colors = {v: color for each in reversed(carried) for v, color in each.colors.items()}
    if min(colors) < 0 or max(colors) >= MAX_ENTRIES:
        return []
    return [colors.get(value) for value in range(max(colors) + 1)]
