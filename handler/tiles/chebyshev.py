"""Smooth maps of a picture's pixels, evaluated exactly at few of them and interpolated between.

A map of pixels to source pixels is smooth nearly everywhere, so a polynomial through its values at
a grid of Chebyshev-Lobatto points (9 x 9 in a block of any size) follows it to a small part of a
source pixel: at most zooms one block covers the tile. The polynomial's last Chebyshev coefficients
measure the error on every block; where they exceed the tolerance (low zooms, seams, poles) the
block is cut in four, and small blocks are evaluated at every pixel.
Trefethen, Approximation Theory and Approximation Practice, chapters 2 to 8.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from handler.tiles.frame import Floats

DEGREE = 8
_POINTS = DEGREE + 1
_SMALLEST = 12  # a block this small has hardly more pixels than nodes

Exact = Callable[[Floats, Floats], Floats]
"""Takes pixel columns and rows, both (n,), gives source columns and rows (2, n), NaN for none."""


@dataclass(frozen=True)
class Surface:
    """Source columns and rows (2, height, width) of all pixels; NaN where far outside.

    `step` is the least distance in source pixels between neighbouring pixels near the source.
    """

    values: Floats
    step: float


@dataclass(frozen=True)
class _Block:
    top: int
    left: int
    height: int
    width: int

    def columns(self, places: Floats) -> Floats:
        return _spread(places, self.left, self.width)

    def rows(self, places: Floats) -> Floats:
        return _spread(places, self.top, self.height)

    @property
    def is_small(self) -> bool:
        return self.height <= _SMALLEST and self.width <= _SMALLEST

    def quarters(self) -> Iterator["_Block"]:
        for top, height in _halves(self.top, self.height):
            for left, width in _halves(self.left, self.width):
                yield _Block(top, left, height, width)


def interpolate(
    exact: Exact, width: int, height: int, source: tuple[int, int], tolerance: float
) -> Surface:
    """The surface of `exact` over width x height pixels, to within `tolerance` source pixels.

    `source` is the source's width and height: what lies outside of it is not refined.
    """
    values = np.full((2, height, width), np.nan)
    steps = [np.inf]
    blocks = [_Block(0, 0, height, width)]
    while blocks:
        waiting: list[_Block] = []
        for block, nodes in zip(blocks, _nodes(exact, blocks), strict=True):
            error = _error(nodes)
            if _is_outside(nodes, error, source):
                continue
            if error > tolerance and not block.is_small:
                waiting.extend(block.quarters())
                continue
            if error > tolerance:
                _fill_exactly(values, block, exact)
            else:
                _fill(values, block, nodes)
            steps.append(_step(block, nodes, source))
        blocks = waiting
    return Surface(values, min(steps))


def _nodes(exact: Exact, blocks: list[_Block]) -> Floats:
    """Exact values at every block's nodes, (blocks, 2, rows, columns), by one call."""
    places = _places()
    columns = np.stack([np.tile(block.columns(places), _POINTS) for block in blocks])
    rows = np.stack([np.repeat(block.rows(places), _POINTS) for block in blocks])
    found = exact(columns.ravel(), rows.ravel())
    return found.reshape(2, len(blocks), _POINTS, _POINTS).swapaxes(0, 1)


def _error(nodes: Floats) -> float:
    """The size of the last coefficients along rows and columns; infinite if a node is nowhere."""
    tail = _coefficients()[-2:]
    error = float(max(np.abs(nodes @ tail.T).max(), np.abs(tail @ nodes).max()))
    return np.inf if np.isnan(error) else error


def _is_outside(nodes: Floats, error: float, source: tuple[int, int]) -> bool:
    if not np.isfinite(error):
        return False
    low, high = nodes.min(axis=(1, 2)), nodes.max(axis=(1, 2))
    margin = high - low + 4 * error + 1
    return bool((high + margin < 0).any() or (low - margin > source).any())


def _fill(values: Floats, block: _Block, nodes: Floats) -> None:
    across, down = _weights(block.width).T, _weights(block.height)
    target = values[:, block.top : block.top + block.height, block.left : block.left + block.width]
    np.matmul(down @ nodes, across, out=target)


def _fill_exactly(values: Floats, block: _Block, exact: Exact) -> None:
    rows, columns = np.mgrid[
        block.top : block.top + block.height, block.left : block.left + block.width
    ]
    found = exact(columns.ravel().astype(float), rows.ravel().astype(float))
    values[:, rows, columns] = found.reshape(2, block.height, block.width)


def _step(block: _Block, nodes: Floats, source: tuple[int, int]) -> float:
    slopes = _slopes()
    across = np.hypot(*(nodes @ slopes.T)) / _span(block.width)
    down = np.hypot(*(slopes @ nodes)) / _span(block.height)
    columns, rows = nodes
    inside = (columns >= 0) & (columns <= source[0]) & (rows >= 0) & (rows <= source[1])
    near = inside if inside.any() else ...
    return _least([across[near], down[near]])


def _least(lengths: list[Floats]) -> float:
    """The smallest length that is one; infinite if there is none."""
    known = [length[np.isfinite(length) & (length > 0)] for length in lengths]
    return min((float(length.min()) for length in known if length.size), default=np.inf)


def _spread(places: Floats, start: int, length: int) -> Floats:
    """Places from 0 to 1 as pixels from the first to the last; a single pixel is given a width."""
    return start + (length - 1) / 2 + (places - 0.5) * _span(length)


def _span(length: int) -> float:
    return max(length - 1, 0.5)


def _halves(start: int, length: int) -> list[tuple[int, int]]:
    half = length // 2
    return [(start, length)] if length <= 2 else [(start, half), (start + half, length - half)]


@lru_cache(maxsize=1)
def _places() -> Floats:
    """Where the nodes of a block lie, from 0 (its first pixel centre) to 1 (its last)."""
    return (1 - np.cos(np.pi * np.arange(_POINTS) / DEGREE)) / 2


@lru_cache(maxsize=1)
def _coefficients() -> Floats:
    """The matrix that turns values at the nodes into Chebyshev coefficients."""
    basis = np.polynomial.chebyshev.chebvander(2 * _places() - 1, DEGREE)
    return np.asarray(np.linalg.inv(basis), np.float64)


@lru_cache(maxsize=1)
def _slopes() -> Floats:
    """The matrix that turns values at the nodes into derivatives there, per block length."""
    derivative = 2 * np.polynomial.chebyshev.chebder(np.eye(_POINTS))
    basis = np.polynomial.chebyshev.chebvander(2 * _places() - 1, DEGREE - 1)
    return np.asarray(basis @ derivative @ _coefficients())


@lru_cache(maxsize=64)
def _weights(length: int) -> Floats:
    """The matrix (length, nodes) that turns values at the nodes into values at every pixel."""
    places = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
    return np.asarray(np.polynomial.chebyshev.chebvander(places, DEGREE) @ _coefficients())
