"""Files that browsers load from us: the JavaScript client, the pages' scripts and styles, Leaflet.

They are few and small, so they are read once, and only those read can be asked for: a path of a
request never becomes a path on disk. One version, a hash of all of them, stands in their address,
so that a module and what it imports are always of one release.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

CLIENT = "categorical.js"
TYPES = "categorical.d.ts"

_MIMETYPES = {
    ".js": "text/javascript",
    ".ts": "text/plain",  # declarations, for editors and compilers
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_LEAFLET = ("leaflet.js", "leaflet.css")


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent: `body`, which `mimetype` it is."""

    body: bytes
    mimetype: str

    @cached_property
    def compressed(self) -> bytes:
        """The body in gzip's format, the same bytes each time."""
        return gzip.compress(self.body, mtime=0)


class StaticFiles:
    """The files by their names, such as `categorical.js` or `leaflet/leaflet.js`."""

    def __init__(self) -> None:
        self._files = dict(_read())
        digest = blake2b(digest_size=8)
        for name, file in sorted(self._files.items()):
            digest.update(b"%s\0%d\0%s" % (name.encode(), len(file.body), file.body))
        self.version = digest.hexdigest()

    def get(self, name: str) -> StaticFile | None:
        """The file of this name, if there is one."""
        return self._files.get(name)

    def path(self, name: str) -> str:
        """Where the file is below the API's address, for a year: `static/1f.../categorical.js`."""
        return f"static/{self.version}/{name}"


def _read() -> Iterator[tuple[str, StaticFile]]:
    leaflet = files("xstatic.pkg.leaflet") / "data"
    for name in _LEAFLET:
        yield f"leaflet/{name}", _file(leaflet / name)
    for entry in (files("handler") / "static").iterdir():
        if entry.is_file():
            yield entry.name, _file(entry)


def _file(source: Traversable) -> StaticFile:
    suffix = source.name[source.name.rindex(".") :]
    return StaticFile(source.read_bytes(), _MIMETYPES[suffix])
