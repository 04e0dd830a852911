"""What a check found: a line of its table."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from infra.errors import InfraError

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """One subject, how it stands, and a sentence that says what to do unless it is `ok`."""

    subject: str
    state: State
    text: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


class Doubt(InfraError):
    """Something that may be meant so; a finding of state `warning`."""


def find(subject: str, look: Callable[[], str]) -> Finding:
    """The finding that `look` makes: its sentence, its doubt or its fault."""
    try:
        return Finding(subject, "ok", look())
    except Doubt as doubt:
        return Finding(subject, "warning", str(doubt))
    except InfraError as error:
        return Finding(subject, "failed", str(error))


def have_failed(findings: Iterable[Finding]) -> bool:
    return any(each.state == "failed" for each in findings)
