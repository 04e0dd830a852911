"""What can be wrong with classes, colours and URLs: class is code, text names the value."""

import re
from collections.abc import Sequence


def shown(value: object) -> str:
    """`value` as an error's text quotes it: its repr, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


class CategoricalError(ValueError):
    """Base of every error that the domain raises; its text says what is wrong and what to do."""

    @property
    def code(self) -> str:
        """Stable name of the error, the class name in snake case: `invalid_color`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()


class InvalidColor(CategoricalError):
    """A colour that is neither hex digits nor an RGB(A) tuple of 0 to 255."""


class InvalidKeyValue(CategoricalError):
    """A key value that cannot survive in a URL path behind API Gateway."""


class InvalidURL(CategoricalError):
    """A URL that cannot be built or read."""


class URLTooLong(InvalidURL):
    """A URL longer than API Gateway and CloudFront take."""


class InvalidClassFile(CategoricalError):
    """A class file with one or more faults; `faults` has a sentence for each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        shown = "; ".join(self.faults[:10])
        more = len(self.faults) - 10
        super().__init__(f"{shown}; and {more} more faults" if more > 0 else shown)
