"""Which object is a class file, and which rasters it is for."""

from pathlib import PurePosixPath

from ingest.keys import stem

FOLDER_FILE = "categories.json"
SIDECAR_SUFFIX = ".categories.json"


def is_class_file(key: str) -> bool:
    """Whether the object is `categories.json` or `NAME.categories.json`."""
    name = PurePosixPath(key).name
    return name == FOLDER_FILE or (name.endswith(SIDECAR_SUFFIX) and name != SIDECAR_SUFFIX)


def candidates(raster_key: str) -> tuple[str, ...]:
    """Keys under which the class file of a raster may stand, the first found is the one.

    Beside it under its name without the suffix; then `categories.json` in its folder, and in each
    folder above.
    """
    folders = raster_key.split("/")[:-1]
    above = ("/".join([*folders[:depth], FOLDER_FILE]) for depth in range(len(folders), -1, -1))
    return (stem(raster_key) + SIDECAR_SUFFIX, *above)


def governed_prefix(class_file_key: str) -> str:
    """What the keys of the rasters begin with that a class file may be for."""
    folder, slash, name = class_file_key.rpartition("/")
    if name == FOLDER_FILE:
        return folder + slash
    return class_file_key.removesuffix(SIDECAR_SUFFIX) + "."
