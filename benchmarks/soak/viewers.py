"""People at maps: viewports of tiles, panned and zoomed, with legends, points and outlines.

Each viewer is a browser of its own: six connections, and a cache that it asks to confirm.
"""

import asyncio
import json
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import httpx
from pyproj import Transformer

from benchmarks.soak.scene import CRS, NORTH, PIXEL, SIDE, WEST
from benchmarks.soak.truth import Evidence
from benchmarks.tiles import Tile, covering
from categorical.urls import categorical_url, quote_component

CONNECTIONS = 6  # of a browser to one host
SCREENS = ((6, 4), (7, 5), (8, 6), (10, 6))  # tiles across and down: 24 to 60
ZOOMS = range(11, 16)
FIRST_ZOOMS = (12, 13, 14, 14, 15)
_STEP = 3
CACHED = 400  # answers that a browser keeps
TIMEOUT = 40.0  # seconds; API Gateway gives up after 29


class Popularity:
    """Zipf's law: the dataset of rank n is looked at in proportion to 1/n.

    Of the most popular each `_STEP`-th is one of those that change, which come first in number.
    """

    def __init__(self, datasets: int, live: int, seed: int) -> None:
        self._order = list(range(live, datasets))
        random.Random(seed).shuffle(self._order)
        for number in range(live):
            self._order.insert(number * _STEP, number)
        self._sums = list(accumulate(1 / rank for rank in range(1, datasets + 1)))

    def draw(self, source: random.Random) -> int:
        (dataset,) = source.choices(self._order, cum_weights=self._sums)
        return dataset


class Ask(NamedTuple):
    """A request: of what kind, about which tile or place."""

    kind: str
    url: str
    about: tuple[float, ...] = ()
    body: bytes | None = None


class Reply(NamedTuple):
    """What came of a request about a dataset; no status and no evidence where nothing came."""

    dataset: int
    kind: str
    began: float
    ended: float
    status: int = 0
    evidence: Evidence | None = None
    retry_after: bool = False
    failure: str = ""


@dataclass
class Viewer:
    """One of them; `record` hears of each reply."""

    base: str
    keys: Sequence[tuple[str, ...]]
    popularity: Popularity
    record: Callable[[Reply], None]
    seed: int
    pause: float = 0.0
    _cache: OrderedDict[str, tuple[str, bytes]] = field(default_factory=OrderedDict)

    async def run(self, stop: asyncio.Event) -> None:
        """Look at one dataset after another until told to stop."""
        source = random.Random(self.seed)
        limits = httpx.Limits(max_connections=CONNECTIONS)
        async with httpx.AsyncClient(limits=limits, timeout=TIMEOUT, trust_env=False) as client:
            while not stop.is_set():
                await self._visit(client, source, stop)

    async def _visit(
        self, client: httpx.AsyncClient, source: random.Random, stop: asyncio.Event
    ) -> None:
        """A map of one dataset: opened, panned, zoomed, clicked."""
        dataset = self.popularity.draw(source)
        await self._all(client, dataset, self._opening(dataset))
        across, down = source.choice(SCREENS)
        zoom, x, y = source.choice(FIRST_ZOOMS), source.random(), source.random()
        for _ in range(source.randint(1, 4)):
            if stop.is_set():
                return
            tiles = viewport(zoom, x, y, across, down)
            await self._all(client, dataset, [self._tile(dataset, tile) for tile in tiles])
            await self._all(client, dataset, self._clicks(dataset, source))
            x, y = (min(max(at + source.uniform(-0.2, 0.2), 0), 1) for at in (x, y))
            zoom = min(max(zoom + source.choice((-1, 0, 0, 1)), ZOOMS[0]), ZOOMS[-1])
            await asyncio.sleep(self.pause)

    def _opening(self, dataset: int) -> Iterator[Ask]:
        path = self._path(dataset)
        yield Ask("classes", f"{self.base}/classes/{path}")
        yield Ask("legend", f"{self.base}/legend/{path}.json")

    def _tile(self, dataset: int, tile: Tile) -> Ask:
        url = categorical_url(self.base, self.keys[dataset], tile=tuple(tile))
        return Ask("tile", url, tile)

    def _clicks(self, dataset: int, source: random.Random) -> Iterator[Ask]:
        """A click, and now and then an outline around everything."""
        lon, lat = (round(at, 6) for at in place(source.random(), source.random()))
        url = f"{self.base}/point/{self._path(dataset)}?lon={lon}&lat={lat}"
        yield Ask("point", url, (lon, lat))
        if source.random() < 0.3:
            url = f"{self.base}/statistics/{self._path(dataset)}"
            yield Ask("polygon", url, (), OUTLINE)

    def _path(self, dataset: int) -> str:
        return "/".join(map(quote_component, self.keys[dataset]))

    async def _all(
        self, client: httpx.AsyncClient, dataset: int, asks: Iterator[Ask] | Sequence[Ask]
    ) -> None:
        await asyncio.gather(*(self._ask(client, dataset, ask) for ask in asks))

    async def _ask(self, client: httpx.AsyncClient, dataset: int, ask: Ask) -> None:
        etag, kept = self._cache.get(ask.url, ("", b"")) if ask.body is None else ("", b"")
        began = time.monotonic()
        try:
            response = await self._send(client, ask, etag)
        except httpx.HTTPError as error:
            reply = Reply(dataset, ask.kind, began, time.monotonic())
            self.record(reply._replace(failure=repr(error)))
            return
        ended, status = time.monotonic(), response.status_code
        body = kept if status == 304 else response.content
        evidence = Evidence(ask.kind, ask.about, body) if status in (200, 304) else None
        told = "Retry-After" in response.headers
        self.record(Reply(dataset, ask.kind, began, ended, status, evidence, told))
        self._keep(ask.url, response)

    async def _send(self, client: httpx.AsyncClient, ask: Ask, etag: str) -> httpx.Response:
        if ask.body is not None:
            kind = {"Content-Type": "application/geo+json"}
            return await client.post(ask.url, content=ask.body, headers=kind)
        return await client.get(ask.url, headers={"If-None-Match": etag} if etag else {})

    def _keep(self, url: str, response: httpx.Response) -> None:
        if response.status_code == 200 and "ETag" in response.headers:
            self._cache[url] = (response.headers["ETag"], response.content)
            self._cache.move_to_end(url)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)


def viewport(zoom: int, x: float, y: float, across: int, down: int) -> list[Tile]:
    """The tiles of a screen around a place of the rasters, each from 0 to 1."""
    centre = covering(zoom, *place(x, y))
    columns = range(centre.x - across // 2, centre.x - across // 2 + across)
    rows = range(centre.y - down // 2, centre.y - down // 2 + down)
    return [Tile(zoom, column, row) for row in rows for column in columns]


def place(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place of the rasters, each from 0 to 1."""
    side = SIDE * PIXEL
    lon, lat = _TO_DEGREES.transform(WEST + x * side, NORTH - y * side)
    return lon, lat


_TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
_AROUND = [place(x, y) for x, y in ((-1, -1), (2, -1), (2, 2), (-1, 2), (-1, -1))]
OUTLINE = json.dumps({"type": "Polygon", "coordinates": [_AROUND]}).encode()
