"""Figures as files: the right size, nothing cropped, all text there, the same bytes, no trace left in matplotlib."""

from __future__ import annotations

import functools
import io
import re
import subprocess
import sys
from collections.abc import Sequence
from html import unescape

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure as Page
from PIL import Image

from engine.embed import png_bytes
from engine.figures import draw_lines, draw_matrix, draw_pictures
from engine.figures.draw import draw
from engine.figures.figure import Curve, Figure, Level, Lines, Matrix, Panel, Pictures
from engine.figures.paper import Space, tick
from engine.figures.sheet import INCH
from tests.engine.tiny import run_of

STEPS = (4, 8, 16, 32)
SPACE = Space(160.0)
PICTURE = png_bytes(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4, run_of())

LINES = Lines(
    "Global error",
    "steps N",
    "error at σ min, $x_i$",
    [Curve("Heun, order 2", STEPS, [x**-2.0 for x in STEPS], [0.1 * x**-2.0 for x in STEPS]), Curve("empty", [], [])],
    [Level("error of the reference", 1e-6)],
    log_x=True,
    log_y=True,
)
MATRIX = Matrix(
    "Modes",
    "k_PG",
    "S_churn",
    ["0.1", "a guidance with a name that is long enough for two lines"],
    ["0", "a churn with a long name", "1"],
    [[1.0, 20.0, 0.0], [3.0, None, None]],
    [["a", "b", "c"], ["d", "e", None]],
    errors=[[0.1, 2.0, None], [0.3, None, None]],
    unit="modes",
    log=True,
)
PICTURES = Pictures(
    "Samples",
    "sampler",
    "evaluations",
    ["heun", "ddim & η"],
    ["5", "10"],
    [[PICTURE, PICTURE], [PICTURE, None]],
    [["Fréchet 12", "Fréchet 3 after a good many evaluations"], ["Fréchet 20", ""]],
    [["a", "b"], ["c", "d"]],
)
NOTHING: Sequence[Panel] = (
    Lines("Nothing yet", "x", "y", [], log_x=True, log_y=True),
    Matrix("Nothing yet", "x", "y", ["a"], ["b"], [[None]], [["k"]], log=True),
    Matrix("No rows", "x", "y", [], [], [], []),
    Pictures("Nothing yet", "x", "y", ["a"], ["b"], [[None]], [[""]], [["k"]]),
    Pictures("No rows", "x", "y", [], [], [], [], []),
)
ALL = Figure(
    "A figure of every kind of panel, whose title is so long that it does not fit into a line of 160 mm",
    [LINES, MATRIX, PICTURES],
)


@functools.cache
def drawn(kind: str) -> bytes:
    """`ALL`, drawn once for all tests."""
    return draw(ALL, kind)


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("L"))


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(kind: str) -> None:
    assert draw(ALL, kind) == drawn(kind)


@pytest.mark.parametrize("figure", [ALL, Figure("Title", NOTHING), Figure("Nothing", [])])
def test_nothing_is_cropped_at_160_mm(figure: Figure) -> None:
    shown = pixels(drawn("png") if figure is ALL else draw(figure, "png"))
    assert abs(shown.shape[1] - 160 / 25.4 * 300) <= 1
    edges = (shown[0], shown[-1], shown[:, 0], shown[:, -1])
    assert all((edge == 255).all() for edge in edges)
    assert (shown < 128).any()


def test_text_is_text_and_all_of_it_is_there() -> None:
    svg = drawn("svg").decode()
    words = " ".join(unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    expected = [
        *("A figure of every kind", "Global error", "steps N", "error at σ min, $x_i$", "Heun, order 2"),
        *("error of the reference", "4", "32", "10⁻⁴", "Modes", "k_PG", "S_churn", "20.0", "± 0.300", "modes"),
        *("a churn with a long name", "Samples", "ddim & η", "Fréchet 3 after", "evaluations"),
    ]
    assert [text for text in expected if text not in words] == []
    assert "<dc:date>" not in svg
    pdf = drawn("pdf")
    assert b"/Subtype /Type0" in pdf  # text in a font, not paths
    assert b"CreationDate" not in pdf


def test_a_picture_is_shown_with_its_own_pixels() -> None:
    shown = pixels(draw(Figure("", [Pictures("", "", "", [""], [""], [[PICTURE]], [[""]], [["k"]])]), "png"))
    greys = set(np.unique(shown).tolist())
    assert {4 * value for value in range(64)} <= greys


def test_points_a_log_axis_cannot_show_are_left_out() -> None:
    curve = Curve("", [1, 2, 4, 8], [1.0, 0.0, -1.0, 0.5], [2.0, 0.0, 0.0, 0.1])
    part = Page().subfigures()
    draw_lines.draw(Lines("", "", "", [curve], log_x=True, log_y=True), part, SPACE)
    line = part.axes[0].lines[0]
    assert np.asarray(line.get_xdata()).tolist() == [1, 8]
    assert part.axes[0].get_ylim()[0] > 0


def test_curves_are_told_apart_beyond_the_colours_there_are() -> None:
    part = Page().subfigures()
    curves = [Curve(str(index), [1, 2], [index, index]) for index in range(21)]
    draw_lines.draw(Lines("", "", "", curves), part, SPACE)
    looks = {(line.get_color(), line.get_linestyle()) for line in part.axes[0].lines}
    assert len(looks) == 21


def test_a_curve_has_the_colour_of_its_place_unless_it_has_its_own() -> None:
    curves = [Curve("one", STEPS, STEPS), Curve("red", STEPS, STEPS, hue=5), Curve("three", STEPS, STEPS)]
    lines = Lines("Colours", "x", "y", curves)
    assert lines.hues == [0, 5, 2]
    svg = draw(Figure("", [lines]), "svg").decode().upper()
    assert [place in svg for place in draw_lines.COLOURS[:6]] == [True, False, True, False, False, True]


@pytest.mark.parametrize("log", [False, True])
def test_numbers_are_readable_on_their_colours(log: bool) -> None:
    values = np.linspace(0.5, 50, 60).reshape(6, 10)
    names = [str(index) for index in range(10)]
    matrix = Matrix("", "", "", names[:6], names, values.tolist(), [[None] * 10] * 6, log=log)
    part = Page().subfigures()
    draw_matrix.draw(matrix, part, SPACE)
    axes = part.axes[0]
    colours = axes.collections[0].to_rgba(values)
    for text in axes.texts:
        column, row = (int(position) for position in text.get_position())
        background = draw_matrix._luminance(colours[row, column])
        ink = 1.0 if text.get_color() == "white" else 0.0
        light, dark = max(ink, background), min(ink, background)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, AA


def test_what_is_missing_is_hatched_and_what_is_no_cell_is_not() -> None:
    part = Page().subfigures()
    draw_matrix.draw(MATRIX, part, SPACE)
    assert [patch.get_hatch() for patch in part.axes[0].patches] == ["////", None]


def test_text_fits_on_narrow_cells() -> None:
    names = [str(index) for index in range(20)]
    wide = Matrix("", "", "", ["a"], names, [[0.123] * 20], [[None] * 20])
    page = Page(figsize=(160 / INCH, 2), layout="constrained")
    part = page.subfigures()
    draw_matrix.draw(wide, part, SPACE)
    page.draw_without_rendering()
    axes = part.axes[0]
    assert max(text.get_window_extent().width for text in axes.texts) < axes.get_window_extent().width / 20


def test_many_rows_of_pictures_stay_on_a_page() -> None:
    def panel(rows: int) -> Pictures:
        names = [str(index) for index in range(rows)]
        return Pictures("", "", "", names, ["5"], [[PICTURE]] * rows, [["12.3"]] * rows, [["k"]] * rows)

    assert draw_pictures.height(panel(9), SPACE) < 297 - 20
    assert draw_pictures.height(panel(3), SPACE) / 3 > draw_pictures.height(panel(12), SPACE) / 12


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (20, "20"), (0.005, "0.005"), (-2.5, "-2.5"), (1e-6, "10⁻⁶"), (2e5, "2·10⁵"), (-1e7, "-1·10⁷")],
)
def test_ticks(value: float, text: str) -> None:
    assert tick(value) == text


def test_what_is_set_in_matplotlib_stays_and_changes_nothing() -> None:
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        assert draw(ALL, "svg") == drawn("svg")
        assert dict(matplotlib.rcParams) == before


def test_drawing_needs_neither_pyplot_nor_qt() -> None:
    script = (
        "import sys\n"
        "for name in ('matplotlib.pyplot', 'PySide6', 'torch'): sys.modules[name] = None\n"
        "from engine.figures.draw import draw\n"
        "from engine.figures.figure import Curve, Figure, Lines\n"
        "figure = Figure('', [Lines('', '', '', [Curve('', [1, 2], [1, 2])])])\n"
        "for kind in ('png', 'svg', 'pdf'): draw(figure, kind)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
