"""The figure of an experiment: what is painted of each kind of panel, and hovering, selecting, opening. # spec: S14"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.views.cells import CellView
from app.views.curves import CurvesView
from app.views.figure import VIEWS, FigureView
from app.views.matrix import MatrixView
from app.views.mosaic import MosaicView
from engine.analysis.colours import CATEGORIES
from engine.experiments.live import Report
from engine.figures.figure import Curve, Figure, Level, Lines, Matrix, Panel, Pictures
from tests.app.studied import reported
from tests.app.views.drawn import colour

LEFT = Qt.MouseButton.LeftButton

Shown = tuple[FigureView, Report]


def shown(qtbot: QtBot, figure: Figure, width: int = 700, height: int = 560) -> FigureView:
    view = FigureView()
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show_figure(figure)
    view.show()
    qtbot.waitExposed(view)
    return view


def panel(qtbot: QtBot, panel: Panel, width: int = 700) -> CellView:
    """The view of one panel alone."""
    view = VIEWS[type(panel)]()
    qtbot.addWidget(view)
    view.show_panel(panel)
    view.resize(width, view.needed(width))
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def drawn(qtbot: QtBot, tmp_path: Path) -> Shown:
    told = reported(tmp_path, cells=7)
    assert told.figure is not None
    return shown(qtbot, told.figure), told


def at(view: CellView, key: str) -> QPoint:
    place = view.place(key)
    assert place is not None
    return place


def hover(view: CellView, spot: QPoint) -> None:
    where = QPointF(spot)
    move = QEvent.Type.MouseMove
    event = QMouseEvent(move, where, where, Qt.MouseButton.NoButton, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


def collected(view: FigureView) -> dict[str, list[object]]:
    """What the view will tell, by the name of its signal."""
    told: dict[str, list[object]] = {"chosen": [], "opened": [], "hovered": []}
    view.chosen.connect(told["chosen"].append)
    view.opened.connect(told["opened"].append)
    view.hovered.connect(told["hovered"].append)
    return told


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["curves", "matrix", "pictures"])
def test_every_mark_is_hovered_selected_and_opened(drawn: Shown, kind: int) -> None:
    figure, told = drawn
    view, said = figure.panels[kind], collected(figure)
    key = told.rows[5].key
    assert view.key_at(at(view, key)) == key
    hover(view, at(view, key))
    QTest.mouseClick(view, LEFT, pos=at(view, key))
    assert said == {"chosen": [key], "opened": [], "hovered": [key]}
    QTest.mouseDClick(view, LEFT, pos=at(view, key))
    assert said["opened"] == [key]
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert said["hovered"][-1] is None


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["curves", "matrix", "pictures"])
def test_a_click_beside_the_marks_tells_nothing(drawn: Shown, kind: int) -> None:
    figure, _ = drawn
    said = collected(figure)
    QTest.mouseClick(figure.panels[kind], LEFT, pos=QPoint(3, 3))
    assert said["chosen"] == []


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["curves", "matrix", "pictures"])
def test_the_selected_cell_is_marked_in_every_panel(drawn: Shown, kind: int) -> None:
    figure, told = drawn
    view, accent = figure.panels[kind], QColor(theme.scheme().accent)

    def marked() -> int:
        pixels = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB32)
        values = np.frombuffer(pixels.constBits(), np.uint32).reshape(pixels.height(), pixels.width())
        return int((values == accent.rgb()).sum())

    assert marked() == 0
    figure.mark(told.rows[5].key)
    assert marked() > 10
    figure.mark(None)
    assert marked() == 0


@pytest.mark.parametrize("kind", [1, 2], ids=["matrix", "pictures"])
def test_the_arrow_keys_go_along_and_enter_opens(drawn: Shown, kind: int) -> None:
    figure, told = drawn
    said, view = collected(figure), figure.panels[kind]
    figure.chosen.connect(figure.mark)
    keys = [row.key for row in told.rows]  # three rows of four
    for pressed, number in (
        (Qt.Key.Key_Down, 0),
        (Qt.Key.Key_Down, 4),
        (Qt.Key.Key_Right, 5),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_Left, 0),
    ):
        QTest.keyClick(view, pressed)
        assert said["chosen"][-1] == keys[number]
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert len(said["chosen"]) == 5
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert said["opened"] == [keys[0]]


def test_a_cell_that_is_marked_elsewhere_is_scrolled_to(drawn: Shown) -> None:
    figure, told = drawn
    view = figure.panels[2]
    figure.panels[0].hide()
    figure.panels[1].hide()
    key = told.rows[-1].key  # in the last row of the pictures, and no point of a curve yet
    figure.resize(700, 120)
    QApplication.processEvents()
    figure.mark(key)
    spot = view.mapTo(figure.viewport(), at(view, key))
    assert figure.viewport().rect().contains(spot)


def test_panels_stay_while_cells_come_in(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = (reported(tmp_path, cells=cells).figure for cells in (3, 9))
    assert first is not None
    assert second is not None
    figure = shown(qtbot, first)
    panels = list(figure.panels)
    figure.show_figure(second)
    assert figure.panels == panels
    figure.show_figure(Figure("Fewer", second.panels[1:]))
    assert [type(view) for view in figure.panels] == [MatrixView, MosaicView]


def test_the_wheel_over_a_plot_is_left_to_the_figure(drawn: Shown) -> None:
    figure, _ = drawn
    spot = QPointF(figure.panels[0].mapTo(figure.viewport(), figure.panels[0].rect().center()))
    assert figure.viewport().childAt(spot.toPoint()) is figure.panels[0]
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    down = QPoint(0, -240)
    wheel = QWheelEvent(spot, spot, down, down, none, Qt.KeyboardModifier.NoModifier, phase, False)
    figure.panels[0].event(wheel)
    assert not wheel.isAccepted()


# -- curves ----------------------------------------------------------------------------------------------------------


def lines(**other: object) -> Lines:
    content: dict[str, object] = {"curves": [Curve("a", [1, 10, 100], [1.0, 0.1, 0.01], keys=["k", "l", "m"])]}
    return Lines("Error", "N", "error", **{**content, "log_x": True, "log_y": True, **other})  # type: ignore[arg-type]


def test_a_power_law_is_straight_on_log_axes(qtbot: QtBot) -> None:
    view = panel(qtbot, lines())
    first, second, third = (at(view, key) for key in "klm")
    assert abs(second.x() - (first.x() + third.x()) / 2) <= 1
    assert abs(second.y() - (first.y() + third.y()) / 2) <= 1
    assert first.y() < third.y()


def test_a_value_without_a_logarithm_has_no_place(qtbot: QtBot) -> None:
    view = panel(qtbot, lines(curves=[Curve("a", [1, 2, 3], [1.0, 0.0, 0.1], keys=["k", "l", "m"])]))
    assert view.place("l") is None
    assert view.key_at(at(view, "m")) == "m"


def test_error_bars_reach_as_far_as_they_say(qtbot: QtBot) -> None:
    curve = Curve("a", [1, 2, 3], [1.0, 5.0, 1.0], [0.5, 2.0, 0.5], ["k", "l", "m"])
    view = panel(qtbot, lines(curves=[curve], log_x=False, log_y=False))
    unit = (at(view, "k").y() - at(view, "l").y()) / 4
    middle, end = at(view, "l"), at(view, "l") - QPoint(0, round(1.8 * unit))
    assert colour(view, end) == theme.category(0)
    assert colour(view, middle - QPoint(0, round(2.2 * unit))) != theme.category(0)


def test_error_bars_reach_further_to_one_side_where_they_say_so(qtbot: QtBot) -> None:
    curve = Curve("a", [1, 2, 3], [1.0, 5.0, 1.0], [0.5, 2.0, 0.5], ["k", "l", "m"], above=[0.5, 1.0, 0.5])
    view = panel(qtbot, lines(curves=[curve], log_x=False, log_y=False))
    unit, middle = (at(view, "k").y() - at(view, "l").y()) / 4, at(view, "l")
    assert colour(view, middle - QPoint(0, round(0.8 * unit))) == theme.category(0)
    assert colour(view, middle - QPoint(0, round(1.3 * unit))) != theme.category(0)
    assert colour(view, middle + QPoint(0, round(1.8 * unit))) == theme.category(0)


def test_levels_and_error_bars_are_in_sight(qtbot: QtBot) -> None:
    view = panel(qtbot, lines(levels=[Level("chance", 7.0)]))
    assert isinstance(view, CurvesView)
    (_, _), (low, high) = view.box.viewRange()
    assert low < -2 < np.log10(7) < high


def test_the_legend_names_every_curve_in_its_colour(qtbot: QtBot) -> None:
    curves = [Curve(f"<{number}>", [1, 2], [1, 2]) for number in range(11)]
    view = panel(qtbot, lines(curves=curves))
    assert isinstance(view, CurvesView)
    text = view.legend.text()
    assert all(f"&lt;{number}&gt;" in text for number in range(11))
    assert all(name.lower() in text for name in CATEGORIES)
    assert "■" in text  # the eleventh has the first one's colour and another mark


def test_curves_without_points_are_drawn(qtbot: QtBot) -> None:
    view = panel(qtbot, lines(curves=[Curve("a", [], []), Curve("b", [1], [1])]))
    assert view.key_at(view.rect().center()) is None
    assert panel(qtbot, lines(curves=[])).key_at(QPoint(100, 100)) is None


# -- matrix ----------------------------------------------------------------------------------------------------------


def matrix(**other: object) -> Matrix:
    content: dict[str, object] = {
        "values": [[1.0, 10.0, 100.0], [None, 5.0, 50.0]],
        "keys": [["a", "b", "c"], ["d", "e", "f"]],
        "rows": ["first", "second"],
    }
    return Matrix("Modes", "churn", "k", columns=["1", "2", "3"], **{**content, **other})  # type: ignore[arg-type]


def corner(view: CellView, key: str) -> QColor:
    """The colour of a cell, beside its number."""
    return colour(view, at(view, key) - QPoint(0, 9))


def is_of_map(found: QColor, part: float) -> bool:
    return (found.red(), found.green(), found.blue()) == tuple(theme.sequential()[round(255 * part)])


def test_cells_have_the_colours_of_their_values(qtbot: QtBot) -> None:
    view = panel(qtbot, matrix())
    assert is_of_map(corner(view, "a"), 0)
    assert is_of_map(corner(view, "c"), 1)
    assert is_of_map(corner(view, "b"), 9 / 99)
    view.show_panel(matrix(log=True))
    assert is_of_map(corner(view, "b"), 0.5)
    assert isinstance(view, MatrixView)
    assert view.scale.text == "1.00 … 100"


def test_numbers_stand_out_from_their_colours(qtbot: QtBot) -> None:
    view = panel(qtbot, matrix())

    def ink(key: str) -> set[int]:
        image, place = view.grab().toImage(), at(view, key)
        xs, ys = range(place.x() - 12, place.x() + 12), range(place.y() - 6, place.y() + 6)
        return {image.pixelColor(x, y).lightness() for x in xs for y in ys}

    assert max(ink("a")) > 200  # white on violet
    assert min(ink("c")) < 60  # black on yellow


def test_one_value_and_none_have_a_scale(qtbot: QtBot) -> None:
    view = panel(qtbot, matrix(values=[[3.0, None, None], [None] * 3]))
    assert isinstance(view, MatrixView)
    assert view.scale.text == "3.00 … 3.00"
    assert not is_of_map(corner(view, "d"), 0.5)
    view.show_panel(matrix(values=[[None] * 3] * 2))
    assert view.scale.text == ""


def test_errors_make_the_rows_higher(qtbot: QtBot) -> None:
    view = panel(qtbot, matrix())
    before = view.height()
    errors = [[0.1] * 3] * 2
    assert panel(qtbot, matrix(errors=errors)).height() > before


# -- pictures --------------------------------------------------------------------------------------------------------


def test_pictures_are_drawn_where_their_cells_are(drawn: Shown) -> None:
    figure, told = drawn
    view = figure.panels[2]
    assert colour(view, at(view, told.rows[0].key)) == QColor(0, 0, 0)
    assert colour(view, at(view, told.rows[5].key)) == QColor(125, 125, 125)


def test_pictures_keep_their_shape_and_fit_a_narrow_figure(qtbot: QtBot, tmp_path: Path) -> None:
    told = reported(tmp_path)
    assert told.figure is not None
    pictures = told.figure.panels[2]
    assert isinstance(pictures, Pictures)
    for width in (320, 700, 1400):
        view = panel(qtbot, pictures, width)
        assert isinstance(view, MosaicView)
        areas = [area for _, _, area, _ in view.cells()]
        assert all(abs(area.height() - area.width() / 2) <= 1 for area in areas)
        assert all(view.rect().contains(area) for area in areas)
        assert not any(one.intersects(other) for one in areas for other in areas if one is not other)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_figure_takes_the_colours_of_the_scheme(drawn: Shown, scheme: theme.Scheme, restored: None) -> None:
    figure, _ = drawn
    theme.choose(scheme)
    QApplication.processEvents()
    plot = figure.panels[0]
    assert colour(figure.viewport(), QPoint(3, 3)) == QColor(scheme.base)
    assert colour(plot, plot.rect().bottomRight()) == QColor(scheme.base)


@pytest.fixture
def restored(qapp: QApplication) -> Iterator[None]:
    yield
    theme.choose(None)
