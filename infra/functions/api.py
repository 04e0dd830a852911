"""Lambda's way into the tile API: Zappa's handler, once the database's password is at hand.

A cold start is mostly imports. What no tile needs is left out here, though Zappa, rasterio,
Terracotta's OpenAPI document and pydantic-settings import it: boto3, a third of all, yaml and
dotenv. So are searches for garbage, of which imports make none. SQLAlchemy waits for the first
request to one of Terracotta's own endpoints (`handler.access`).
"""

import gc
import logging

gc.disable()

from infra.credentials import installed_from_environment
from infra.functions.deferred import deferred
from infra.functions.log_lines import write_lines

write_lines()

with installed_from_environment():
    with deferred("boto3", "dotenv", "yaml"):
        import apispec.yaml_utils  # noqa: F401 (calls yaml.safe_load)
        import pydantic_settings  # noqa: F401 (calls dotenv_values, where a class names a file)
        import rasterio.session  # noqa: F401 (calls boto3.Session, where Terracotta reads from S3)
        import zappa.utilities  # noqa: F401 (names boto3.Session in annotations)

    # With INSTANTIATE_LAMBDA_HANDLER_ON_IMPORT Zappa loads the application now, in the init phase.
    from zappa.handler import lambda_handler

# GDAL's errors are exceptions already; told on INFO too they are many lines of the log.
logging.getLogger("rasterio._env").setLevel(logging.WARNING)

gc.freeze()  # what there is now stays, so no later search need look at it
gc.enable()

__all__ = ["lambda_handler"]
