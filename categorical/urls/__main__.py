"""`python -m categorical.urls`: tile URLs by hand, built and read back."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from categorical.errors import CategoricalError, InvalidURL, shown
from categorical.urls import (
    EDGE_BYTES,
    REGIONAL_BYTES,
    Tile,
    categorical_url,
    parse_url,
    quote_component,
    singleband_url,
)
from categorical.urls.tiles import parse_tile

_FIELDS_OF_THE_OTHER = {"singleband": ("show", "version"), "categorical": ("colors", "options")}
_CHANNEL = re.compile(r" *[0-9]{1,3} *")
_BASE_AND_KEYS = (
    click.argument("base"),
    click.argument("keys", nargs=-1, required=True),
    click.option("--tile", metavar="Z/X/Y", help="One tile; without it a template."),
    click.option(
        "--max-bytes",
        type=click.IntRange(min=1),
        default=EDGE_BYTES,
        show_default=True,
        help=f"The longest URL to give; a regional API takes {REGIONAL_BYTES}.",
    ),
)


class _Refused(click.ClickException):
    """Bad input: one sentence on stderr, exit code 2."""

    exit_code = 2


class _Group(click.Group):
    """Turns the domain's errors into click's."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CategoricalError as error:
            raise _Refused(str(error)) from error


def _base_and_keys(command: Callable[..., None]) -> Callable[..., None]:
    for decorate in reversed(_BASE_AND_KEYS):
        command = decorate(command)
    return command


@click.group(cls=_Group)
def main() -> None:
    """Encode tile URLs so that API Gateway takes them, and read them back.

    \b
    Example:
      python -m categorical.urls singleband https://api.example.com/prod \\
          categorical S2 20181010 cloudmask --color 0=99d594 --color 2=ffffff
    """


@main.command()
@_base_and_keys
@click.option(
    "--color",
    "colors",
    metavar="VALUE=COLOR",
    multiple=True,
    required=True,
    help="Colour of a pixel value: hex digits, or R,G,B[,A] of 0 to 255. Repeatable.",
)
@click.option(
    "--option",
    "options",
    metavar="NAME=VALUE",
    multiple=True,
    help="A further parameter, such as tile_size=[512,512]. Repeatable.",
)
def singleband(
    base: str,
    keys: tuple[str, ...],
    tile: str | None,
    max_bytes: int,
    colors: tuple[str, ...],
    options: tuple[str, ...],
) -> None:
    """The URL of tiles in the colours given.

    BASE is the address of the API with its stage, KEYS are the dataset's key values in order.
    """
    mapping = {value: _color(text) for value, text in _mapping("--color", colors).items()}
    further = _mapping("--option", options)
    if "tile" in further or "max_bytes" in further:
        raise InvalidURL("give --tile and --max-bytes as they are, not as an --option")
    click.echo(
        singleband_url(base, keys, mapping, tile=_tile(tile), max_bytes=max_bytes, **further)
    )


@main.command()
@_base_and_keys
@click.option("--show", metavar="LABEL", multiple=True, help="A class to draw. Repeatable.")
@click.option("--version", help="The dataset's version: such a tile is kept for a year.")
def categorical(
    base: str,
    keys: tuple[str, ...],
    tile: str | None,
    max_bytes: int,
    show: tuple[str, ...],
    version: str | None,
) -> None:
    """The short URL of tiles in the registered colours.

    BASE is the address of the API with its stage, KEYS are the dataset's key values in order.
    """
    click.echo(
        categorical_url(
            base, keys, tile=_tile(tile), show=show, version=version, max_bytes=max_bytes
        )
    )


@main.command()
@click.argument("text")
def quote(text: str) -> None:
    """TEXT as one encoded component of a URL."""
    click.echo(quote_component(text))


@main.command()
@click.argument("url")
def parse(url: str) -> None:
    """What URL was made of, as JSON."""
    parsed = asdict(parse_url(url))
    for name in _FIELDS_OF_THE_OTHER[parsed["kind"]]:
        del parsed[name]
    click.echo(json.dumps(parsed, indent=2, ensure_ascii=False))


def _tile(text: str | None) -> Tile | None:
    return None if text is None else parse_tile(text)


def _color(text: str) -> str | list[int | str]:
    if "," not in text:
        return text
    return [int(part) if _CHANNEL.fullmatch(part) else part for part in text.split(",")]


def _mapping(option: str, texts: Sequence[str]) -> dict[str, str]:
    """{name: value} of texts `name=value`, no name twice."""
    mapping: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in mapping:
            what = "is given more than once" if equals else "lacks a ="
            raise InvalidURL(f"{option} {shown(text)} {what}")
        mapping[name] = value
    return mapping


if __name__ == "__main__":
    main(prog_name="python -m categorical.urls")
