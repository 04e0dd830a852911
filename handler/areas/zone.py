"""Outlines on one level of a raster: what they cover, what that costs, which pixels lie inside."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from handler.areas.fill import Mask, fill
from handler.areas.outline import Outlines
from handler.areas.scan import Part, piece_sides
from handler.tiles.level import Level

Cell = tuple[int, int]
"""Column and row of a piece or of a file's block, counted in pieces or in blocks."""


@dataclass(frozen=True)
class Zone:
    """The pixels of `level` whose centre lies inside any of the outlines."""

    level: Level
    outlines: Outlines

    def fits(self, most_pixels: int) -> bool:
        """Whether filling and reading it takes no more than that many pixels each.

        What is read are whole blocks of the file: at least one may always be.
        """
        height, width = self.level.dataset.block_shapes[0]
        blocks = max(1, most_pixels // (height * width))
        return (
            np.prod(self._bounds[:, 2:] - self._bounds[:, :2], axis=1).sum() <= most_pixels
            and self.outlines.crossings / self.level.down <= most_pixels
            and len(self._cells(width, height, blocks)) <= blocks
        )

    def pieces(self) -> Iterator[tuple[Window, Mask]]:
        """Windows that hold the zone, and which of their pixels belong to it."""
        width, height = piece_sides(self.level)
        for (column, row), members in sorted(self._cells(width, height).items(), key=_by_row):
            left, top = column * width, row * height
            piece = Part(left, top, left + width, top + height)
            parts = {number: self._part(number).within(piece) for number in members}
            hull = Part.around(parts.values())
            mask = np.zeros((hull.bottom - hull.top, hull.right - hull.left), np.bool_)
            for number, part in parts.items():
                mask[part.slices_in(hull)] |= self._fill(number, part)
            if mask.any():
                yield hull.window, mask

    def _fill(self, number: int, part: Part) -> Mask:
        scale, corner = (self.level.across, self.level.down), (part.left, part.top)
        edges = self.outlines.of(number) / scale - corner
        return fill(edges, part.right - part.left, part.bottom - part.top)

    @cached_property
    def _bounds(self) -> NDArray[np.intp]:
        """Left, top, right and bottom of the pixels that each outline may hold, (m, 4)."""
        level = self.level
        places = self.outlines.hulls / [level.across, level.down, level.across, level.down]
        first = np.ceil(places - 0.5)  # the first centre that is not left of it or above it
        return first.clip(0, [level.width, level.height] * 2).astype(np.intp)

    def _part(self, number: int) -> Part:
        return Part(*self._bounds[number].tolist())

    def _cells(self, width: int, height: int, most: float = math.inf) -> Mapping[Cell, list[int]]:
        """The cells of that size that hold a part, each with its outlines; counts past `most`
        are cut short.
        """
        found: defaultdict[Cell, list[int]] = defaultdict(list)
        for number in range(len(self.outlines)):
            for cell in self._part(number).cells(width, height):
                found[cell].append(number)
                if len(found) > most:
                    return found
        return found


def _by_row(item: tuple[Cell, list[int]]) -> tuple[int, int]:
    (column, row), _ = item
    return row, column
