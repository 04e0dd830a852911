"""What the peers stand on: generated rasters, a PostgreSQL server, moto's S3, a cache folder."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.catalogue import Catalogue
from benchmarks.database import Database
from benchmarks.peer import ROOT, Dataset, Peer, Spec
from benchmarks.rasters import Recipe, build
from benchmarks.subject import Subject
from infra.local.aws import Aws
from infra.local.postgres import Postgres
from infra.local.zappa_stage import load_stage

BUCKET = "benchmark"


def default_cache() -> Path:
    """Where generated rasters are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "terracotta-categorical"


@dataclass
class Site:
    """One run's surroundings; what is not asked for is not started. `stack` ends it all."""

    folder: Path
    quick: bool
    raster: Path | None
    peer_python: Path
    stack: ExitStack
    run_up: int = 3
    versions: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """A line on what is being done."""
        print(text, file=sys.stderr, flush=True)

    def subject(self, recipe: Recipe) -> Subject:
        """The generated raster, from the cache folder if it was made before."""
        if not (self.folder / recipe.name).exists():
            self.say(f"  makes {recipe.name}, {recipe.side:,} pixels a side, once")
        return Subject(build(recipe, self.folder))

    @cached_property
    def main(self) -> Subject:
        """The raster that the user gave, or the generated one of 20,480 pixels a side."""
        return Subject(self.raster.resolve()) if self.raster else self.subject(Recipe())

    @cached_property
    def postgres(self) -> Postgres:
        """The database server."""
        server = Postgres.start()
        self.stack.callback(server.stop)
        return server

    @cached_property
    def aws(self) -> Aws:
        """S3, with one bucket."""
        server = Aws.start()
        self.stack.callback(server.stop)
        server.s3().create_bucket(Bucket=BUCKET)
        return server

    @cached_property
    def stage(self) -> dict[str, str]:
        """The environment of our stage "production" and, on the path, Zappa's module of it."""
        stage = load_stage("production", prefix="")
        folder = self.stack.enter_context(TemporaryDirectory())
        Path(folder, "zappa_settings.py").write_text(stage.module)
        return {**stage.environment, "PYTHONPATH": os.pathsep.join((str(ROOT), folder))}

    def database(self, name: str, subject: Subject, *datasets: Dataset) -> Database:
        """A fresh Terracotta database that knows the subject, as one dataset unless told."""
        database = Database.create(self.postgres, f"bench_{name}")
        for dataset in datasets or [subject.dataset()]:
            database.register(subject, dataset)
        return database

    def catalogue(
        self, subject: Subject, environment: Mapping[str, str], dataset: Dataset | None = None
    ) -> Catalogue:
        """The peers on that subject; they find in their environment what is given here."""
        return Catalogue(
            subject, dataset or subject.dataset(), self.peer_python, environment, self.stage
        )

    def upload(self, subject: Subject, key: str) -> str:
        """The s3:// address of a copy of the raster."""
        self.aws.s3().upload_file(str(subject.path), BUCKET, key)
        return f"s3://{BUCKET}/{key}"

    def start(self, specs: Sequence[Spec]) -> list[Peer]:
        """The peers, ready; ended with the run at the latest."""
        peers = []
        for spec in specs:
            peers.append(Peer(spec))
            self.stack.callback(peers[-1].close)
        for peer in peers:
            self.versions |= peer.ready["versions"]
        return peers
