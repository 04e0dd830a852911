"""Pixels and areas by a code for each pixel, of which few may occur among many possible ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TABLED = 1 << 20  # possible codes; of more, those that occur are sorted out

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Flows:
    """Each of the `codes` (n,), which are in order, with its pixels and their areas."""

    codes: Codes
    counts: Floats
    areas: Floats

    @classmethod
    def none(cls) -> "Flows":
        """No codes at all."""
        return cls(np.empty(0, np.intp), np.empty(0), np.empty(0))

    @classmethod
    def of(cls, codes: Codes, areas: Floats, possible: int) -> "Flows":
        """One pixel for each code, codes being less than `possible`."""
        if possible > _TABLED:
            return _summed(codes, np.ones(codes.shape), areas)
        counts = np.bincount(codes, minlength=possible)
        found = np.flatnonzero(counts)
        sums = np.bincount(codes, areas, minlength=possible)
        return cls(found, counts[found].astype(np.float64), sums[found].astype(np.float64))

    def __add__(self, other: "Flows") -> "Flows":
        return _summed(
            np.concatenate([self.codes, other.codes]),
            np.concatenate([self.counts, other.counts]),
            np.concatenate([self.areas, other.areas]),
        )


def _summed(codes: Codes, counts: Floats, areas: Floats) -> Flows:
    found, places = np.unique(codes, return_inverse=True)
    sums = (np.bincount(places, each).astype(np.float64) for each in (counts, areas))
    return Flows(found, *sums)
