"""`python -m infra.settings_page` writes docs/settings.md from the settings classes."""

from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from handler.settings import Settings as HandlerSettings
from ingest.settings import IngestSettings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

_INTRODUCTION = """\
# Settings

All settings are environment variables, and all but those marked *required* have a default that fits
most. In AWS they stand under `aws_environment_variables` in `zappa_settings.json`.

The database is named as Terracotta names it: `TC_DRIVER_PATH` (such as
`postgresql://host:5432/terracotta`), `TC_DRIVER_PROVIDER` (`postgresql`), `TC_SQL_USER` and
`TC_SQL_PASSWORD`. Of Terracotta's
[other settings](https://terracotta-python.readthedocs.io/en/latest/settings.html),
`TC_DEFAULT_TILE_SIZE`, `TC_ALLOWED_ORIGINS_TILES` and `TC_ALLOWED_ORIGINS_METADATA` hold for our
endpoints too. This page is written by `make docs` from the classes that read the settings.
"""


def settings_page() -> str:
    """The page, Markdown: a table for each of the two functions."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## The tile API (`handler/settings.py`)\n",
            *_table(HandlerSettings),
            "\n## Ingestion (`ingest/settings.py`)\n",
            *_table(IngestSettings),
            "",
        ]
    )


def _table(settings: type[BaseSettings]) -> list[str]:
    prefix = settings.model_config["env_prefix"]
    rows = [
        f"| `{prefix}{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in settings.model_fields.items()
    ]
    return ["| variable | default | meaning |", "|---|---|---|", *rows]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    default = field.default
    if default is None or default is PydanticUndefined:
        return "none"
    return f"{default:,}" if isinstance(default, int) else f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
