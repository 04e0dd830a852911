"""Lambda's way into the tile API: Zappa's handler, once the database's password is at hand."""

from infra.credentials import install_from_environment

install_from_environment()

# With INSTANTIATE_LAMBDA_HANDLER_ON_IMPORT Zappa loads the application now, in the init phase.
from zappa.handler import lambda_handler

__all__ = ["lambda_handler"]
