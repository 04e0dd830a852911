"""An error's class is its code."""

import pytest

from handler import errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidParameter, "invalid_parameter"),
        (errors.DatasetNotFound, "dataset_not_found"),
        (errors.NotCategorical, "not_categorical"),
        (errors.RasterMissing, "raster_missing"),
        (errors.RasterUnavailable, "raster_unavailable"),
        (errors.DatabaseUnavailable, "database_unavailable"),
        (errors.OutsideRaster, "outside_raster"),
        (errors.TooLarge, "too_large"),
        (errors.NoDates, "no_dates"),
    ],
)
def test_code(error: type[errors.HandlerError], code: str) -> None:
    assert error("text").code == code
