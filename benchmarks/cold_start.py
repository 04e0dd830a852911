"""Cold starts: our package in AWS's runtime emulator, beside Terracotta packaged the same way.

Each function is started anew for each round, draws its first tile of a raster on S3, and ends; that
of the last round goes on to draw others.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from tqdm import tqdm

from benchmarks.catalogue import OURS as OURS_SINGLEBAND
from benchmarks.figures import Goal, at_most, percentile
from benchmarks.peer import PeerFailed
from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.tables import Table
from benchmarks.tiles import pick, with_tiles
from infra.functions import SECRET_ARN
from infra.local.aws import session
from infra.local.proxy_event import Request, http_response, proxy_event
from infra.package.build import Built, build_package
from infra.package.emulator import Emulator, Function, Invocation
from infra.package.interpreters import lacking
from infra.package.target import Target
from infra.stages import Stage, load_stages
from infra.zappa_callbacks import CACHE

OURS, PLAIN, STOCK = "ours", "ours, password in the environment", "Terracotta"
_ZOOMS = (10, 12, 14)
_HOST = ("Host", "abcdef1234.execute-api.eu-central-1.amazonaws.com")


@dataclass(frozen=True)
class Peer:
    """A function as it is deployed: its package, unzipped, handler and environment."""

    name: str
    task: Path
    handler: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Start:
    """A cold start: the init phase and the first tile, in milliseconds."""

    init_ms: float
    first_ms: float

    @property
    def ms(self) -> float:
        return self.init_ms + self.first_ms


@dataclass(frozen=True)
class Row:
    """One peer's figures: medians of its starts, its further tiles, its peak memory."""

    peer: str
    starts: int
    init_ms: float
    first_ms: float
    start_ms: float
    tiles: int
    warm_ms: float
    warm_p95_ms: float
    peak_mib: float


def measure(site: Site) -> Section:
    """Ours and stock in turns, on the site's main raster."""
    emulator, packages = _built(site)
    ours, stock = packages
    environment = _environment(site)
    peers = [
        Peer(OURS, *ours, _with_secret(site, environment)),
        Peer(PLAIN, *ours, environment),
        Peer(STOCK, *stock, environment),
    ]
    rows = _rows(site, emulator, peers)
    return Section("cold-start", [asdict(row) for row in rows], [_table(rows)], goals(rows))


def _built(site: Site) -> tuple[Emulator, list[tuple[Path, str]]]:
    """The emulator; of each package the folder and the handler."""
    stage = load_stages()["production"]
    target = Target(stage.runtime, stage.architecture)
    if lacking(target):
        target = Target.of_this_machine()
    terracotta = replace(
        stage,
        settings={
            **stage.settings,
            "project_name": "terracotta",
            "app_function": "terracotta.server.app.app",
            "lambda_handler": "zappa.handler.lambda_handler",
        },
    )
    site.say(f"  builds the packages for {target}")
    folder = Path(site.stack.enter_context(TemporaryDirectory()))
    unzipped = [_unzipped(each, target, folder) for each in (stage, terracotta)]
    return Emulator.prepare(target, CACHE), unzipped


def _unzipped(stage: Stage, target: Target, folder: Path) -> tuple[Path, str]:
    built: Built = build_package(stage, folder, target.runtime, target.architecture)
    task = folder / stage.function
    with ZipFile(built.archive.path) as archive:
        archive.extractall(task)
    return task, stage.settings["lambda_handler"]


def _environment(site: Site) -> dict[str, str]:
    """What Lambda has of our stage, the database, and S3."""
    subject = site.main
    dataset = subject.dataset(site.upload(subject, "cold-start.tif"))
    database = site.database("cold_start", subject, dataset)
    stage = load_stages()["production"]
    return {
        **stage.settings["aws_environment_variables"],
        **site.aws.environment(),
        **database.environment(),
    }


def _with_secret(site: Site, environment: Mapping[str, str]) -> dict[str, str]:
    """The same with user and password in Secrets Manager, as our functions are deployed."""
    names = {"username": "TC_SQL_USER", "password": "TC_SQL_PASSWORD"}
    login = json.dumps({name: environment[variable] for name, variable in names.items()})
    client = session().client("secretsmanager", endpoint_url=site.aws.endpoint_url)
    arn = client.create_secret(Name="cold-start", SecretString=login)["ARN"]
    others = {name: text for name, text in environment.items() if name not in names.values()}
    return {**others, SECRET_ARN: arn}


def _rows(site: Site, emulator: Emulator, peers: Sequence[Peer]) -> list[Row]:
    first, *further = _urls(site)
    starts: dict[str, list[Start]] = {peer.name: [] for peer in peers}
    for _ in tqdm(range(3 if site.quick else 9), desc="  cold starts"):
        for peer in peers:
            with started(emulator, peer) as function:
                starts[peer.name].append(_start(function, first))
    with ExitStack() as stack:
        functions = {peer.name: stack.enter_context(started(emulator, peer)) for peer in peers}
        for function in functions.values():
            _start(function, first)
        warm: dict[str, list[float]] = {peer.name: [] for peer in peers}
        for url in tqdm(further, desc="  warm tiles"):
            for name, function in functions.items():
                warm[name].append(draw(function, url).ms)
        peaks = {name: function.peak_mib() for name, function in functions.items()}
    return [row(name, starts[name], warm[name], peaks[name]) for name in functions]


def _urls(site: Site) -> list[str]:
    """Paths of the tiles to draw, no tile twice, the zooms mixed."""
    path, dataset = site.main.path, site.main.dataset()
    spec = site.catalogue(site.main, {}).terracotta(OURS_SINGLEBAND)
    zooms = with_tiles(path, _ZOOMS, 2)
    tiles = [tile for zoom in zooms for tile in pick(path, zoom, 8 if site.quick else 40)]
    Random(len(tiles)).shuffle(tiles)
    return [spec.url(tile, dataset) for tile in tiles]


@contextmanager
def started(emulator: Emulator, peer: Peer) -> Iterator[Function]:
    """The peer's function, which has not been asked for anything."""
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with emulator.start(peer.task, peer.handler, peer.environment, log) as function:
            yield function


def _start(function: Function, url: str) -> Start:
    invocation = draw(function, url)
    return Start(invocation.init_ms, invocation.ms)


def draw(function: Function, url: str) -> Invocation:
    """The answer to an event of REST API Gateway. Raises PeerFailed for anything but a PNG."""
    event = proxy_event(Request("GET", f"/production{url}", (_HOST,)), "production")
    invocation = function.invoke(event)
    answer = http_response(invocation.result)
    if not answer.body.startswith(b"\x89PNG"):
        raise PeerFailed(f"{answer.status}: {answer.body[:300]!r}\n{function.log()[-3000:]}")
    return invocation


def row(name: str, starts: Sequence[Start], warm: Sequence[float], peak_mib: float) -> Row:
    """The figures of one peer."""
    return Row(
        peer=name,
        starts=len(starts),
        init_ms=median(start.init_ms for start in starts),
        first_ms=median(start.first_ms for start in starts),
        start_ms=median(start.ms for start in starts),
        tiles=len(warm),
        warm_ms=median(warm),
        warm_p95_ms=percentile(warm, 95),
        peak_mib=peak_mib,
    )


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Ours, as it is deployed, against stock."""
    ours, stock = (next(row for row in rows if row.peer == name) for name in (OURS, STOCK))
    return [
        at_most(
            "init and first tile in Lambda over Terracotta's", ours.start_ms / stock.start_ms, 0.8
        ),
        at_most(
            "warm tile from S3 in Lambda over Terracotta's", ours.warm_ms / stock.warm_ms, 1 / 3
        ),
        at_most("peak memory in Lambda, MiB", ours.peak_mib, 200),
    ]


def _table(rows: Sequence[Row]) -> Table:
    header = (
        "in AWS's runtime emulator", "init phase", "first tile", "both", "warm tile from S3",
        "95 %", "peak memory",
    )  # fmt: skip
    cells = [
        (
            row.peer,
            f"{row.init_ms:.0f} ms",
            f"{row.first_ms:.0f} ms",
            f"{row.start_ms:.0f} ms",
            f"{row.warm_ms:.1f} ms",
            f"{row.warm_p95_ms:.1f} ms",
            f"{row.peak_mib:.0f} MiB",
        )
        for row in rows
    ]
    note = (
        "Both packages are built by `python -m infra package` and read the same database and the "
        f"same raster on S3. Medians of {rows[0].starts} cold starts and {rows[0].tiles} tiles, in "
        "turns. Ours gets the database's password from Secrets Manager, as it is deployed; without "
        "that in the second line. Peak memory is that of the runtime's process."
    )
    return Table("Cold start, and tiles after it", header, cells, note)
