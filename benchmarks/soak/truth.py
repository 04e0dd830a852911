"""Which states an answer shows: found out from its bytes alone.

Each pixel of a tile is compared with the source pixel that holds its centre, by the oracle, unless
its centre lies on the border of two.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer

from benchmarks.soak.scene import (
    CLASSES,
    CRS,
    NORTH,
    PALETTES,
    PIXEL,
    SIDE,
    WEST,
    Levels,
    Scene,
    State,
    color,
    label,
    states,
)
from benchmarks.tiles import Tile

OUTSIDE = CLASSES  # the value of a pixel where there is no raster
ANY = CLASSES + 1  # of one that is not judged
# Within this part of a pixel from its border (10 micrometres on the ground) rounding decides, ours
# or the oracle's, which of both neighbours a tile shows.
_TIE = 1e-6
Shown = frozenset[State]
Values = NDArray[np.uint8]  # classes, and OUTSIDE


@dataclass(frozen=True)
class Evidence:
    """An answer: to a question of some kind, `about` a tile or a place, with this body."""

    kind: str
    about: tuple[float, ...]
    body: bytes


@dataclass
class Truth:
    """Judges answers; what it worked out about a tile it keeps."""

    scene: Scene
    _tiles: dict[Tile, "Expectation"] = field(default_factory=dict)

    def shown(self, evidence: Evidence) -> Shown:
        """The states that an answer shows, exactly; all where it rightly shows nothing."""
        if evidence.kind == "tile":
            return frozenset(self._tile(Tile(*map(int, evidence.about)), evidence.body))
        if evidence.kind == "point":
            lon, lat = evidence.about
            return self._point(lon, lat, json.loads(evidence.body))
        return self._equal(json.loads(evidence.body), _DOCUMENTS[evidence.kind])

    def _point(self, lon: float, lat: float, document: Any) -> Shown:
        x, y = _TO_RASTER.transform(lon, lat)
        row, column = int((NORTH - y) / PIXEL), int((x - WEST) / PIXEL)
        return frozenset(
            state
            for state in states()
            if _item(document)
            == _class(int(self._levels(state).arrays[0][row, column]), state.palette)
        )

    def _equal(self, document: Any, expected: "Expected") -> Shown:
        return frozenset(
            state
            for state in states()
            if len({*map(repr, expected(document, state.palette, self._levels(state).counts))}) == 1
        )

    def _tile(self, tile: Tile, png: bytes) -> Iterator[State]:
        colors = np.asarray(Image.open(BytesIO(png)).convert("RGBA")).view("<u4")[..., 0]
        for palette in range(PALETTES):
            values = _values(colors, palette)
            if values is not None:
                for template, rotation in self._expected(tile).rasters(values):
                    yield State(template, rotation, palette)

    def _expected(self, tile: Tile) -> "Expectation":
        if tile not in self._tiles:
            self._tiles[tile] = _expectation(self.scene, tile)
        return self._tiles[tile]

    def _levels(self, state: State) -> Levels:
        return self.scene.levels[state.template, state.rotation]


@dataclass(frozen=True)
class Expectation:
    """What a tile may be of each raster (template, rotation), read from any of its levels.

    `known` are rasters by the digest of their values; `ties` are the pixels that are not judged.
    """

    known: Mapping[bytes, Sequence[tuple[int, int]]]
    ties: NDArray[np.bool_]

    def rasters(self, values: Values) -> Sequence[tuple[int, int]]:
        """Those that a tile with these values shows."""
        return self.known.get(_digest(np.where(self.ties, np.uint8(ANY), values)), ())


def _expectation(scene: Scene, tile: Tile) -> Expectation:
    known: dict[bytes, list[tuple[int, int]]] = {}
    columns, rows, inside, ties = _pixels(scene, tile)
    for raster, levels in scene.levels.items():
        for number, array in enumerate(levels.arrays):  # each half of the one before
            values = np.full(inside.shape, OUTSIDE, np.uint8)
            values[inside] = array[rows >> number, columns >> number]
            values[ties] = ANY
            known.setdefault(_digest(values), []).append(raster)
    return Expectation(known, ties)


def _pixels(
    scene: Scene, tile: Tile
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_]]:
    """Column and row of the native pixel that each of a tile's pixels shows; where inside; ties."""
    if not scene.touches(tile):
        nothing, nowhere = np.zeros(0, np.int16), np.zeros((256, 256), np.bool_)
        return nothing, nothing, nowhere, nowhere
    columns, rows = scene.places(tile)
    inside = (columns >= 0) & (columns < SIDE) & (rows >= 0) & (rows < SIDE)
    column, row = (np.floor(at[inside]).astype(np.int16) for at in (columns, rows))
    ties = np.logical_or(*(np.abs(at - np.rint(at)) < _TIE for at in (columns, rows)))
    return column, row, inside, ties


Expected = Callable[[Any, int, Sequence[int]], tuple[object, object]]
"""What a document says, and what it must say of a raster with these counts in this palette."""


def _classes(document: Any, palette: int, counts: Sequence[int]) -> tuple[object, object]:
    seen = [
        (item["value"], item["title"], item["color_hint"], item["count"])
        for item in document["classes"]
    ]
    return seen, [(*_class(value, palette), counts[value]) for value in range(CLASSES)]


def _legend(document: Any, palette: int, _: Sequence[int]) -> tuple[object, object]:
    right = [_class(value, palette) for value in range(CLASSES)]
    return [_item(item) for item in document["entries"]], right


def _statistics(document: Any, palette: int, counts: Sequence[int]) -> tuple[object, object]:
    seen = [(item["value"], item["label"], item["count"]) for item in document["classes"]]
    return seen, [(value, label(value, palette), counts[value]) for value in range(CLASSES)]


_DOCUMENTS = {"classes": _classes, "legend": _legend, "polygon": _statistics}


def _class(value: int, palette: int) -> tuple[int, str, str]:
    return value, label(value, palette), color(value, palette).hex


def _item(item: Any) -> tuple[int, str, str]:
    return item["value"], item["label"], item["color"]


def _digest(values: Values) -> bytes:
    return blake2b(values.tobytes(), digest_size=16).digest()


def _values(colors: NDArray[np.uint32], palette: int) -> Values | None:
    """The classes behind a tile's colours; None where one is of another palette."""
    packed = [int.from_bytes(bytes(color(v, palette)), "little") for v in range(CLASSES)]
    order = np.argsort(table := np.array([*packed, 0], np.uint32)).astype(np.uint8)
    at = np.minimum(np.searchsorted(table[order], colors), len(table) - 1)
    values: Values = order[at]
    return values if np.array_equal(table[values], colors) else None


_TO_RASTER = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
