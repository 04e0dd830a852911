"""``python -m infra.local``: the whole system on this machine, until Ctrl-C."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from infra.errors import InfraError
from infra.local import demo
from infra.local.environment import forget_accounts
from infra.local.guide import guide
from infra.local.system import Options, running


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 after Ctrl-C or SIGTERM, 1 with one sentence where a part fails."""
    options = parser().parse_args(arguments)
    forget_accounts()
    interruptible()
    try:
        with running(Options(options.port, options.workers, options.database)) as system:
            if options.json:
                print(json.dumps(system.addresses()), flush=True)
            if options.demo:
                demo.upload(system)
            text = guide(system, options.demo)
            print(text, file=sys.stderr if options.json else sys.stdout, flush=True)
            system.wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except InfraError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m infra.local", description="Run the whole system on this machine, until Ctrl-C."
    )
    add = parser.add_argument
    add(
        "--port",
        type=int,
        default=Options.port,
        help="of the API; 0 picks a free one (%(default)s)",
    )
    add("--workers", type=positive, default=Options.workers, help="of each function (%(default)s)")
    add("--database", choices=["postgresql", "sqlite"], default=Options.database)
    add("--no-demo", dest="demo", action="store_false", help="start without demo data")
    add("--json", action="store_true", help="print all addresses as one JSON line first")
    return parser


def port(text: str) -> int:
    """A TCP port, or 0."""
    if not 0 <= (number := int(text)) < 65_536:
        raise argparse.ArgumentTypeError("0 to 65535")
    return number


def positive(text: str) -> int:
    """A whole number above 0."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def interruptible() -> None:
    """From now on SIGINT and SIGTERM end this process in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def interrupt(*_: Any) -> NoReturn:
    """Stop in order; asked twice, we go on stopping."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
