"""`python -m ingest recolor`"""

import click

from categorical.colors import parse_color, write_color
from ingest.cli.shell import as_json, print_json, say
from ingest.colors import OPERATOR, Assignment
from ingest.installation import Installation


@click.command()
@click.argument("product")
@click.argument("label", required=False)
@click.argument("color", required=False)
@as_json
def recolor(product: str, label: str | None, color: str | None, as_json: bool) -> None:
    """Change a colour on purpose.

    The LABEL gets the COLOR in all dates of the PRODUCT, for good. PRODUCT is the values of all
    keys but the date: categorical/S2/cloudmask. COLOR is hex digits, such as ffffff. No class file
    changes it any more. Without LABEL the product's colours are shown, and who gave them. Maps
    show the change when the API asks the database again.
    """
    ours = Installation.from_environment()
    if label is None:
        _show(ours.registry.colors(product), as_json)
        return
    if color is None:
        raise click.UsageError("give a COLOR with the LABEL, such as ffffff")
    new = Assignment(parse_color(color), OPERATOR)
    before = ours.registry.recolor(product, label, new.color)
    same = _labels_of(new, ours.registry.colors(product), label)
    if as_json:
        print_json({"label": label, "before": _document(before), "after": _document(new)})
    else:
        say(f"{label}: {_text(before)} -> {_text(new)}")
    if same:
        click.echo(f"note: {', '.join(same)} has the same colour", err=True)


def _show(assignments: dict[str, Assignment], as_json: bool) -> None:
    if as_json:
        print_json({label: _document(found) for label, found in assignments.items()})
        return
    for label, found in sorted(assignments.items()):
        say(f"{label}: {_text(found)}")


def _labels_of(new: Assignment, known: dict[str, Assignment], label: str) -> list[str]:
    return [other for other, a in known.items() if a.color == new.color and other != label]


def _document(found: Assignment) -> dict[str, str]:
    return {"color": write_color(found.color), "origin": found.origin}


def _text(found: Assignment) -> str:
    return f"{write_color(found.color)} ({found.origin})"
