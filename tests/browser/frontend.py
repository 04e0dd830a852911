"""A web site of somebody else, on another origin, that shows our layer with a map library."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"
PAGE = """<!doctype html>
<meta charset="utf-8">
<link rel="stylesheet" href="library.css">
<style>body {{ margin: 0 }} #map {{ position: relative; width: 512px; height: 512px }}</style>
<script src="library.js"></script>
<div id="map"></div>
<div id="legend"></div>
<script type="module">
{code}
</script>
"""


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[str]:
    """A server of these files, by name; gives its address, with a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            body = files.get(name)
            self.send_response(200 if body is not None else 404)
            kinds = {"js": "text/javascript", "css": "text/css"}
            self.send_header("Content-Type", kinds.get(name.rpartition(".")[2], "text/html"))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/"
        server.shutdown()
