"""Numbers that Python, JSON and JavaScript hold alike, and their one way to be written."""

from decimal import Decimal
from numbers import Integral

# Past it a float, and with it any number in JavaScript, skips integers.
MAX_SAFE_INTEGER = 2**53 - 1


def whole_number(value: object) -> int | None:
    """`value` as int if it is an integer, or a float that holds one exactly; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, float) and abs(value) <= MAX_SAFE_INTEGER and value.is_integer():
        return int(value)
    return None


def write_number(value: int | float) -> str:
    """A finite number within the safe integers as ECMAScript writes it (RFC 8785, 3.2.2.3)."""
    whole = whole_number(value)
    if whole is not None:
        return str(whole)
    if abs(value) >= 1e-6:
        return f"{Decimal(repr(float(value))):f}"
    return repr(float(value)).replace("e-0", "e-")  # repr pads the exponent to two digits
