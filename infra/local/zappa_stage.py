"""A stage of zappa_settings.json as Zappa itself reads it: what its function gets in Lambda."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path(__file__).parents[2] / "zappa_settings.json"


@dataclass(frozen=True)
class ZappaStage:
    """A function's handler and environment, and the text of its module `zappa_settings`."""

    handler: str
    environment: dict[str, str]
    module: str


def load_stage(name: str, prefix: str) -> ZappaStage:
    """The stage, served under `/PREFIX` of any host.

    This calls Zappa's own code rather than its command, which asks the package index for a newer
    Zappa each time. In AWS Zappa takes the stage in front of a path from a Host that names
    amazonaws.com; no local host does, so here it is told as base path.
    """
    from zappa.cli import ZappaCLI  # takes more than a second

    cli = ZappaCLI()
    cli.api_stage = name
    cli.load_credentials = False
    with contextlib.redirect_stdout(io.StringIO()):  # warns that `handler` is also its own module
        cli.load_settings(str(SETTINGS))
    cli.base_path = prefix
    return ZappaStage(
        cli.lambda_handler, cli.aws_environment_variables, cli.get_zappa_settings_string()
    )
