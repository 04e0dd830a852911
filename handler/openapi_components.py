"""What the endpoints in the OpenAPI document share: parameters, responses, their schemas."""

from typing import Any


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _page(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": _TEXT}}}


_TEXT: dict[str, Any] = {"type": "string"}
_INTEGER: dict[str, Any] = {"type": "integer"}
_NUMBER: dict[str, Any] = {"type": "number"}
_ESTIMATE = {**_TEXT, "enum": ["exact", "estimated"]}
_HEX = {**_TEXT, "example": "99D594"}
_ALPHA = {**_INTEGER, "description": "0 to 255; 255 where it is left out"}

PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "keys": (
        "path",
        {
            "schema": _TEXT,
            "example": "categorical/S2/20181010/cloudmask",
            "description": "Key values, in order, between slashes",
        },
    ),
    "tile_z": ("path", {"schema": _INTEGER, "example": 9, "description": "Zoom level"}),
    "tile_x": ("path", {"schema": _INTEGER, "example": 277, "description": "x coordinate"}),
    "tile_y": ("path", {"schema": _INTEGER, "example": 174, "description": "y coordinate"}),
    "show": (
        "query",
        {
            "schema": _array(_TEXT),
            "example": ["Cloud", "Cloud shadow"],
            "description": "Labels to show instead of all; may be repeated",
        },
    ),
    "tile_size": (
        "query",
        {"schema": _TEXT, "example": "[256,256]", "description": "Pixels, rows and columns, JSON"},
    ),
    "lon": (
        "query",
        {
            "schema": {**_NUMBER, "minimum": -36_000, "maximum": 36_000},
            "required": True,
            "example": 15.1,
            "description": "Longitude in degrees (WGS 84); it wraps around",
        },
    ),
    "lat": (
        "query",
        {
            "schema": {**_NUMBER, "minimum": -90, "maximum": 90},
            "required": True,
            "example": 49.6,
            "description": "Latitude in degrees (WGS 84)",
        },
    ),
    "dates_limit": (
        "query",
        {
            "name": "limit",
            "schema": {**_INTEGER, "minimum": 1, "maximum": 100},
            "example": 100,
            "description": "Most dates in the answer; no more than HANDLER_MAX_DATES, the default",
        },
    ),
    "dates_page": (
        "query",
        {
            "name": "page",
            "schema": {**_INTEGER, "minimum": 0, "maximum": 999_999, "default": 0},
            "example": 0,
            "description": "Number of the page, from 0 on",
        },
    ),
    "to": (
        "query",
        {
            "schema": _TEXT,
            "required": True,
            "example": "20191010",
            "description": "The other date, as it is registered",
        },
    ),
    "q": (
        "query",
        {"schema": _TEXT, "example": "S2", "description": "Words that key values shall hold"},
    ),
    "page": (
        "query",
        {
            "schema": _TEXT,
            "example": "1",
            "description": "Page of the list, from 1; what is no page of it stands for the first",
        },
    ),
    "v": (
        "query",
        {
            "schema": _TEXT,
            "example": "0123456789abcdef",
            "description": "Version of the dataset; with the current one the answer is immutable",
        },
    ),
    "version": (
        "path",
        {
            "schema": {**_TEXT, "pattern": "^[0-9a-f]{16}$"},
            "example": "0123456789abcdef",
            "description": "Version of all files together, as in TileJSON's `client`",
        },
    ),
    "name": (
        "path",
        {"schema": _TEXT, "example": "categorical.js", "description": "Name of the file"},
    ),
}

_ERROR = _object(message=_TEXT)
_CLASS = _object(
    value=_INTEGER,
    name=_TEXT,
    title=_TEXT,
    description=_TEXT,
    color_hint=_HEX,
    alpha=_ALPHA,
    nodata={"type": "boolean"},
    count={**_INTEGER, "nullable": True},
    percentage={"type": "number", "nullable": True},
)
_KEYS = {"type": "object", "additionalProperties": _TEXT}
_CLASSES = _object(
    keys=_KEYS,
    version={**_TEXT, "nullable": True},
    classes=_array(_CLASS),
)
_LEGEND = _object(
    title=_TEXT,
    entries=_array(_object(value=_INTEGER, label=_TEXT, color=_HEX, alpha=_ALPHA)),
)
_TILEJSON = _object(
    tilejson={**_TEXT, "example": "3.0.0"},
    name=_TEXT,
    tiles=_array(_TEXT),
    scheme=_TEXT,
    bounds=_array(_NUMBER),
    center=_array(_NUMBER),
    minzoom=_INTEGER,
    maxzoom=_INTEGER,
    legend=_TEXT,
    attribution=_TEXT,
    classes=_array(_CLASS),
    client={**_TEXT, "description": "Address of categorical.js, of the version served now"},
)
_PIXEL = {
    "value": {**_NUMBER, "nullable": True, "description": "null where a mask hides the pixel"},
    "label": {**_TEXT, "nullable": True},
    "color": {**_HEX, "nullable": True},
    "alpha": _ALPHA,
    "nodata": {"type": "boolean"},
}
_POINT = _object(**_PIXEL, lon=_NUMBER, lat=_NUMBER, column=_INTEGER, row=_INTEGER, keys=_KEYS)
_SERIES = _object(
    keys=_KEYS,
    lon=_NUMBER,
    lat=_NUMBER,
    series=_array(
        _object(date=_TEXT, status={**_TEXT, "enum": ["read", "outside", "missing"]}, **_PIXEL)
    ),
    total={**_INTEGER, "description": "Dates of the product"},
    limit=_INTEGER,
    page=_INTEGER,
)
_SHARE = {"count": _INTEGER, "area": {**_NUMBER, "description": "Square metres"}}
_STATISTICS = _object(
    keys=_KEYS,
    version={**_TEXT, "nullable": True},
    classes=_array(
        _object(
            value=_INTEGER,
            label=_TEXT,
            **_SHARE,
            percentage={**_NUMBER, "description": "Of the pixels that are no nodata"},
        )
    ),
    unclassified={
        **_object(**_SHARE),
        "nullable": True,
        "description": "Values of no class; null where no pixel was read",
    },
    nodata={
        **_object(**_SHARE),
        "nullable": True,
        "description": "Nodata that is no class, and what a mask hides; null likewise",
    },
    counts=_ESTIMATE,
    areas=_ESTIMATE,
    resolution={
        **_NUMBER,
        "nullable": True,
        "description": "How many native pixels wide the pixels were that were read; null for none",
    },
)
_TRANSITIONS = _object(
    keys=_KEYS,
    version={**_TEXT, "nullable": True},
    to_keys=_KEYS,
    to_version={**_TEXT, "nullable": True},
    transitions=_array(
        _object(
            **{"from": _INTEGER, "to": _INTEGER},
            from_label=_TEXT,
            to_label=_TEXT,
            unchanged={"type": "boolean", "description": "Whether both labels are the same"},
            **_SHARE,
        )
    ),
    unclassified={
        **_object(**_SHARE),
        "description": "Pixels that have a value of no class on one date at least",
    },
    nodata={
        **_object(**_SHARE),
        "description": "Pixels without data on one date at least, also outside of the other raster",
    },
    counts=_ESTIMATE,
    areas=_ESTIMATE,
    resolution={
        **_NUMBER,
        "description": "How many native pixels wide the pixels were that were read",
    },
    to_resolution={**_NUMBER, "description": "The same of the other raster"},
)
_STAC_ITEM = _object(
    type={**_TEXT, "enum": ["Feature"]},
    stac_version=_TEXT,
    stac_extensions=_array(_TEXT),
    id=_TEXT,
    geometry={"type": "object"},
    bbox=_array(_NUMBER),
    properties={"type": "object"},
    links=_array(_object(rel=_TEXT, href=_TEXT, type=_TEXT)),
    assets={"type": "object"},
)
_POLYGON = {
    "type": "Polygon",
    "coordinates": [[[15.0, 49.6], [15.1, 49.6], [15.1, 49.65], [15.0, 49.6]]],
}
RESPONSES: dict[str, dict[str, Any]] = {
    "image": {
        "description": "A PNG image",
        "content": {"image/png": {"schema": {**_TEXT, "format": "binary"}}},
    },
    "drawing": {
        "description": "An SVG drawing",
        "content": {"image/svg+xml": {"schema": _TEXT}},
    },
    "script": {
        "description": "The file",
        "content": {
            kind: {"schema": _TEXT} for kind in ("text/javascript", "text/css", "text/plain")
        },
    },
    "page": _page("The page"),
    "wrongpage": _page("A page that says what is wrong with the address"),
    "nopage": _page("A page that says that there is no such dataset"),
    "awaypage": _page("A page that says that the database is away: see Retry-After"),
    "text": {"description": "The file", "content": {"text/plain": {"schema": _TEXT}}},
    "classes": _json("The classes, in the order of their values", _CLASSES),
    "legend": _json("The classes that are drawn, in the order of their values", _LEGEND),
    "tilejson": _json("A TileJSON 3.0 document", _TILEJSON),
    "point": _json("The pixel that holds the place", _POINT),
    "series": _json("The pixels that hold the place, in the order of their dates", _SERIES),
    "statistics": _json("Pixels and areas, in the order of the classes", _STATISTICS),
    "inside": _json("Pixels and areas inside of the polygons", _STATISTICS),
    "transitions": _json("Pixels and areas for each pair of classes", _TRANSITIONS),
    "color_file": {
        "description": "A colour file",
        "content": {"text/plain": {"schema": _TEXT}},
    },
    "qgis_style": {
        "description": "A QGIS layer style",
        "content": {"application/xml": {"schema": _TEXT}},
    },
    "aux_xml": {
        "description": "A sidecar of GDAL's",
        "content": {"application/xml": {"schema": _TEXT}},
    },
    "stac_item": {
        "description": "A STAC item",
        "content": {"application/geo+json": {"schema": _STAC_ITEM}},
    },
    "unchanged": {"description": "The caller has this answer already (If-None-Match)"},
    "invalid": _json("A parameter that the caller can mend", _ERROR),
    "unknown": _json("No dataset, no classes or no raster for these keys", _ERROR),
    "no_json": _json("The body is not declared as JSON (Content-Type)", _ERROR),
    "large": _json("More than the API's settings allow for one request", _ERROR),
    "away": _json("The database or the raster storage is away: see Retry-After", _ERROR),
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "geojson": {
        "type": "object",
        "description": "Polygon, MultiPolygon, Feature or FeatureCollection (RFC 7946)",
        "example": _POLYGON,
    }
}
