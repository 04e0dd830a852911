"""What a soak comes to: verdicts on the answers, use of the machine, goals. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from benchmarks.figures import Goal, at_most, percentile
from benchmarks.soak.journal import Answer, Change, Era, Verdict, eras, judge
from benchmarks.soak.monitor import Connections, Sample

SLACK = 2.0  # seconds: a look-up may be under way when a change is registered
WARM = 0.4  # of the run, until caches are full
WINDOW = 0.2  # of the run: what is compared, right after that and at the end
GROWTH = 5.0  # per cent


@dataclass(frozen=True)
class Soak:
    """All that was seen; `began` and `ended` on the same clock as everything else.

    `changes` start with what each dataset showed at first; `ttl` is HANDLER_DATASET_TTL.
    """

    began: float
    ended: float
    ttl: float
    answers: Sequence[Answer]
    changes: Sequence[Change]
    samples: Sequence[Sample]
    connections: Sequence[Connections]
    dead_letters: int

    @cached_property
    def eras(self) -> Mapping[int, list[Era]]:
        return eras(self.changes)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """On each answer."""
        return [judge(a, self.eras[a.dataset], self.ttl + SLACK) for a in self.answers]

    def faulty(self) -> list[Answer]:
        """The answers that are errors or wrong."""
        pairs = zip(self.answers, self.verdicts, strict=True)
        return [answer for answer, verdict in pairs if verdict.error or verdict.wrong]

    @property
    def errors(self) -> int:
        return sum(verdict.error for verdict in self.verdicts)

    @property
    def wrong(self) -> int:
        return sum(verdict.wrong for verdict in self.verdicts)

    @property
    def late(self) -> float:
        """How long after a change was registered what was before still showed, in seconds."""
        return max((verdict.late for verdict in self.verdicts), default=0.0)

    @property
    def lost(self) -> int:
        """Changes that were not registered in time."""
        return sum(change.done == float("inf") for change in self.changes)

    def goals(self) -> list[Goal]:
        """What a soak must reach."""
        return [
            at_most("answers that are errors", self.errors, 0),
            at_most("tiles and documents that are wrong, or mix two versions", self.wrong, 0),
            at_most("changes that were not registered", self.lost, 0),
            at_most("messages in the dead-letter queue", self.dead_letters, 0),
            at_most(
                f"seconds until a change shows (time to live {self.ttl:g} s)",
                self.late,
                self.ttl + SLACK,
            ),
            *(
                at_most(f"growth of a {role} process after warm-up, per cent", growth, GROWTH)
                for role, growth in self.growth().items()
            ),
        ]

    def growth(self) -> dict[str, float | None]:
        """By role: how much more memory its worst process has at the end, in per cent."""
        length = self.ended - self.began
        warm, window = self.began + WARM * length, WINDOW * length
        grown: dict[str, list[float]] = defaultdict(list)
        for (role, _), samples in by_process(self.samples).items():
            early = [s.bytes for s in samples if warm <= s.at < warm + window]
            late = [s.bytes for s in samples if s.at >= self.ended - window]
            if early and late:
                grown[role].append(100 * (median(late) / median(early) - 1))
        return {role: max(found) for role, found in grown.items()}


def by_process(samples: Iterable[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """Samples by role and process."""
    found: dict[tuple[str, int], list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.role, sample.pid].append(sample)
    return found


@dataclass(frozen=True)
class Kind:
    """The answers to one kind of request; times in milliseconds."""

    kind: str
    count: int
    statuses: Mapping[int, int]
    median_ms: float
    p95_ms: float
    p99_ms: float


def kinds(answers: Iterable[Answer]) -> list[Kind]:
    """Each kind of request, the most frequent first."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.kind].append(answer)
    return sorted((_kind(*pair) for pair in found.items()), key=lambda kind: -kind.count)


def _kind(kind: str, answers: Sequence[Answer]) -> Kind:
    times = [answer.milliseconds for answer in answers]
    statuses = Counter(answer.status for answer in answers)
    return Kind(
        kind,
        len(answers),
        dict(sorted(statuses.items())),
        *(percentile(times, percent) for percent in (50, 95, 99)),
    )
