"""Easel: what one sees of picture, mask and change, where it lies, and what wheel, keys and pointer do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.editing import NOTCH
from app.views import pixels, sheet
from app.views.easel import SOFTER, Easel
from app.views.shown import Array
from engine.analysis.pictures import to_uint8
from tests.app.views.stage import TinyPictures, colour, staged
from tests.app.views.strokes import MOVE, PRESS, RELEASE, easel, mouse, painted_state, place, stroke

CTRL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Easel]:
    state = painted_state()
    yield easel(qtbot, state)
    state.undo.clear()


def seen(shown: Easel, x: float, y: float) -> QColor:
    """The colour at that point of the picture."""
    where = place(shown, (x, y))
    return colour(shown, where.x(), where.y())


def add(shown: Easel, mask: Array) -> None:
    """Take a mask into use."""
    shown._editing.add(mask.astype(np.uint8), "mask")
    QApplication.processEvents()


def turn(shown: Easel, notches: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Turn the wheel over the middle of the easel."""
    where = QPointF(shown.rect().center())
    angle = QPoint(0, round(120 * notches))
    event = QWheelEvent(
        where, where, QPoint(), angle, Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(shown, event)


# -- the picture -------------------------------------------------------------------------------------------------


def test_values_have_the_colours_of_the_grid_and_stand_upright(shown: Easel) -> None:
    values = np.full((3, 12, 16), -1.0)
    values[0, 0, 0], values[1, 11, 0], values[2, 0, 15] = 1, 1, 1
    shown.show_values(values, 1.0, False)
    places = [(0.5, 0.5), (0.5, 11.5), (15.5, 0.5), (8.5, 6.5)]
    assert [seen(shown, *each).name() for each in places] == ["#ff0000", "#00ff00", "#0000ff", "#000000"]


def test_signed_values_are_in_the_diverging_map(shown: Easel) -> None:
    values = np.zeros((1, 12, 16))
    values[0, :, 8:] = 2.0
    shown.show_values(values, 2.0, True)
    map_ = theme.diverging()
    assert [seen(shown, x, 6) for x in (3.0, 12.0)] == [QColor(*map(int, map_[i])) for i in (128, 255)]


@pytest.mark.parametrize("size", [(340, 260), (500, 260), (210, 400), (700, 700)])
def test_the_picture_is_centred_with_whole_screen_pixels_and_its_own_shape(shown: Easel, size: tuple[int, int]) -> None:
    shown.resize(*size)
    area = shown._sheet.area
    assert area.width() / 16 == area.height() / 12 == int(area.width() / 16)
    assert abs(area.center().x() - size[0] / 2) <= 1
    assert abs(area.center().y() - size[1] / 2) <= 1
    assert max(area.width() / (size[0] - 8), area.height() / (size[1] - 8)) > 0.8


def test_a_large_picture_is_made_smaller_by_means(shown: Easel) -> None:
    values = np.full((1, 1024, 1024), -1.0)
    values[:, ::2] = 1.0
    shown.show_values(values, 1.0, False)
    assert shown._sheet.area.height() < 260
    assert seen(shown, 512, 512).red() == pytest.approx(128, abs=2)


def test_a_sentence_stands_in_place_of_a_picture(shown: Easel) -> None:
    values = np.ones((1, 12, 16))
    shown.show_values(values, 1.0, False)
    bright = shown.grab().toImage()
    shown.message("Nothing is drawn yet.")
    told = shown.grab().toImage()
    shown.message("")
    assert told not in (bright, shown.grab().toImage())
    QTest.mousePress(shown, Qt.MouseButton.LeftButton)
    assert not shown._painter.busy
    shown.show_values(values, 1.0, False)
    assert shown.grab().toImage() == bright


# -- the mask and the change -------------------------------------------------------------------------------------


def test_a_filled_mask_is_a_veil_that_follows_m(shown: Easel) -> None:
    mask = np.zeros((12, 16))
    mask[:, 4:8], mask[:, 8:12] = 100, 255
    add(shown, mask)
    none, some, full = (seen(shown, x, 6).red() for x in (2.0, 6.0, 10.0))
    accent = QColor(theme.scheme().accent).red()
    assert none == 128
    assert none < some < full < accent


def test_an_outlined_mask_leaves_the_inside_as_it_is_and_draws_its_edge(shown: Easel) -> None:
    mask = np.zeros((12, 16))
    mask[3:9, 4:12] = 255
    shown.overlay = "outline"
    add(shown, mask)
    assert seen(shown, 8, 6) == seen(shown, 1, 1)
    assert seen(shown, 4.02, 6) == QColor(theme.scheme().accent)
    assert seen(shown, 3.6, 6) == seen(shown, 1, 1)


@pytest.mark.parametrize("overlay", ["fill", "outline"])
def test_a_mask_is_seen_even_where_it_covers_everything(shown: Easel, overlay: sheet.Overlay) -> None:
    shown.overlay = overlay
    plain = shown.grab().toImage()
    add(shown, np.full((12, 16), 255))
    assert shown.grab().toImage() != plain
    shown._editing.configure(masked=False)
    assert shown.grab().toImage() == plain


@pytest.mark.parametrize("overlay", ["fill", "outline"])
def test_what_a_stroke_changes_looks_as_if_all_were_drawn_anew(
    qtbot: QtBot, shown: Easel, overlay: sheet.Overlay
) -> None:
    shown.overlay = overlay
    shown._editing.set_tool(size=3.3, soft=0.5)
    stroke(shown, (2, 3), (6.3, 9.1), (15.9, 2.2))
    stroke(shown, (5, 1), (7, 7), button=Qt.MouseButton.RightButton)
    QTest.mouseMove(shown, QPoint(1, 1))
    shown._point(None)
    changed = shown.grab().toImage()
    anew = easel(qtbot, shown._editing.state, shown._painter)
    anew.overlay = overlay
    assert anew.grab().toImage() == changed


def test_only_what_an_event_of_the_mouse_changed_is_drawn_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    class Large(TinyPictures):
        data_shape = (1, 1024, 1024)

    shown = easel(qtbot, staged(Large()))
    shown._editing.set_tool(size=64.0)
    drawn: list[int] = []
    whole = pixels.masked
    monkeypatch.setattr(pixels, "masked", lambda mask, *rest: drawn.append(mask.size) or whole(mask, *rest))
    mouse(shown, PRESS, (300, 300))
    mouse(shown, MOVE, (310, 305))
    assert len(drawn) == 2
    assert max(drawn) < 40 * 40
    mouse(shown, RELEASE, (310, 305))
    QApplication.processEvents()
    assert max(drawn) < 40 * 40


def test_the_change_lies_over_the_picture_where_there_is_some(shown: Easel) -> None:
    change = np.zeros((12, 16))
    change[:, 8:] = 0.5
    shown.set_heat(change, 0.5)
    hot = QColor(*map(int, theme.sequential()[255]))
    assert seen(shown, 3, 6).name() == "#808080"
    assert abs(seen(shown, 12, 6).red() - hot.red()) < 30
    assert abs(seen(shown, 12, 6).blue() - hot.blue()) < 30
    shown.set_heat(None)
    assert seen(shown, 12, 6).name() == "#808080"


def test_premultiplied_colours_are_those_of_qt() -> None:
    colours = np.array([[200, 100, 0], [255, 255, 255], [10, 20, 30]], np.uint8)
    opacity = np.array([0, 255, 128], np.uint8)
    found = pixels.translucent(colours, opacity)
    assert [f"{value:08x}" for value in found] == ["00000000", "ffffffff", "80050a0f"]
    assert (pixels.heat(np.zeros((2, 3)), 1.0) == 0).all()
    assert (to_uint8(np.ones((1, 2, 3)), 0, 1) == 255).all()


# -- the pointer, the wheel and keys -----------------------------------------------------------------------------


def test_what_is_under_the_pointer_is_told(shown: Easel) -> None:
    told: list[str] = []
    shown.hovered.connect(told.append)
    values = np.zeros((1, 12, 16))
    values[0, 7, 12] = -0.314
    shown.show_values(values, 1.0, False)
    mouse(shown, MOVE, (12.4, 7.9), held=Qt.MouseButton.NoButton)
    assert told[-1] == "pixel 12, 7: n −0.31, m 0.00"
    mouse(shown, PRESS, (12.4, 7.9))
    assert told[-1] == "pixel 12, 7: n −0.31, m 1.00"
    mouse(shown, RELEASE, (12.4, 7.9))
    shown.show_values(np.repeat(values, 3, 0), 1.0, False, "x₀")
    assert told[-1] == "pixel 12, 7: x₀ −0.31 −0.31 −0.31, m 1.00"
    mouse(shown, MOVE, (16.5, 7.9), held=Qt.MouseButton.NoButton)
    assert told[-1] == ""
    mouse(shown, MOVE, (16, 12), held=Qt.MouseButton.NoButton)
    assert told[-1].startswith("pixel 15, 11:")


def test_a_ring_of_the_size_of_the_brush_goes_with_the_pointer(shown: Easel) -> None:
    shown._editing.set_tool(size=6.0)
    plain = seen(shown, 11.0, 6.0)
    mouse(shown, MOVE, (8.0, 6.0), held=Qt.MouseButton.NoButton)
    assert seen(shown, 11.0, 6.0) != plain
    shown._editing.set_tool(tool="fill")
    assert seen(shown, 11.0, 6.0) == plain


def test_the_wheel_and_keys_change_the_brush(shown: Easel) -> None:
    work = shown._editing
    work.set_tool(size=5.0, soft=0.5)
    turn(shown, 2)
    assert work.size == pytest.approx(5 * NOTCH**2)
    turn(shown, -3, CTRL)
    assert work.soft == pytest.approx(0.5 - 3 * SOFTER)
    QTest.keyClicks(shown, "[[]{{}")
    assert work.size == pytest.approx(5 * NOTCH)
    assert work.soft == pytest.approx(0.5 - 4 * SOFTER)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Left])
def test_keys_that_it_does_not_need_go_on_to_the_window(shown: Easel, key: Qt.Key) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, NONE)
    shown.keyPressEvent(event)
    assert not event.isAccepted()


def test_it_explains_itself_until_one_has_painted_on_it(shown: Easel) -> None:
    assert "Alt" in shown.toolTip()
    assert shown.accessibleName() == "latent"
    stroke(shown, (3, 3), (4, 4))
    assert shown.toolTip() == ""
    assert "Alt" in shown.accessibleDescription()


# -- masks of another size ---------------------------------------------------------------------------------------


def test_a_mask_of_another_size_is_not_painted_and_two_buttons_mend_it(qtbot: QtBot, shown: Easel) -> None:
    told: list[str] = []
    shown._editing.state.message.connect(told.append)
    add(shown, np.full((24, 32), 255))
    refusal = shown._refusal
    assert refusal.isVisible()
    assert "32 × 24" in refusal.label.text()
    assert shown.rect().contains(refusal.geometry())
    stroke(shown, (3, 3), (9, 3))
    assert told == [shown._editing.refusal]
    assert (shown._editing.pixels() == 255).all()
    QTest.mouseClick(refusal.resample, Qt.MouseButton.LeftButton)
    assert not refusal.isVisible()
    assert shown._editing.pixels().shape == (12, 16)
    shown._editing.state.undo.undo()
    QTest.mouseClick(refusal.new, Qt.MouseButton.LeftButton)
    assert not refusal.isVisible()
    stroke(shown, (3, 3), (9, 3))
    assert [each.label for each in shown._editing.state.masks.masks] == ["mask", "mask 2"]


def test_one_easel_of_a_page_says_so(qtbot: QtBot, shown: Easel) -> None:
    shown.overlay = "outline"
    add(shown, np.full((24, 32), 255))
    assert not shown._refusal.isVisible()
    shown.overlay = "fill"
    assert shown._refusal.isVisible()


def test_a_picture_of_another_model_is_not_painted_on(shown: Easel) -> None:
    shown.show_values(np.zeros((1, 6, 8)), 1.0, False)
    stroke(shown, (3, 3), (5, 3))
    assert not shown._editing.state.masks.masks
