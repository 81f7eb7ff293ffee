"""Figures on every paper: as wide as asked, text as large as asked, nothing cropped, no two texts over each other."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from engine.errors import InputError
from engine.figures import draw
from engine.figures.figure import Curve, Figure, Level, Lines, Pictures
from engine.figures.paper import Space, lines
from engine.figures.sheet import INCH, Paper
from tests.engine.figures.test_draw import ALL, LINES, MATRIX, PICTURES

POINTS = 72 / INCH
LONG = "A title that says far more than anyone needs to know of a panel before they look at it, Wagnerianissimo"
MANY = Figure(
    LONG,
    [
        Lines(
            LONG,
            "a label of the axis below that is also longer than the panel is wide on a narrow page",
            "a label of the axis at the left that is longer than the panel is high",
            [Curve(f"curve {index} with many words in its name", [0, 1, 2], [1e-5, index, 2e4]) for index in range(8)],
            [Level("a level that is named in many words", 3.0)],
        ),
        MATRIX,
        Pictures(LONG, "x", "y", PICTURES.rows, PICTURES.columns, PICTURES.pictures, PICTURES.captions, PICTURES.keys),
        Lines("Log", "σ", "loss", [Curve("", [0.002, 80], [1e-7, 1e3])], log_x=True, log_y=True),
    ],
)
PAPERS = [
    Paper(),
    Paper(width=60, font=4),
    Paper(width=300, font=24),
    Paper(width=3.3, unit="in", font=8, letters=True),
    Paper(width=180, columns=2, letters=True),
    Paper(width=240, font=6, columns=3),
]


def page_of(figure: Figure, paper: Paper) -> draw.Page:
    with draw._styled(paper):
        page = draw._page(figure, paper, None)
        page.draw_without_rendering()
    return page


def shown(page: draw.Page) -> list[Text]:
    """What is drawn; ticks beyond the ends of an axis are not."""
    every = set(page.findobj(Text)) - {
        label for axes in page.axes for label in axes.get_xticklabels() + axes.get_yticklabels()
    }
    seen = {label for axes in page.axes for group in ticks(axes) for label in group}
    return [text for text in every | seen if text.get_text() and text.get_visible()]


def box(text: Text) -> Bbox:
    return text.get_window_extent()


def overlap(one: Bbox, other: Bbox) -> float:
    """Pixels in both directions, the lesser."""
    return min(min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0))


def ticks(axes: Axes) -> list[list[Text]]:
    """Those that are drawn upright, along each axis."""
    return [
        [tick.label1 for tick in axis._update_ticks() if tick.label1.get_text() and not tick.label1.get_rotation() % 90]
        for axis in (axes.xaxis, axes.yaxis)
    ]


@pytest.mark.parametrize("paper", PAPERS, ids=str)
@pytest.mark.parametrize("figure", [ALL, MANY], ids=["all", "many"])
def test_every_text_is_on_the_page_and_none_over_another(figure: Figure, paper: Paper) -> None:
    page = page_of(figure, paper)
    whole = page.bbox.padded(1)
    corners = {text.get_text(): box(text) for text in shown(page)}
    assert [
        name for name, each in corners.items() if not (whole.contains(*each.min) and whole.contains(*each.max))
    ] == []
    for axes in page.axes:
        for group in (*ticks(axes), axes.texts):
            boxes = [box(label) for label in group if label.get_text()]
            assert all(overlap(one, other) <= 1 for one, other in itertools.combinations(boxes, 2)), axes.get_title()


@pytest.mark.parametrize("paper", PAPERS[:4], ids=str)
def test_width_and_text_are_exactly_as_asked(paper: Paper) -> None:
    width, text = paper.millimetres, paper.font
    figure = Figure("Title", [LINES])
    pdf, svg = draw.draw(figure, "pdf", paper), draw.draw(figure, "svg", paper).decode()
    media = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+)", pdf)
    assert media is not None
    assert float(media[1]) == pytest.approx(width * POINTS, abs=0.01)
    wide = re.search(r'<svg [^>]*?width="([0-9.]+)pt"', svg)
    assert wide is not None
    assert float(wide[1]) == pytest.approx(width * POINTS, abs=0.01)
    sizes = {float(size) for size in re.findall(r"font-size: ([0-9.]+)px", svg)}
    assert text in sizes
    assert max(sizes) <= 9 / 7 * text + 1e-3  # the title of the page
    assert draw.preview(figure, paper, 400).shape[1:] == (400, 3)


def test_fonts_are_embedded_as_truetype() -> None:
    pdf = draw.draw(Figure("", [LINES]), "pdf")
    assert b"/CIDFontType2" in pdf
    assert b"/FontFile2" in pdf


def test_the_layout_is_the_same_at_every_resolution() -> None:
    small, large = (draw.pixels(Figure("", [LINES]), Paper(), dpi) for dpi in (100, 300))
    dark = [np.argwhere(shown.min(2) < 100).min(0) / shown.shape[:2] for shown in (small, large)]
    assert dark[0] == pytest.approx(dark[1], abs=0.005)
    assert small.shape[0] / small.shape[1] == pytest.approx(large.shape[0] / large.shape[1], abs=0.005)


def test_a_frame_laid_out_as_another_has_its_axes_in_the_same_place() -> None:
    paper = Paper(dpi=60, columns=2, title="Title")
    figures = [Figure("Title", [LINES, Lines("", "x", "y", [Curve("", [0, 1], [0, top])])]) for top in (1, 1e6)]
    layout = draw.layout_of(figures[0], paper)
    one, other = (draw.pixels(figure, paper, 60, layout) for figure in figures)
    assert one.shape == other.shape
    assert (one == draw.pixels(figures[0], paper, 60)).all()
    with draw._styled(paper):
        places = [draw._page(figure, paper, layout).axes[1].get_position().bounds for figure in figures]
    assert places[0] == places[1]


def test_panels_are_lettered_row_by_row() -> None:
    svg = draw.draw(Figure("", [LINES, MATRIX, LINES]), "svg", Paper(columns=2, letters=True)).decode()
    assert re.findall(r">([abc]) (?:Global|Modes)", svg) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("figure", "paper", "sentence"),
    [
        (ALL, Paper(width=20, font=24), "do not fit on 20 mm"),
        (Figure("", [MATRIX] * 6), Paper(width=60, font=12, columns=6), "choose a wider page"),
        (Figure("", [LINES] * 6), Paper(width=40, font=24, columns=6), "fewer columns"),
        (Figure("", [PICTURES]), Paper(width=1000, dpi=1200), "choose fewer an inch"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(figure: Figure, paper: Paper, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        draw.draw(figure, "png", paper)
    assert str(refused.value).count(". ") == 0


def test_lines_are_as_wide_as_they_may_be() -> None:
    space = Space(160.0, 10.0)
    for width in (5.0, 20.0, 80.0):
        text = space.wrapped(LONG, width)
        assert "".join(text.split()) == "".join(LONG.split())
        assert space.length(text) <= width
    assert lines(space.wrapped(LONG, 1e4)) == 1
    assert space.wrapped("", 5.0) == ""
    assert space.length("mm") == pytest.approx(2 * space.length("m"), rel=0.05)
