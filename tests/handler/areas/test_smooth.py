"""Values at all pixels are the exact ones, to within the tolerance."""

import numpy as np
import pytest

from handler.areas.smooth import Floats, evaluate


def wave(columns: Floats, rows: Floats) -> Floats:
    return np.stack([np.sin(columns / 40) * np.cos(rows / 70), columns * rows / 1e4])


def cap(columns: Floats, rows: Floats) -> Floats:
    """NaN outside of a disk, with a slope that ends abruptly at its edge."""
    inside = 1 - ((columns - 60) / 50) ** 2 - ((rows - 60) / 50) ** 2
    with np.errstate(invalid="ignore"):
        return np.sqrt(inside)[np.newaxis]


def everywhere(width: int, height: int) -> tuple[Floats, Floats]:
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return columns, rows


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (700, 3), (13, 17), (300, 200)])
def test_smooth(size: tuple[int, int]) -> None:
    assert np.allclose(evaluate(wave, *size, 1e-9), wave(*everywhere(*size)), atol=1e-8)


def test_an_edge() -> None:
    found, expected = evaluate(cap, 120, 120, 1e-6), cap(*everywhere(120, 120))
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.allclose(found, expected, atol=1e-4, equal_nan=True)


def test_few_places_are_asked_for() -> None:
    asked = []

    def counted(columns: Floats, rows: Floats) -> Floats:
        asked.append(columns.size)
        return wave(columns, rows)

    evaluate(counted, 1000, 1000, 1e-6)
    assert sum(asked) < 50_000


def test_nothing_anywhere() -> None:
    assert np.isnan(evaluate(lambda x, y: np.full((1, x.size), np.nan), 50, 40, 1)).all()
