"""What an installed wheel has that nothing in Lambda needs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("tests", "test", "__pycache__", "include")
FILES = (
    "*.pyi",
    "*.pyx",
    "*.pxd",
    "*.pxi",
    "*.c",
    "*.h",
    "*.cpp",
    "*.hpp",
    "*.a",
    "*.pth",
    "conftest.py",
)
PATHS = (  # patterns, from the root
    "bin",  # commands
    *("build", "docs", "scripts"),  # left in palettable's wheel by mistake
    "xstatic/pkg/leaflet/data/leaflet-src*",  # the page has the small one
    "xstatic/pkg/leaflet/data/*.map",
    "terracotta/client",  # a web page, served by `terracotta connect` only
    "terracotta/scripts",
    "numpy/f2py",
    "sqlalchemy/testing",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
    "PIL/_avif*",  # Pillow does without
    "pillow.libs/libavif*",
    "rasterio/_example*",
    "font_source_sans_pro/files/*.otf",
    "font_source_sans_pro/files/SourceSansPro-[!R]*",  # legends are drawn in the regular one
    "xstatic/pkg/leaflet/data/*.map",  # debuggers' files and sources; pages load the short one
    "xstatic/pkg/leaflet/data/leaflet-src*",
    "xstatic/pkg/leaflet/data/images",  # of markers, which no page has
    # Zappa at the operator's; in Lambda it is its handler
    "zappa/cli.py",
    "zappa/core.py",
    "zappa/letsencrypt.py",
    "zappa/policies",
)
DIST_INFO = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", "sboms")


def prune(site_packages: Path) -> None:
    """Remove tests, sources of extensions, development tools and notes of the installer."""
    for path in sorted(superfluous(site_packages)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # gone with its folder


def superfluous(site_packages: Path) -> Iterator[Path]:
    for pattern in PATHS:
        yield from site_packages.glob(pattern)
    for name in FOLDERS:
        yield from site_packages.rglob(f"{name}/")
    for pattern in FILES:
        yield from site_packages.rglob(pattern)
    for name in DIST_INFO:
        yield from site_packages.glob(f"*.dist-info/{name}")
