"""A JSON object as one line of a log, whatever texts are in it.

Paths, headers, keys of uploads and texts of errors end in logs. A line break in one of them would
begin a line of the sender's own, an escape sequence speak to the terminal of whoever reads it.
"""

import json
from collections.abc import Mapping

MOST_CHARACTERS = 8_000  # of one text


def json_line(document: Mapping[str, object]) -> str:
    """The object in printable ASCII, without a line's end.

    Of a longer text its beginning and its end are kept: a traceback says there what happened. What
    JSON has no word for is written as Python prints it.
    """
    kept = {name: _kept(value) for name, value in document.items()}
    return json.dumps(kept, default=str, separators=(",", ":")).replace("\x7f", "\\u007f")


def _kept(value: object) -> object:
    if not isinstance(value, str) or len(value) <= MOST_CHARACTERS:
        return value
    half = MOST_CHARACTERS // 2
    return f"{value[:half]} ({len(value) - 2 * half} characters more) {value[-half:]}"
