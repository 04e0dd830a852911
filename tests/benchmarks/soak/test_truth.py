"""A soak's oracle tells states apart, and takes no answer for right that mixes two."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.oracle import expected
from benchmarks.soak.scene import CLASSES, Scene, State, color, label, states
from benchmarks.soak.truth import Evidence, Truth
from benchmarks.soak.viewers import place, viewport
from benchmarks.tiles import Tile, covering

TILE = covering(14, *place(0.5, 0.5))
FAR = Tile(14, 0, 0)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return Truth(Scene.build(tmp_path_factory.mktemp("scene")))


def pixels(truth: Truth, state: State, tile: Tile = TILE, level: int = 0) -> np.ndarray:
    """By the oracle of the benchmarks."""
    path = truth.scene.path(state.template, state.rotation)
    colors = {value: color(value, state.palette)[:3] for value in range(CLASSES)}
    return list(expected(path, tile, colors))[level]


def shown(truth: Truth, rgba: np.ndarray, tile: Tile = TILE) -> frozenset[State]:
    png = BytesIO()
    Image.fromarray(rgba).save(png, "PNG")
    return truth.shown(Evidence("tile", tile, png.getvalue()))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_tile_tells_its_state(truth: Truth, level: int) -> None:
    for state in (State(0, 0, 0), State(2, 1, 1)):
        assert shown(truth, pixels(truth, state, level=level)) == {state}


def test_one_wrong_pixel_is_seen(truth: Truth) -> None:
    rgba = pixels(truth, State(0, 0, 0)).copy()
    rgba[17, 200] = (*color(4, 0)[:3], 255) if rgba[17, 200, 0] < 100 else (*color(0, 0)[:3], 255)
    assert shown(truth, rgba) == frozenset()


@pytest.mark.parametrize("other", [State(0, 1, 0), State(0, 0, 1)])
def test_a_mixture_is_no_state(truth: Truth, other: State) -> None:
    rgba = pixels(truth, State(0, 0, 0)).copy()
    rgba[:128] = pixels(truth, other)[:128]
    assert shown(truth, rgba) == frozenset()


def test_a_hole_is_seen(truth: Truth) -> None:
    rgba = pixels(truth, State(0, 0, 0)).copy()
    rgba[:16, :16] = 0
    assert shown(truth, rgba) == frozenset()


def test_a_centre_on_the_border_of_two_pixels_may_show_either(truth: Truth) -> None:
    tile = Tile(15, 17327, 11399)  # its pixel in row 252, column 105 lies at column 193 - 1e-10
    rgba = pixels(truth, State(0, 0, 0), tile).copy()
    other = next(c for v in range(CLASSES) if (c := color(v, 0)) != tuple(rgba[252, 105]))
    rgba[252, 105] = other
    assert shown(truth, rgba, tile) == {State(0, 0, 0)}
    rgba[252, 106] = other
    rgba[252, 107] = color(1, 1)
    assert shown(truth, rgba, tile) == frozenset()


def test_an_empty_tile_fits_all_where_there_is_nothing(truth: Truth) -> None:
    empty = np.zeros((256, 256, 4), np.uint8)
    assert shown(truth, empty, FAR) == set(states())
    assert shown(truth, empty) == frozenset()


def test_touching_is_what_the_oracle_finds(truth: Truth) -> None:
    for tile in viewport(13, 0.1, 0.9, 10, 6):
        some = bool(pixels(truth, State(0, 0, 0), tile)[..., 3].any())
        assert truth.scene.touches(tile) or not some


def classes(state: State, counts: list[int]) -> bytes:
    items = [
        {
            "value": value,
            "title": label(value, state.palette),
            "color_hint": color(value, state.palette).hex,
            "count": counts[value],
        }
        for value in range(CLASSES)
    ]
    return json.dumps({"classes": items}).encode()


def test_classes_of_one_raster_in_the_labels_of_one_class_file(truth: Truth) -> None:
    state = State(1, 2, 1)
    counts = truth.scene.levels[1, 2].counts
    assert truth.shown(Evidence("classes", (), classes(state, counts))) == {state}
    swapped = [counts[1], counts[0], *counts[2:]]
    assert truth.shown(Evidence("classes", (), classes(state, swapped))) == frozenset()


def test_rasters_differ_in_their_counts(truth: Truth) -> None:
    assert len({tuple(levels.counts) for levels in truth.scene.levels.values()}) == len(
        truth.scene.levels
    )


def test_a_scene_is_the_same_every_time(truth: Truth, tmp_path: Path) -> None:
    again = Scene.build(tmp_path)
    assert np.array_equal(again.levels[3, 2].arrays[2], truth.scene.levels[3, 2].arrays[2])
