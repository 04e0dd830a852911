"""Key values that are dates: the time that they stand for, in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = 12
_SHORT = re.compile(r"([0-9]{4})(?:-?([0-9]{2}))?")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included; the same for a day or a moment."""

    start: datetime
    end: datetime


def parse_period(text: str) -> Period | None:
    """The period of a year (2018), a month (201810, 2018-10), a day or a moment as ISO 8601 has it
    (20181010, 2018-10-10, 20181010T102030Z); None for anything else.
    """
    try:
        short = _SHORT.fullmatch(text)
        return _moment(text) if short is None else _year_or_month(*short.groups())
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> Period:
    found = datetime.fromisoformat(text)
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return Period(found, found)


def _year_or_month(year: str, month: str | None) -> Period:
    first = datetime(int(year), int(month or 1), 1, tzinfo=UTC)
    months = int(year) * _MONTHS + first.month - 1 + (1 if month else _MONTHS)
    after = datetime(months // _MONTHS, months % _MONTHS + 1, 1, tzinfo=UTC)
    return Period(first, after - _SECOND)
