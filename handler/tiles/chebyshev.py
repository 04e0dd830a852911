"""Smooth maps from a picture's pixels to source pixels, evaluated exactly at a few of them.

Such a map is smooth nearly everywhere, so a polynomial through its values at 9 x 9
Chebyshev-Lobatto points follows it to a small part of a source pixel: at most zooms one block of
them covers a tile, and two products of small matrices give all its pixels. The polynomial's last
coefficients measure the error on every block; where they exceed the tolerance (low zooms, seams,
poles) the block is cut in four, and small blocks are evaluated at every pixel.
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
"""From pixel columns and rows, both (n,), to source columns and rows (2, n), NaN for nowhere."""


@dataclass(frozen=True)
class Surface:
    """Source columns and rows of all pixels of a picture, in pieces."""

    width: int
    height: int
    pieces: "list[_Piece]"
    step: float

    def points(self, across: float, down: float) -> tuple[Floats, Floats]:
        """Columns and rows, each (height, width), in units of `across` and `down` source pixels.

        Negative where a pixel is nowhere, or far outside of the source.
        """
        scale = np.array([[[1 / across]], [[1 / down]]])
        if len(self.pieces) == 1 and self.pieces[0].block.area == self.width * self.height:
            columns, rows = self.pieces[0].values(scale)
            return columns, rows
        found = np.full((2, self.height, self.width), -1.0)
        for piece in self.pieces:
            found[:, *piece.block.slices] = piece.values(scale)
        columns, rows = found
        return columns, rows


@dataclass(frozen=True)
class _Block:
    top: int
    left: int
    height: int
    width: int

    @property
    def area(self) -> int:
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        rows = slice(self.top, self.top + self.height)
        return rows, slice(self.left, self.left + self.width)

    @property
    def is_small(self) -> bool:
        return self.height <= _SMALLEST and self.width <= _SMALLEST

    def nodes(self) -> Floats:
        """Pixel columns and rows (2, 81) of the nodes, row by row."""
        return grid(spread(self.left, self.width), spread(self.top, self.height))

    def pixels(self) -> Floats:
        """Columns and rows (2, n) of all pixels, row by row."""
        rows, columns = np.mgrid[self.slices]
        return np.stack([columns.ravel(), rows.ravel()]).astype(float)

    def quarters(self) -> Iterator["_Block"]:
        for top, height in _halves(self.top, self.height):
            for left, width in _halves(self.left, self.width):
                yield _Block(top, left, height, width)


@dataclass(frozen=True)
class _Piece:
    """A block and what is known of it: source places (2, ...) at its nodes or at all its pixels."""

    block: _Block
    known: Floats
    error: float

    def is_outside(self, source: tuple[int, int]) -> bool:
        """Whether all of the block lies clearly outside of a source of this width and height."""
        if not np.isfinite(self.error):
            return False
        nodes = self.known.reshape(2, -1)
        low, high = nodes.min(axis=1), nodes.max(axis=1)
        margin = high - low + 4 * self.error + 1
        return bool((high + margin < 0).any() or (low - margin > source).any())

    def step(self, source: tuple[int, int]) -> float:
        """The least distance of neighbours at the nodes that lie in the source, if any does."""
        slopes = _slopes()
        across = np.hypot(*(self.known @ slopes.T)) / _span(self.block.width)
        down = np.hypot(*(slopes @ self.known)) / _span(self.block.height)
        columns, rows = self.known
        inside = (columns >= 0) & (columns <= source[0]) & (rows >= 0) & (rows <= source[1])
        steps = np.minimum(across, down)
        return float(np.nanmin(steps[inside] if inside.any() else steps, initial=np.inf))

    def values(self, scale: Floats) -> Floats:
        """Scaled source places of all pixels, (2, height, width)."""
        if self.known.ndim == 2:
            known = np.nan_to_num(self.known, nan=-1.0)
            return known.reshape(2, self.block.height, self.block.width) * scale
        down, across = _weights(self.block.height), _weights(self.block.width).T
        return np.asarray(down @ (self.known * scale) @ across)


def interpolate(
    exact: Exact,
    width: int,
    height: int,
    source: tuple[int, int],
    tolerance: float,
    known: Floats | None = None,
) -> Surface:
    """The surface of `exact` over width x height pixels, to within `tolerance` source pixels.

    `source` is the source's width and height: what lies outside of it is left out. The surface's
    step is the least distance in source pixels of neighbouring pixels, infinite if all are out.
    `known` are values (2, 9, 9) at the picture's nodes, if a patch had them.
    """
    pieces, steps = [], [np.inf]
    whole = _Block(0, 0, height, width)
    waiting = _at_nodes(exact, [whole]) if known is None else [_Piece(whole, known, 0.0)]
    while waiting:
        blocks: list[_Block] = []
        for piece in waiting:
            if piece.is_outside(source):
                continue
            if piece.error > tolerance and not piece.block.is_small:
                blocks.extend(piece.block.quarters())
                continue
            steps.append(piece.step(source))
            pieces.append(piece if piece.error <= tolerance else _at_pixels(exact, piece.block))
        waiting = _at_nodes(exact, blocks) if blocks else []
    return Surface(width, height, pieces, min(steps))


def _at_nodes(exact: Exact, blocks: list[_Block]) -> list[_Piece]:
    """The blocks with exact values at their nodes, found by one call."""
    nodes = np.stack([block.nodes() for block in blocks], axis=1)
    found = exact(*nodes.reshape(2, -1)).reshape(2, len(blocks), _POINTS, _POINTS)
    return [
        _Piece(block, found[:, i], interpolation_error(found[:, i]))
        for i, block in enumerate(blocks)
    ]


def _at_pixels(exact: Exact, block: _Block) -> _Piece:
    return _Piece(block, exact(*block.pixels()), 0.0)


def grid(columns: Floats, rows: Floats) -> Floats:
    """The points (2, 81) where 9 columns meet 9 rows, row by row."""
    return np.stack([np.tile(columns, _POINTS), np.repeat(rows, _POINTS)])


def interpolation_error(known: Floats) -> float:
    """The size of the last coefficients of values (2, 9, 9); infinite if one is NaN."""
    tail = _coefficients()[-2:]
    error = max(np.abs(known @ tail.T).max(), np.abs(tail @ known).max())
    return np.inf if np.isnan(error) else float(error)


def resample(known: Floats, columns: Floats, rows: Floats) -> Floats:
    """Values (2, m, n) at these m rows and n columns out of those at the nodes, from -1 to 1."""
    return np.asarray(_basis(rows) @ known @ _basis(columns).T)


def _halves(start: int, length: int) -> list[tuple[int, int]]:
    half = length // 2
    return [(start, length)] if length <= 2 else [(start, half), (start + half, length - half)]


def spread(start: int, length: int) -> Floats:
    """The nodes from the first pixel's centre to the last's; a single pixel is given a width."""
    return start + (length - 1) / 2 + nodes() * _span(length) / 2


def _span(length: int) -> float:
    return max(length - 1, 0.5)


@lru_cache(maxsize=1)
def nodes() -> Floats:
    """The nodes of a block that reaches from -1 to 1."""
    return np.asarray(-np.cos(np.pi * np.arange(_POINTS) / DEGREE))


@lru_cache(maxsize=1)
def _coefficients() -> Floats:
    """The matrix that turns values at the nodes into Chebyshev coefficients."""
    return np.asarray(np.linalg.inv(_polynomials(nodes())), np.float64)


@lru_cache(maxsize=1)
def _slopes() -> Floats:
    """The matrix that turns values at the nodes into derivatives there, per block length."""
    derivative = 2 * np.polynomial.chebyshev.chebder(np.eye(_POINTS))
    return np.asarray(_polynomials(nodes())[:, :DEGREE] @ derivative @ _coefficients())


@lru_cache(maxsize=64)
def _weights(length: int) -> Floats:
    """The matrix (length, 9) that turns values at the nodes into values at every pixel."""
    return _basis(np.linspace(-1, 1, length) if length > 1 else np.zeros(1))


def _basis(places: Floats) -> Floats:
    """The matrix (n, 9) that turns values at the nodes into values at these places, -1 to 1."""
    return np.asarray(_polynomials(places) @ _coefficients())


def _polynomials(places: Floats) -> Floats:
    """The Chebyshev polynomials of degree 0 to 8 at these places, shape (n, 9)."""
    return np.cos(np.arccos(places)[:, np.newaxis] * np.arange(_POINTS))
