"""An operator's base map, and what the pages' policy takes of its address."""

import pytest

from handler.basemap import basemap_origin, check_basemap


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tile.example.org/{z}/{x}/{y}.png", "https://tile.example.org"),
        ("https://{s}.tile.example.org/{z}/{x}/{y}.png", "https://*.tile.example.org"),
        ("http://localhost:8080/a/{z}/{y}/{x}?k=1;2", "http://localhost:8080"),
    ],
)
def test_the_origin_of_its_tiles(url: str, origin: str) -> None:
    assert basemap_origin(check_basemap(url)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "tile.example.org/{z}/{x}/{y}.png",
        "javascript:alert(1)//{z}/{x}/{y}",
        "https://x;script-src */{z}/{x}/{y}",
        "https://x *.evil.example/{z}/{x}/{y}",
        "https://user@x/{z}/{x}/{y}",
        "https://{s}{s}.x/{z}/{x}/{y}",
        "https://*/{z}/{x}/{y}",
        "https://x/{z}/{x}.png",
        "https://x{z}{x}{y}",
    ],
)
def test_what_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"tiles"):
        check_basemap(url)
