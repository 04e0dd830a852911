"""Which pixels of a window have their centre inside an outline, by the even-odd rule.

In each row of pixels an outline's edges cross the line of centres; every crossing turns all pixels
right of it from out to in, or back. So one mark for each crossing and a running sum along the rows
fill an outline of any shape, self-crossing ones too, in a time that goes with crossings and pixels.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from handler.areas.grid import Floats

_AT_ONCE = 1 << 18  # crossings in memory

Mask = NDArray[np.bool_]


def fill(edges: Floats, width: int, height: int) -> Mask:
    """Whether each pixel's centre lies inside, (height, width).

    `edges` (n, 2, 2) are ends with column and row each, from the window's corner. A centre right on
    an edge belongs to what is right of it or below it, as with pixels.
    """
    marks = np.zeros(height * (width + 1), np.uint8)
    for start, upper, first, count in _crossing(edges, height):
        edge = np.repeat(np.arange(len(count)), count)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        slope = (upper[:, 0] - start[:, 0]) / (upper[:, 1] - start[:, 1])
        x = start[edge, 0] + (row + 0.5 - start[edge, 1]) * slope[edge]
        column = np.ceil(x - 0.5).clip(0, width).astype(np.intp)
        found = np.bincount(row * (width + 1) + column, minlength=marks.size)
        marks += found.astype(np.uint8)
    sums = np.cumsum(marks.reshape(height, width + 1), axis=1, dtype=np.uint8)
    return np.asarray((sums & 1)[:, :width], np.bool_)


_Edges = tuple[Floats, Floats, NDArray[np.intp], NDArray[np.intp]]


def _crossing(edges: Floats, height: int) -> Iterator[_Edges]:
    """Upper and lower ends of edges that cross rows, the first row and how many; in batches."""
    down = edges[:, 0, 1] <= edges[:, 1, 1]
    start = np.where(down[:, np.newaxis], edges[:, 0], edges[:, 1])
    end = np.where(down[:, np.newaxis], edges[:, 1], edges[:, 0])
    first, last = (np.ceil(ends[:, 1] - 0.5).clip(0, height) for ends in (start, end))
    count = (last - first).astype(np.intp)
    kept = np.flatnonzero(count)
    batches = np.cumsum(count[kept]) // _AT_ONCE
    for batch in np.split(kept, np.flatnonzero(np.diff(batches)) + 1):
        yield start[batch], end[batch], first[batch].astype(np.intp), count[batch]
