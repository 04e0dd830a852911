"""Smooth functions of a window's pixels, evaluated exactly at few of them.

Where a pixel lies and how large it is changes smoothly from pixel to pixel, so a polynomial through
the values at 9 x 9 Chebyshev points follows it over a whole window. Its last coefficients tell the
error; where that is too large (poles, the Earth's edge) the window is cut in four, and a small one
is evaluated at every pixel. Trefethen, Approximation Theory and Approximation Practice, chapter 8.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Exact = Callable[[Floats, Floats], Floats]
"""From columns and rows (n,) of pixel centres to k values each (k, n), NaN where there is none."""

_DEGREE = 8
_SMALL = 200  # pixels of a block that hardly has more of them than there are points
_POINTS = np.cos(np.pi * np.arange(_DEGREE, -1, -1) / _DEGREE)
_COEFFICIENTS = np.linalg.inv(np.polynomial.chebyshev.chebvander(_POINTS, _DEGREE))


def evaluate(exact: Exact, width: int, height: int, tolerance: float) -> Floats:
    """Values (k, height, width) of all pixels of a window, to within `tolerance`.

    Columns and rows count from the window's corner: the first pixel's centre is (0.5, 0.5).
    """
    blocks, values = [_Block(0, 0, height, width)], np.empty((0, 0, 0))
    while blocks:
        nodes = _at_nodes(exact, blocks)
        values = values if values.size else np.empty((nodes.shape[1], height, width))
        waiting: list[_Block] = []
        for block, known in zip(blocks, nodes, strict=True):
            if np.isnan(known).all():
                block.of(values)[:] = np.nan
            elif _error(known) <= tolerance:
                np.matmul(block.down @ known, block.across.T, out=block.of(values))
            elif block.height * block.width <= _SMALL:
                block.of(values)[:] = exact(*block.pixels()).reshape(-1, block.height, block.width)
            else:
                waiting += block.quarters()
        blocks = waiting
    return values


@dataclass(frozen=True)
class _Block:
    top: int
    left: int
    height: int
    width: int

    @property
    def down(self) -> Floats:
        """The matrix (height, 9) from values at the nodes to values at all rows."""
        return _weights(self.height)

    @property
    def across(self) -> Floats:
        """The matrix (width, 9) from values at the nodes to values at all columns."""
        return _weights(self.width)

    def of(self, values: Floats) -> Floats:
        """The block's part of the window."""
        rows = slice(self.top, self.top + self.height)
        return values[:, rows, self.left : self.left + self.width]

    def nodes(self) -> tuple[Floats, Floats]:
        """Columns and rows of the 81 nodes, row by row."""
        columns = self.left + (_POINTS + 1) / 2 * self.width
        rows = self.top + (_POINTS + 1) / 2 * self.height
        return np.tile(columns, len(_POINTS)), np.repeat(rows, len(_POINTS))

    def pixels(self) -> tuple[Floats, Floats]:
        """Columns and rows of all pixel centres, row by row."""
        columns = self.left + np.arange(self.width) + 0.5
        rows = self.top + np.arange(self.height) + 0.5
        return np.tile(columns, self.height), np.repeat(rows, self.width)

    def quarters(self) -> Iterator["_Block"]:
        for top, height in _halves(self.top, self.height):
            for left, width in _halves(self.left, self.width):
                yield _Block(top, left, height, width)


def _at_nodes(exact: Exact, blocks: list[_Block]) -> Floats:
    """Exact values at the nodes of every block, (blocks, k, 9, 9), by one call."""
    columns, rows = (
        np.concatenate(axis) for axis in zip(*(b.nodes() for b in blocks), strict=True)
    )
    side = len(_POINTS)
    return exact(columns, rows).reshape(-1, len(blocks), side, side).swapaxes(0, 1)


def _error(known: Floats) -> float:
    """The size of the last coefficients along both axes; infinite if a value is none."""
    tail = _COEFFICIENTS[-2:]
    error = max(np.abs(known @ tail.T).max(), np.abs(tail @ known).max())
    return float(np.inf if np.isnan(error) else error)


def _halves(start: int, length: int) -> list[tuple[int, int]]:
    half = length // 2
    return [(start, length)] if length == 1 else [(start, half), (start + half, length - half)]


@lru_cache(maxsize=16)
def _weights(length: int) -> Floats:
    places = (2 * np.arange(length) + 1) / length - 1
    basis = np.polynomial.chebyshev.chebvander(places, _DEGREE)
    return np.asarray(basis @ _COEFFICIENTS, np.float64)
