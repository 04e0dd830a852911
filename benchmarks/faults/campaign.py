"""Each fault in turn while load runs; what users saw, and how soon all was well again."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from benchmarks.faults.faults import Trouble
from benchmarks.faults.site import TTL, Site
from benchmarks.soak.generator import Load
from benchmarks.soak.journal import Answer, Change, eras, judge
from benchmarks.soak.producer import Changes
from benchmarks.soak.run import dead_letters, initial
from benchmarks.soak.summary import SLACK

STALE = float("inf")
PAUSE = 5.0  # seconds after a repair in which the database may still be spared
QUIET = 3.0  # seconds without an error after which all is well
RECOVERY = 15.0  # most seconds until then
BEGIN = 0.3  # seconds into a fault when uploads begin


@dataclass(frozen=True)
class Outcome:
    """What came of a trouble; times in seconds.

    Of `answers`, `right` were right, `told` were 503 with Retry-After, and `other` counts other
    statuses. `recovery` is from the repair to the last answer that was not right, `registered` to
    the registration of the last upload.
    """

    trouble: Trouble
    answers: int = 0
    right: int = 0
    told: int = 0
    other: dict[int, int] = field(default_factory=dict)
    wrong: int = 0
    slowest: float = 0.0
    recovery: float = 0.0
    uploads: int = 0
    registered: float = 0.0
    lost: int = 0
    dead: int = 0
    not_run: str | None = None
    examples: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """What was not as it must be."""
        checks = (
            (self.wrong, f"{self.wrong} answers were wrong"),
            (self.lost, f"{self.lost} uploads were lost"),
            (self.dead, f"{self.dead} messages were given up"),
            (self.recovery > RECOVERY, f"errors for {self.recovery:.0f} s after the repair"),
            (not self.right, "nothing was answered"),
            (
                self.trouble.shows and not set(self.other) & self.trouble.shows,
                f"nobody got {sorted(self.trouble.shows)}: the fault did not show",
            ),
            (
                set(self.other) - self.trouble.also,
                f"answers with status {sorted(set(self.other) - self.trouble.also)}",
            ),
        )
        return [] if self.not_run else [text for failed, text in checks if failed]


@dataclass
class Campaign:
    """Runs troubles on a site under load, one after the other."""

    site: Site
    load: Load
    seconds: float
    _changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changes += initial(self.site.plan.datasets)
        states = dict(enumerate(self.site.plan.datasets.initial[: self.site.plan.live]))
        self._producer = Changes(self.site.plan.producer(), states, self._changes.append)

    def run(self, trouble: Trouble) -> Outcome:
        """The outcome of one."""
        missing = trouble.needs(self.site)
        if missing is not None:
            return Outcome(trouble, not_run=missing)
        dead, known = dead_letters(self.site.system), len(self._changes)
        self.load.take()
        began = time.monotonic()
        with trouble.breaks(self.site), self._uploading() as uploads:
            time.sleep(self.seconds)
        mended = time.monotonic()
        answers = list(self._until_quiet(mended, uploads))
        outcome = judged(trouble, answers, self._changes, (began, mended))
        uploaded = self._changes[known:]
        done = [change.done for change in uploaded]
        lost = done.count(float("inf"))
        return Outcome(
            **vars(outcome)
            | {
                "uploads": len(uploaded),
                "registered": max(0.0, *(d - mended for d in done if d < float("inf")), 0.0),
                "lost": lost,
                "dead": dead_letters(self.site.system) - dead,
            }
        )

    @contextmanager
    def _uploading(self) -> Iterator[list[Thread]]:
        """A raster replaced, one relabelled, one removed and uploaded again, all at a time."""
        time.sleep(BEGIN)
        acts = (self._producer.replace, self._producer.relabel, self._producer.remove)
        threads = [Thread(target=act, args=(number,)) for number, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        yield threads

    def _until_quiet(self, mended: float, uploads: Sequence[Thread]) -> Iterator[Answer]:
        """All answers, until none was an error for a while and all uploads are done with."""
        last, deadline = mended, mended + RECOVERY + QUIET
        while time.monotonic() < min(last + QUIET, deadline) or any(t.is_alive() for t in uploads):
            time.sleep(0.5)
            answers, _ = self.load.take()
            last = max([last, *(a.ended for a in answers if not usable(a))])
            yield from answers


def usable(answer: Answer) -> bool:
    """Whether it is of use to a viewer; a removed dataset is rightly not found."""
    return answer.status in (200, 304, 404)


def judged(
    trouble: Trouble,
    answers: Sequence[Answer],
    changes: Sequence[Change],
    trouble_lasted: tuple[float, float],
) -> Outcome:
    """What viewers saw of a trouble that lasted from one time to another.

    While the database is away, and a little longer, a dataset may show as it ever was: a worker
    that was not asked for long knows no more.
    """
    began, mended = trouble_lasted
    past, statuses, wrong, right = eras(changes), Counter[int](), 0, 0
    told = 0
    bad_until = mended
    examples = []
    for answer in answers:
        away = trouble.away and began <= answer.began <= mended + PAUSE
        verdict = judge(answer, past[answer.dataset], STALE if away else TTL + SLACK)
        wrong += verdict.wrong
        if verdict.wrong:
            seen = f"{answer.kind} {answer.began - mended:.1f} s after the repair: {answer}"
            examples.append(f"{seen} of {past[answer.dataset]}, {verdict.late:.1f} s late")
        if verdict.error:
            bad_until = max(bad_until, answer.ended)
            if answer.status == 503 and answer.retry_after:
                told += 1
            else:
                statuses[answer.status] += 1
                if answer.status not in trouble.also:
                    examples.append(f"{answer.began - mended:.1f} s after the repair: {answer}")
        else:
            right += not verdict.wrong
    return Outcome(
        trouble,
        answers=len(answers),
        right=right,
        told=told,
        other=dict(statuses),
        wrong=wrong,
        slowest=max((answer.ended - answer.began for answer in answers), default=0.0),
        recovery=bad_until - mended,
        examples=tuple(examples[:5]),
    )


def run(
    site: Site, troubles: Sequence[Trouble], seconds: float, say: Callable[[str], None]
) -> list[Outcome]:
    """The outcome of each trouble, which lasts so many seconds."""
    load = Load(site.plan)
    try:
        campaign = Campaign(site, load, seconds)
        time.sleep(2 * seconds)  # until workers know what is looked at most
        outcomes = []
        for trouble in troubles:
            say(trouble.name)
            outcomes.append(campaign.run(trouble))
            say(f"    {'; '.join(outcomes[-1].faults) or outcomes[-1].not_run or 'as expected'}")
            for example in outcomes[-1].examples:
                say(f"    {example}")
        return outcomes
    finally:
        load.stop()
