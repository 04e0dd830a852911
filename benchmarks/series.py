"""Series of tiles: every peer gets each tile, in an order drawn anew for each."""

from collections.abc import Sequence
from random import Random

from tqdm import tqdm

from benchmarks.figures import Summary, summarise
from benchmarks.peer import Answer, Dataset, Peer
from benchmarks.tiles import Tile

Answers = dict[str, list[Answer]]
_SEED = 20181010


def interleave(
    peers: Sequence[Peer],
    tiles: Sequence[Tile],
    what: str,
    run_up: Sequence[Tile] = (),
    datasets: Sequence[Dataset] = (),
) -> Answers:
    """{peer's id: its answers, in the order of the tiles}; tile n is of datasets[n], if given.

    One peer works at a time, and the machine's moods fall on all alike. Those between two turns of
    a peer empty the processor's caches of its code; so before each tile it gets its share of
    `run_up`, and only the tile is in its answers.
    """
    random, share = Random(_SEED), len(run_up) // len(tiles)
    answers: Answers = {peer.spec.id: [] for peer in peers}
    with tqdm(total=len(tiles) * len(peers), desc=f"  {what}", unit="tile", mininterval=1) as bar:
        for number, tile in enumerate(tiles):
            for peer in random.sample(peers, len(peers)):
                for other in run_up[number * share : (number + 1) * share]:
                    peer.ask(other)
                dataset = datasets[number] if datasets else None
                answers[peer.spec.id].append(peer.ask(tile, dataset))
                bar.update()
    return answers


def summary(answers: Sequence[Answer]) -> Summary:
    """The figures of one series."""
    return summarise([answer.ms for answer in answers], [len(answer.png) for answer in answers])
