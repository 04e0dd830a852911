"""A soak from start to end."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak.generator import Load, Plan
from benchmarks.soak.journal import Change
from benchmarks.soak.monitor import Monitor
from benchmarks.soak.scene import Scene
from benchmarks.soak.seed import Datasets, seed
from benchmarks.soak.summary import Soak
from infra.local.environment import forget_accounts
from infra.local.system import Options, System, running

Say = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How long and how large; `ttl` is HANDLER_DATASET_TTL in seconds."""

    seconds: float = 600.0
    datasets: int = 2_000
    live: int = 12
    viewers: int = 6
    workers: int = 4
    ttl: float = 10.0


def soak(size: Size, say: Say = lambda _: None) -> Soak:
    """The whole system put up, seeded, used, and taken down again."""
    forget_accounts()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, lasting(size.ttl):
        scene = Scene.build(Path(folder))
        with running(Options(port=0, workers=size.workers)) as system:
            plan = planned(system, scene, Datasets(size.datasets, size.live), size.viewers)
            say(f"seeding {size.datasets} datasets")
            seed(system, plan.datasets, plan.producer())
            return use(system, plan, size, say)


@contextmanager
def lasting(ttl: float) -> Iterator[None]:
    """Environment in which the API looks a dataset up again after so many seconds."""
    before = os.environ.get("HANDLER_DATASET_TTL")
    os.environ["HANDLER_DATASET_TTL"] = str(ttl)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HANDLER_DATASET_TTL"]
        else:
            os.environ["HANDLER_DATASET_TTL"] = before


def planned(system: System, scene: Scene, datasets: Datasets, viewers: int) -> Plan:
    """A plan for this system."""
    return Plan(
        api=system.api,
        s3=system.aws.endpoint_url,
        incoming=system.resources.incoming,
        published=system.resources.published,
        folder=str(scene.folder),
        total=datasets.total,
        live=datasets.live,
        viewers=viewers,
    )


def use(system: System, plan: Plan, size: Size, say: Say) -> Soak:
    """The load, and what came of it."""
    load = Load(plan)
    try:
        began = time.monotonic()
        with Monitor(system).watching() as monitor:
            say(f"load for {size.seconds:g} s")
            time.sleep(size.seconds)
            ended = time.monotonic()
            say("judging the answers")
            answers, changes = load.finish()
    finally:
        load.stop()
    return Soak(
        began=began,
        ended=ended,
        ttl=size.ttl,
        answers=answers,
        changes=[*initial(plan.datasets), *changes],
        samples=[sample for sample in monitor.samples if sample.at <= ended],
        connections=[sample for sample in monitor.connections if sample.at <= ended],
        dead_letters=dead_letters(system),
    )


def initial(datasets: Datasets) -> list[Change]:
    """What each dataset shows at first, as changes that were done long ago."""
    return [Change(n, state, 0.0, 0.0) for n, state in enumerate(datasets.initial)]


def dead_letters(system: System) -> int:
    """How many messages ingestion gave up."""
    attributes = system.aws.sqs().get_queue_attributes(
        QueueUrl=system.resources.dead_letter_queue_url,
        AttributeNames=["ApproximateNumberOfMessages"],
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])
