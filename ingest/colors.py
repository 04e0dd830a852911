"""Colours that last: within a product a label keeps its colour in all dates.

The first colour that a label gets stays. Only what somebody says outright replaces one that nobody
chose: a class file replaces colours from a raster's colour table or from a palette, and its own
earlier ones. What an operator set stays until an operator changes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from categorical.colors import Color, parse_color, write_color
from categorical.palettes import assign_colors
from ingest.notices import Notice, color_kept
from ingest.tables import categorical_colors

OPERATOR, RASTER, PALETTE = "operator", "raster", "palette"


@dataclass(frozen=True)
class Assignment:
    """A colour, and who gave it: operator, raster, palette, or a class file's address."""

    color: Color
    origin: str


@dataclass(frozen=True)
class Settlement:
    """`colors` {label: colour} of the labels asked for; `changed` are to be stored.

    `replaced` are the labels whose colour other datasets of the product still have as it was.
    """

    colors: Mapping[str, Color]
    changed: Mapping[str, Assignment]
    replaced: frozenset[str]
    notices: tuple[Notice, ...]


def settle(
    labels: Sequence[str], given: Mapping[str, Assignment], existing: Mapping[str, Assignment]
) -> Settlement:
    """Colours for `labels` (in the order they get palette colours) among those of their product."""
    kept = {label: _winner(existing.get(label), given.get(label)) for label in labels}
    colored = {label: found for label, found in kept.items() if found is not None}
    palette = assign_colors(
        (label for label in labels if label not in colored),
        taken=[a.color for a in (*existing.values(), *colored.values())],
    )
    settled = colored | {label: Assignment(color, PALETTE) for label, color in palette.items()}
    changed = {label: a for label, a in settled.items() if existing.get(label) != a}
    return Settlement(
        colors={label: settled[label].color for label in labels},
        changed=changed,
        replaced=frozenset(
            label
            for label, a in changed.items()
            if label in existing and existing[label].color != a.color
        ),
        notices=tuple(_kept_notices(given, settled)),
    )


def load(connection: Connection, product: str) -> dict[str, Assignment]:
    """{label: assignment} of a product."""
    columns = categorical_colors.c
    rows = connection.execute(
        select(columns.label, columns.color, columns.origin).where(columns.product == product)
    )
    return {row.label: Assignment(parse_color(row.color), row.origin) for row in rows}


def store(connection: Connection, product: str, changed: Mapping[str, Assignment]) -> None:
    """Write assignments, over those of the same labels."""
    if not changed:
        return
    rows = [
        {"product": product, "label": label, "color": write_color(a.color), "origin": a.origin}
        for label, a in changed.items()
    ]
    connection.execute(_upsert(connection.dialect.name), rows)


def _winner(existing: Assignment | None, given: Assignment | None) -> Assignment | None:
    if existing is None or given is None:
        return existing or given
    chosen_by_nobody = existing.origin in (RASTER, PALETTE)
    takes_over = existing.origin == given.origin or chosen_by_nobody
    return given if given.origin not in (RASTER, PALETTE) and takes_over else existing


def _kept_notices(
    given: Mapping[str, Assignment], settled: Mapping[str, Assignment]
) -> Iterable[Notice]:
    for label, wanted in given.items():
        kept = settled[label]
        if wanted.origin != RASTER and kept.color != wanted.color:
            yield color_kept(
                label,
                write_color(kept.color),
                write_color(wanted.color),
                kept.origin,
                wanted.origin,
            )


def _upsert(dialect: str) -> Insert:
    insert: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(categorical_colors)
        if dialect == "postgresql"
        else sqlite.insert(categorical_colors)
    )
    return insert.on_conflict_do_update(
        index_elements=[categorical_colors.c.product, categorical_colors.c.label],
        set_={"color": insert.excluded.color, "origin": insert.excluded.origin},
    )
