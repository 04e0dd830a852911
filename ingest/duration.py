"""How long an upload will take, before it is begun: Lambda ends a function after 15 minutes.

Rates of one processor, measured with land cover in large areas and with noise, the slower taken:
pixels are counted at 120 to 440 million a second. Rewriting is Deflate, which takes 70 MB of pixels
a second where classes lie in large areas and 10 MB where they are noise; how much noise there is,
the compressed size tells. So a forecast is right within a factor of three, and rarely too low.
"""

from ingest.errors import TooSlow

_TRANSFER = 50e6  # bytes a second between Lambda and S3
_COUNT = 100e6  # pixels a second
_COMPRESS = 40e6  # bytes of pixels a second, without any noise
_NOISE = 4e6  # compressed bytes a second
_COMPRESS_NOISE = 8.5e6  # bytes of pixels a second, nothing but noise


def forecast(size: int, pixels: int, pixel_bytes: int, *, rewrite: bool) -> float:
    """Seconds to download, count and publish a raster of `size` bytes."""
    seconds = size / _TRANSFER + pixels / _COUNT
    if not rewrite:
        return seconds
    raw = pixels * pixel_bytes
    compression = min(raw / _COMPRESS + size / _NOISE, raw / _COMPRESS_NOISE)
    return seconds + compression + size / _TRANSFER


def check_duration(seconds: float, limit: float) -> None:
    """Raises TooSlow."""
    if seconds > limit:
        raise TooSlow(
            f"it would take about {seconds / 60:,.0f} minutes, longer than {limit / 60:,.0f}"
        )
