"""The strip as one uses it: clicks, keys, what is typed, the animation, the export. # spec: L2, L3, L5, L6, L8"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.strips import VARIES
from app.views.strip import Played, StripPanel
from app.window import LEFT
from tests.app.opened import wait
from tests.app.stripped import calm, other, painted, stripped
from tests.app.views.stage import TinyPictures, colour, draw, put_away

TINY: Any = TinyPictures()


class Stage:
    """A panel on the screen, its strips and who answers them."""

    def __init__(self, qtbot: QtBot) -> None:
        self.strips, self.desk, self.state = stripped()
        self.state.select([2, 0])
        calm(self.strips)
        self.panel = StripPanel(self.strips)
        qtbot.addWidget(self.panel, before_close_func=lambda _: self.put_away())
        self.panel.resize(900, 300)
        self.panel.show()
        self.desk.answer()
        self.settle()

    def put_away(self) -> None:
        self.strips.set_active(False)
        put_away(self.panel, self.state)

    def settle(self) -> None:
        """Let the moment pass after which a strip is drawn, and the panel be shown anew."""
        calm(self.strips)
        self.panel._refresh()

    def redraw(self) -> None:
        """Draw the current Run, then the strip, if it is asked for."""
        draw(self.state, TINY)
        asked = len(self.desk.asked)
        calm(self.strips)
        if len(self.desk.asked) > asked:
            self.desk.answer()
        self.settle()

    def click(self, qtbot: QtBot, column: int, row: int = 0) -> None:
        spot = self.panel.sheet.place(column, row).center()
        qtbot.mouseClick(self.panel.sheet, Qt.MouseButton.LeftButton, pos=spot)


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot)


def strength(state: State) -> float:
    return float(state.run.latents.edits[-1].model_dump()["strength"])


def framed(stage: Stage, column: int) -> bool:
    """Whether the column stands in a frame of the accent colour."""
    place = stage.panel.sheet.place(column, 0)
    return colour(stage.panel.sheet, place.left() - 2, place.center().y()) == QColor(theme.scheme().accent)


def test_each_picture_shows_what_was_drawn(stage: Stage) -> None:
    sheet = stage.strips.sheet
    assert sheet is not None
    for column, row in ((0, 0), (4, 1), (8, 0)):
        pictures = sheet.pictures[column]
        assert pictures is not None
        place = stage.panel.sheet.place(column, row)
        pixel = place.width() / 6
        for y, x in ((0, 0), (2, 4)):
            seen = colour(stage.panel.sheet, place.left() + (x + 0.5) * pixel, place.top() + (y + 0.5) * pixel).red()
            expected = np.clip((pictures[row, 0, y, x] + 1) / 2, 0, 1) * 255
            assert abs(seen - expected) <= 1


def test_a_click_sets_lambda_and_the_frame_moves_there(stage: Stage, qtbot: QtBot) -> None:
    assert [framed(stage, column) for column in (3, 4, 5)] == [False, True, False]
    stage.click(qtbot, 6, row=1)
    stage.redraw()
    assert strength(stage.state) == stage.panel.sheet.columns[6].value
    assert [framed(stage, column) for column in (4, 6)] == [False, True]
    assert "sd, chosen" in stage.panel.sheet.accessibleDescription()
    stage.state.undo.undo()
    stage.redraw()
    assert framed(stage, 4)


def test_the_arrow_keys_go_from_column_to_column(stage: Stage, qtbot: QtBot) -> None:
    stage.panel.sheet.setFocus()
    for key, column in ((Qt.Key.Key_Right, 5), (Qt.Key.Key_Right, 6), (Qt.Key.Key_Left, 5)):
        qtbot.keyClick(stage.panel.sheet, key)
        assert stage.strips.current == column
    assert strength(stage.state) == stage.panel.sheet.columns[5].value


def test_the_slider_of_lambda_moves_the_frame_to_the_nearest_column(stage: Stage) -> None:
    for value, column in ((0.1, 4), (0.3, 5), (-1.4, 0)):
        stage.strips.editing.set("λ", strength=value)
        stage.panel._refresh()
        assert framed(stage, column)
    stage.strips.editing.set("λ", strength=2.0)
    stage.panel._refresh()
    assert not any(framed(stage, column) for column in range(9)), "what is beyond the strip is not in it"


def test_a_range_is_typed_and_fitted_again(stage: Stage, qtbot: QtBot) -> None:
    panel = stage.panel
    assert (panel.low.value(), panel.high.value(), panel.count.value()) == (-1.5, 1.5, 9)
    assert not panel.fit.isEnabled()
    for box, text in ((panel.low, "-0.2"), (panel.high, "0.4"), (panel.count, "4")):
        box.selectAll()
        qtbot.keyClicks(box, text)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        stage.redraw()
    assert [column.caption for column in panel.sheet.columns] == ["−0.2", "0", "0.2", "0.4"]
    assert panel.sheet.columns[1].note == "unchanged"
    qtbot.mouseClick(panel.fit, Qt.MouseButton.LeftButton)
    stage.redraw()
    assert (panel.low.value(), panel.high.value()) == (-1.5, 1.5)


def test_what_varies_is_chosen(stage: Stage, qtbot: QtBot) -> None:
    panel = stage.panel
    panel.varies.setFocus()
    for _ in range(VARIES.index("steps")):
        qtbot.keyClick(panel.varies, Qt.Key.Key_Down)
    stage.redraw()
    assert panel.varies.currentText() == "Over steps"
    assert not panel.low.isVisible()
    assert [column.caption for column in panel.sheet.columns] == [f"{n} steps" for n in (5, 6, 10, 22, 50)]
    stage.click(qtbot, 2)
    assert stage.state.run.schedule.steps == 10
    panel.varies.activated.emit(VARIES.index("none"))
    stage.settle()
    assert panel.sentence == ""
    assert not panel.sheet.isVisible()
    assert not panel.message.isVisible()
    assert panel.needed(900, 400) < 50


def test_models_stand_beside_each_other_with_their_correlation(stage: Stage, qtbot: QtBot) -> None:
    stage.state.add_models(other())
    stage.panel.varies.activated.emit(VARIES.index("model"))
    stage.redraw()
    lines = dict(stage.panel.sheet._numbers)
    assert lines["r of 5 pairs"] == ["", "1.00"]
    assert -1 <= float(lines["r shuffled"][1]) < 1
    stage.click(qtbot, 1)
    assert stage.state.model.name == "other"


def test_a_stroke_draws_it_anew(stage: Stage) -> None:
    before = stage.panel.grab().toImage()
    painted(stage.strips)
    stage.redraw()
    assert stage.strips.complete
    assert stage.panel.grab().toImage() != before


def test_while_it_is_drawn_it_tells_how_far_and_is_cancelled(stage: Stage, qtbot: QtBot) -> None:
    stage.state.change("seed", latents={"seed": 5})
    draw(stage.state, TINY)
    calm(stage.strips)
    stage.desk.answer(30)
    stage.panel._refresh()
    assert stage.panel.progress.text() == "47 %"
    assert stage.panel.stop.text() == "Cancel"
    assert not stage.panel.save.isEnabled()
    qtbot.mouseClick(stage.panel.stop, Qt.MouseButton.LeftButton)
    stage.desk.tell("cancelled")
    stage.panel._refresh()
    assert stage.panel.stop.text() == "Draw"
    qtbot.mouseClick(stage.panel.stop, Qt.MouseButton.LeftButton)
    stage.redraw()
    assert not stage.panel.stop.isVisible()
    assert stage.panel.save.isEnabled()


def test_what_failed_says_why_and_is_tried_again(stage: Stage, qtbot: QtBot) -> None:
    stage.state.change("seed", latents={"seed": 5})
    draw(stage.state, TINY)
    calm(stage.strips)
    stage.desk.tell("failed", "Not enough memory.")
    stage.panel._refresh()
    assert stage.panel.sentence == "Not enough memory."
    qtbot.mouseClick(stage.panel.message.mend, Qt.MouseButton.LeftButton)
    stage.redraw()
    assert stage.panel.sentence == ""


def test_the_animation_goes_through_all_columns(stage: Stage, qtbot: QtBot) -> None:
    told: list[Played | None] = []
    stage.panel.shown.connect(told.append)
    stage.panel.player.speed.setCurrentIndex(stage.panel.player.speed.count() - 1)
    qtbot.mouseClick(stage.panel.player.play, Qt.MouseButton.LeftButton)
    assert stage.panel.sheet.played == 0
    wait(lambda: not stage.panel.player.playing)
    assert [played.column.value for played in told[:-1] if played] == [c.value for c in stage.panel.sheet.columns]
    assert told[-1] is None
    assert told[3] is not None
    assert told[3].particles == (2, 0)
    assert stage.strips.sheet is not None
    assert told[3].pictures is stage.strips.sheet.pictures[3]
    assert stage.panel.sheet.played is None


def test_a_loop_goes_on_until_it_is_stopped_or_hidden(stage: Stage, qtbot: QtBot) -> None:
    told: list[Played | None] = []
    player = stage.panel.player
    stage.panel.shown.connect(told.append)
    player.speed.setCurrentIndex(player.speed.count() - 1)
    player.loop.click()
    qtbot.mouseClick(player.play, Qt.MouseButton.LeftButton)
    wait(lambda: len(told) > 10)
    assert None not in told
    stage.panel.hide()
    assert not player.playing
    assert told[-1] is None


def test_its_button_asks_for_the_figure_once_it_is_drawn(stage: Stage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(stage.panel.export_wanted):
        qtbot.mouseClick(stage.panel.save, Qt.MouseButton.LeftButton)
    stage.state.change("seed", latents={"seed": 5})
    draw(stage.state, TINY)
    wait(lambda: not stage.panel.save.isEnabled())


def test_everything_has_a_name_and_a_tooltip(stage: Stage) -> None:
    panel = stage.panel
    controls = (panel.varies, panel.low, panel.high, panel.count, panel.fit, panel.stop, panel.save)
    for widget in (*controls, panel.player.play, panel.player.loop, panel.player.speed):
        assert widget.accessibleName()
        assert widget.toolTip()
    assert "click to choose it" in panel.sheet._told(0)


def test_rows_stay_in_sight_in_a_low_panel(stage: Stage) -> None:
    stage.state.select([0, 1, 2, 3])
    stage.settle()
    stage.panel.resize(700, stage.panel.minimumSizeHint().height())
    last = stage.panel.sheet.place(8, 3)
    assert stage.panel.sheet.rect().contains(last.bottomRight())
    assert last.width() >= 24


def test_while_it_is_drawn_the_heading_moves_no_panel_of_a_small_window(stage: Stage) -> None:
    stage.strips.set_range((-0.2, 0.4), 9)
    stage.settle()
    assert stage.panel.stop.isVisible()
    assert stage.panel.fit.isVisible()
    assert stage.panel.minimumSizeHint().width() < 1024 - LEFT
