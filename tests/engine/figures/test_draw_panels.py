"""The values that panels are made of, drawn: nothing cropped, all said, pixels and colours as they are given."""

from __future__ import annotations

import io
import itertools
import re
from html import unescape

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure as Page
from PIL import Image

from engine.errors import InputError
from engine.figures import draw_gallery, draw_scene
from engine.figures.draw import DRAWINGS, draw
from engine.figures.figure import (
    Bar,
    Bars,
    Block,
    Figure,
    Gallery,
    Panel,
    Points,
    Polygon,
    Scale,
    Scene,
    Shade,
    Stack,
    Strokes,
    Table,
    Tile,
    Words,
)
from engine.figures.paper import Space, figured, style
from engine.figures.sheet import Paper

RANDOM = np.random.default_rng(0)
SCALE = Scale(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1), -2.5, 2.5, "Drift d")
GREY, COLOURED = RANDOM.integers(0, 256, (8, 6), np.uint8), RANDOM.integers(0, 256, (8, 6, 3), np.uint8)
GALLERY = Gallery(
    "Pictures of two blocks",
    [
        Block(
            [[Tile(GREY, "p 0"), Tile(None, "p 1")], [Tile(COLOURED, "p 2")]], "A", ["one", "two"], ["80.0", "0"], "σ"
        ),
        Block([[Tile(GREY)], [Tile(GREY)]], "B", scale=SCALE),
    ],
)
RED = np.array([[255, 0, 0]], np.uint8)
SCENE = Scene(
    "Points at σ 1",
    "x₁",
    "x₂",
    (-1.0, 3.0),
    (-2.0, 2.0),
    [
        Shade(RANDOM.integers(0, 256, (4, 4, 3), np.uint8), -1, 3, -2, 2),
        Strokes(np.zeros((3, 2, 2)), RED.repeat(3, axis=0), halo=True),
        Polygon(np.array([(0, 0), (1, 0), (0, 1)])),
        Points(np.array([[0.0, 0.0], [1.0, -1.0]]), RED.repeat(2, axis=0)),
        Words(0.0, 1.0, "a name", aside=True),
    ],
    equal=True,
    note="points: particles, coloured by the angle of their latents; lines: paths so far; shading: density",
    scale=SCALE,
    mark=2.0,
)
BARS = Bars("Modes", "particles in each mode", [Bar("seven", 3, "3"), Bar("a mode with a long name", 12, "12")], "all")
TABLE = Table(
    "Particle 3", ["value 1", "norm"], [("Noisy state, x", ["−0.207", "12.0"]), ("Drift d", ["1.00", "2.00"])]
)
STACK = Stack("Next frames", [GALLERY, BARS])
PANELS: dict[str, Panel] = {"gallery": GALLERY, "scene": SCENE, "bars": BARS, "table": TABLE, "stack": STACK}
SAID = {
    "gallery": ["Pictures of two blocks", "A", "B", "p 0", "p 2", "one", "80.0", "σ", "−2.50", "2.50", "Drift d"],
    "scene": ["Points at σ 1", "x₁", "x₂", "a name", "Drift d", "−2.50", "−1", "coloured by the angle"],
    "bars": ["Modes", "particles in each mode", "seven", "12", "all"],
    "table": ["Particle 3", "value 1", "norm", "Noisy state, x", "−0.207"],
    "stack": ["Next frames", "seven"],
}


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


def packed(colours: np.ndarray) -> np.ndarray:
    """Colours [..., 3] as numbers [...]."""
    numbers: np.ndarray = colours.astype(np.int64) @ (65536, 256, 1)
    return numbers


@pytest.mark.parametrize("paper", [Paper(dpi=100), Paper(width=85, font=9, dpi=150), Paper(width=85, font=5, dpi=150)])
@pytest.mark.parametrize("name", PANELS)
def test_nothing_is_cropped(name: str, paper: Paper) -> None:
    shown = pixels(draw(Figure("", [PANELS[name]]), "png", paper))
    assert all((edge == 255).all() for edge in (shown[0], shown[-1], shown[:, 0], shown[:, -1]))
    assert (shown < 128).any()


@pytest.mark.parametrize("name", PANELS)
def test_all_is_said_as_text(name: str) -> None:
    svg = draw(Figure("", [PANELS[name]]), "svg").decode()
    words = " ".join(unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert [text for text in SAID[name] if text not in words] == []


@pytest.mark.parametrize("name", PANELS)
def test_the_same_panel_gives_the_same_bytes(name: str) -> None:
    figure = Figure("", [PANELS[name]])
    assert draw(figure, "svg") == draw(figure, "svg")


def test_a_tile_has_its_own_pixels() -> None:
    shown = packed(pixels(draw(Figure("", [GALLERY]), "png", Paper(dpi=100))))
    assert np.isin(packed(COLOURED), shown).all()
    assert np.isin(packed(GREY[..., None].repeat(3, axis=2)), shown).all()


def test_the_height_of_a_gallery_is_that_of_what_stands_in_it() -> None:
    def height(rows: int) -> float:
        return draw_gallery.height(Gallery("", [Block([[Tile(GREY, "p 0")] * 8] * rows)]), Space(160.0))

    assert height(3) - height(2) == pytest.approx(height(2) - height(1))
    assert draw_gallery.height(GALLERY, Space(160.0, 9.0)) > draw_gallery.height(GALLERY, Space(160.0, 6.0))


def test_pictures_too_small_to_see_are_refused() -> None:
    with pytest.raises(InputError, match="64 pictures beside each other are specks here"):
        draw(Figure("", [Gallery("", [Block([[Tile(GREY)] * 64])])]), "png", Paper(width=85))


def test_a_scene_shows_its_layers_where_they_are() -> None:
    part = Page(figsize=(4, 4)).subfigures()
    draw_scene.draw(SCENE, part, Space(160.0))
    axes = part.axes[0]
    assert (axes.get_xlim(), axes.get_ylim(), axes.get_aspect()) == ((-1.0, 3.0), (-2.0, 2.0), 1.0)
    points = next(each for each in axes.collections if isinstance(each, PathCollection))
    assert np.asarray(points.get_offsets()).tolist() == [[0.0, 0.0], [1.0, -1.0]]
    assert points.get_facecolors()[0].tolist() == [1.0, 0.0, 0.0, 1.0]
    lines = next(each for each in axes.collections if isinstance(each, LineCollection))
    assert len(lines.get_segments()) == 3
    assert axes.images[0].get_extent() == [-1, 3, -2, 2]
    assert list(axes.lines[0].get_xdata()) == [2.0, 2.0]


@pytest.mark.parametrize("width", [85.0, 160.0])
def test_ticks_do_not_touch_and_the_last_one_stays(width: float) -> None:
    ticks = [(float(place), f"{0.1 * place:.3f}") for place in range(41)]
    scene = Scene("", "σ", "x", (0.0, 40.0), (0.0, 1.0), [], ticks=ticks)
    with matplotlib.rc_context(style(7.0)):
        page = Page(figsize=(width / 25.4, 3), layout="constrained")
        part = page.subfigures()
        draw_scene.draw(scene, part, Space(width))
        page.draw_without_rendering()
        boxes = [label.get_window_extent() for label in part.axes[0].get_xticklabels()]
    assert len(boxes) >= 5
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    assert part.axes[0].get_xticklabels()[-1].get_text() == "4.000"


def test_every_panel_has_a_drawing() -> None:
    assert {type(panel) for panel in PANELS.values()} <= DRAWINGS.keys()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.2071, "−0.207"), (80.0, "80.0"), (6.262e6, "6.26·10⁶"), (1234.0, "1,230"), (-2e-5, "−2·10⁻⁵")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert figured(value) == text
