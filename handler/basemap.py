"""The tiles under the map page's layer: an operator's choice, and the only ones from elsewhere."""

import re

# What a Content-Security-Policy takes for a host as it is, so that no URL can add to the policy.
_ORIGIN = re.compile(r"https?://(?:\{s\}\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?(?=/)", re.I)
_PLACES = ("{z}", "{x}", "{y}")


def check_basemap(url: str) -> str:
    """`url` itself, if it is a template of tiles. Raises ValueError."""
    if not _ORIGIN.match(url):
        raise ValueError(f"{url!r} is no http(s)://host/... address of tiles")
    missing = [place for place in _PLACES if place not in url]
    if missing:
        raise ValueError(f"{url!r} lacks {', '.join(missing)}: tiles are .../{{z}}/{{x}}/{{y}}.png")
    return url


def basemap_origin(url: str) -> str:
    """Scheme and host of a template, as a Content-Security-Policy names them."""
    match = _ORIGIN.match(url)
    assert match, url
    return match.group().replace("{s}", "*")
