"""A moto server with our extensions, as a child: ``Child("tests.infra.moto_cloud")``."""

import os
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

import tests.infra.lambda_runtime
import tests.infra.moto_extensions  # noqa: F401 (both add to moto what it lacks)
from infra.local.children import Parent


def main() -> None:
    parent = Parent()
    server = make_server(
        "127.0.0.1",
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    parent.send({"port": server.server_port})
    parent.wait()
    os._exit(0)


if __name__ == "__main__":
    main()
