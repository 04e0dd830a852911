"""Lambda's way into the tile API: Zappa's handler, once the database's password is at hand.

A cold start is mostly imports. Two things that took nearly half of it are left out here: boto3,
which no tile needs, though Zappa and rasterio import it; and searches for garbage, of which imports
make none.
"""

import gc

gc.disable()

from infra.credentials import install_from_environment
from infra.functions.deferred import deferred

install_from_environment()

with deferred("boto3"):
    import rasterio.session  # noqa: F401 (calls boto3.Session, where Terracotta reads from S3)
    import zappa.utilities  # noqa: F401 (names boto3.Session in annotations)

# With INSTANTIATE_LAMBDA_HANDLER_ON_IMPORT Zappa loads the application now, in the init phase.
from zappa.handler import lambda_handler

gc.freeze()  # what there is now stays, so no later search need look at it
gc.enable()

__all__ = ["lambda_handler"]
