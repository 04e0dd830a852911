"""Uploads that Lambda's time does not suffice for."""

import pytest

from ingest.duration import forecast

KEY = "categorical/S2/20181010/cloud mask's.tif"
GIB = 2**30


@pytest.mark.parametrize(
    ("size", "side", "pixel_bytes"),
    [
        (GIB // 10, 36_000, 1),  # a WorldCover tile
        (43_200 * 21_600, 30_548, 1),  # uncompressed
        (GIB, 36_000, 4),
    ],
)
def test_common_rasters_fit_in_lambdas_time_even_if_they_are_rewritten(size, side, pixel_bytes):
    assert forecast(size, side * side, pixel_bytes, rewrite=True) < 780


def test_rewriting_takes_longer_and_more_so_with_more_to_compress():
    kept = forecast(GIB, 10**9, 1, rewrite=False)
    rewritten = forecast(GIB, 10**9, 1, rewrite=True)
    assert kept < rewritten < forecast(GIB, 10**9, 4, rewrite=True)
    assert forecast(5 * GIB, 10**10, 2, rewrite=True) > 780


def test_too_slow_for_the_function_is_rejected_with_the_command_that_registers_it(
    ingestion, stripes
):
    ingestion.put("categories.json", {"a": 0, "b": 1, "c": 2, "d": 3})
    ingestion.configure(max_seconds=1e-9)
    report = ingestion.upload(KEY, stripes)
    assert report.error.code == "too_slow"
    address = f"s3://{ingestion.resources.incoming}/categorical/S2/20181010/cloud mask"
    command = f"""python -m ingest register '{address}'"'"'s.tif'"""
    assert report.error.remedy.endswith(command)
    assert ingestion.published() == []
