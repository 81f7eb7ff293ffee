"""The page of futures as a user works with it: clicks and keys, and what is then to be seen."""

# spec: A5

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.bind import ValueRow
from app.controls.rows import ChoiceRow
from app.futures import NONE_ON_OFFER, Looked
from app.views.futures_sheet import PALE
from app.views.rollout import HINT
from tests.app.futured import Desk, NextFrames, futured, settle

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def _click(widget: QWidget, place: QPoint) -> None:
    QTest.mouseClick(widget, LEFT, NONE, place)


def _row(desk: Desk, name: str) -> QWidget:
    return cast("QWidget", desk.page.controls.findChild(QWidget, name))


def _last(desk: Desk) -> int | None:
    return None if desk.futures.forecast is None else desk.futures.forecast.last


def _shown(qtbot: QtBot, desk: Desk) -> None:
    """Wait until all is drawn and painted."""
    settle(qtbot, desk)
    qtbot.wait(60)  # what a view paces


def test_a_click_on_a_frame_gives_the_frames_up_to_it(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip = desk.page.strip
        _click(strip, strip.place(6).center())
        settle(qtbot, desk)
        assert _last(desk) == 6
        assert strip.accessibleDescription().startswith("Given: 4, 5, 6.")
        assert "given" in strip.told(5)
        assert "true next" in strip.told(7)
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.run is not None
        frames = desk.futures.forecast.run.condition.frames
        assert frames is not None
        assert "horizontal 0, frames 4 to 6" in frames.label
        assert cast("ChoiceRow", _row(desk, "frame")).choice.currentIndex() == -1


def test_given_frames_stand_in_the_accent_colour(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip = desk.page.strip
        _click(strip, strip.place(6).center())
        _shown(qtbot, desk)
        seen = strip.grab().toImage()
        edges = {frame: seen.pixelColor(strip.place(frame).topLeft() + QPoint(10, -2)).name() for frame in (4, 6, 9)}
        assert edges[4] == edges[6] == theme.scheme().accent
        assert edges[9] != theme.scheme().accent


def test_arrow_keys_move_the_given_frames(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip, first = desk.page.strip, _last(desk)
        assert first is not None
        QTest.keyClick(strip, Qt.Key.Key_Right)
        settle(qtbot, desk)
        assert _last(desk) == first + 1
        QTest.keyClick(strip, Qt.Key.Key_Left)
        settle(qtbot, desk)
        assert _last(desk) == first


def test_frames_too_early_are_refused_in_place_until_another_is_chosen(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip, note, before = desk.page.strip, desk.page.note, _last(desk)
        _click(strip, strip.place(1).center())
        assert note.isVisible()
        assert "given 3 frames" in note.text()
        assert _last(desk) == before
        assert not desk.undo.count()
        _click(strip, strip.place(8).center())
        assert not note.isVisible()
        settle(qtbot, desk)


def test_a_future_that_is_clicked_stands_large(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        sheet = desk.page.forecast.sheet
        _click(sheet.viewport(), sheet.cell(3).center())
        _shown(qtbot, desk)
        side = desk.page.side
        assert side.picture.name == "Future 3"
        frames = desk.futures.forecast.frames  # type: ignore[union-attr]
        assert frames is not None
        assert side.picture.image is not None
        row, column = divmod(int(frames[3].argmax()), 32)
        assert side.picture.image.pixelColor(column, row).red() == frames[3].max()
        rows = dict(side.readings.rows)
        assert rows["moved, px"][0] in ("4.0 left", "4.0 right")
        assert float(rows["quality Q"][0]) < 0.1
        assert " of 2, " in rows["place"][0]
        assert "horizontal 0" in side.recipe.view.toPlainText()


def test_arrow_keys_go_through_the_futures_and_enter_opens_one(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        sheet, explored = desk.page.forecast.sheet, list[None]()
        desk.page.explored.connect(lambda: explored.append(None))
        QTest.keyClick(sheet, Qt.Key.Key_Right)
        QTest.keyClick(sheet, Qt.Key.Key_Right)
        assert desk.futures.looked == Looked(2)
        QTest.keyClick(sheet, Qt.Key.Key_Left)
        assert desk.futures.looked == Looked(1)
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        assert desk.state.selection == (1,)
        assert len(explored) == 1
        settle(qtbot, desk)


def test_a_double_click_opens_a_future(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        sheet = desk.page.forecast.sheet
        _click(sheet.viewport(), sheet.cell(5).center())
        QTest.mouseDClick(sheet.viewport(), LEFT, NONE, sheet.cell(5).center())
        assert desk.state.run == desk.futures.forecast.run  # type: ignore[union-attr]
        assert desk.state.selection == (5,)
        settle(qtbot, desk)


def test_the_button_opens_what_is_looked_at(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        _shown(qtbot, desk)
        desk.futures.look(Looked(2))
        _click(desk.page.side.open, desk.page.side.open.rect().center())
        assert desk.state.selection == (2,)
        settle(qtbot, desk)


def test_the_futures_of_a_place_that_is_clicked_stand_out(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        _shown(qtbot, desk)
        bars, sheet, futures = desk.page.forecast.places, desk.page.forecast.sheet, desk.futures
        found = futures.forecast.futures  # type: ignore[union-attr]
        assert found is not None
        assert len(found.places) == 2
        _click(bars, bars.bar(1).center())
        assert futures.place == 1
        inside, outside = found.places[1].members[0], found.places[0].members[0]
        seen = sheet.viewport().grab().toImage()
        grounds = [seen.pixelColor(sheet.cell(future).topLeft() + QPoint(2, 2)).red() for future in (inside, outside)]
        assert grounds[0] < 10
        assert abs(grounds[1] - (1 - PALE) * QColor(theme.scheme().base).red()) < 10
        _click(bars, bars.bar(1).center())
        assert futures.place is None
        QTest.keyClick(bars, Qt.Key.Key_Down)
        QTest.keyClick(bars, Qt.Key.Key_Down)
        assert futures.place == 1
        QTest.keyClick(bars, Qt.Key.Key_Escape)
        assert futures.place is None


def test_mean_spread_and_places_are_told_in_words(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        _shown(qtbot, desk)
        view = desk.page.forecast
        assert view.title.text().startswith("2 places, up to 8.0 pixels apart")
        assert view.step.text() == "6 futures"
        assert "4.0 left" in view.places.accessibleDescription()
        assert view.mean.image is not None
        assert view.spread.image is not None
        assert view.sentence == ""


def test_another_sequence_by_number_is_an_undo_step(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        box = cast("ValueRow", _row(desk, "number")).box
        box.selectAll()
        QTest.keyClicks(box, "12")
        QTest.keyClick(box, Qt.Key.Key_Return)
        settle(qtbot, desk)
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.choices.number == 12
        desk.undo.undo()
        assert box.value() == 0
        settle(qtbot, desk)
        assert desk.futures.forecast.choices.number == 0


def test_the_dice_take_another_sequence_and_another_seed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.randrange", lambda most: most - 3)
    with futured(qtbot, NextFrames()) as desk:
        panel = desk.page.controls
        _click(panel.given.die, panel.given.die.rect().center())
        _click(panel.drawn.die, panel.drawn.die.rect().center())
        assert desk.futures.choices.number == 9_997
        assert desk.futures.choices.latents.seed == 999_997
        assert desk.undo.count() == 2
        settle(qtbot, desk)


def test_group_and_kernel_are_offered_once_particles_are_guided(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        group, kernel = _row(desk, "latents.group"), _row(desk, "guidance.kernel")
        assert not group.isVisible()
        assert not kernel.isVisible()
        box = cast("ValueRow", _row(desk, "guidance.k_pg")).box
        box.selectAll()
        QTest.keyClicks(box, "3")
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert group.isVisible()
        assert kernel.isVisible()
        settle(qtbot, desk)
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.run is not None
        assert desk.futures.forecast.run.guided


def test_another_model_is_given_frames_of_its_own_sequences(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames(), NextFrames(given=1, label="around")) as desk:
        choice = desk.page.controls.given.findChild(QComboBox)
        assert choice is not None
        choice.setFocus()
        QTest.keyClick(choice, Qt.Key.Key_Down)
        choice.activated.emit(choice.currentIndex())
        settle(qtbot, desk)
        assert desk.futures.forecast is not None
        assert len(desk.futures.forecast.sequence.frames) == 2
        assert _last(desk) == 0
        assert desk.page.strip.accessibleDescription().startswith("Given: 0.")


def test_without_a_model_of_next_frames_the_page_says_what_to_do(qtbot: QtBot) -> None:
    with futured(qtbot) as desk:
        _shown(qtbot, desk)
        assert desk.page.forecast.sentence == NONE_ON_OFFER
        assert desk.page.controls.given.about.text() == NONE_ON_OFFER
        assert not desk.page.controls.rollout.main.isEnabled()
        assert not desk.page.side.open.isEnabled()
        desk.state.add_models(NextFrames().info)
        _shown(qtbot, desk)
        assert desk.page.forecast.sentence == ""
        assert desk.page.controls.rollout.main.isEnabled()


def test_a_rollout_is_started_looked_at_and_played(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        _shown(qtbot, desk)
        view, sheet, main = desk.page.rollout, desk.page.rollout.sheet, desk.page.controls.rollout.main
        assert view.sentence == HINT
        desk.futures.change("rollout", rollout={"depth": 3, "start": 2, "branches": 2})
        _click(main, main.rect().center())
        assert desk.page.tabs.currentWidget() is view
        _shown(qtbot, desk)
        assert view.sentence == ""
        assert view.done.text() == "3 of 3 frames"
        _click(sheet, sheet.place(1, 3).center())
        assert desk.futures.looked == Looked(3, 1)
        _shown(qtbot, desk)
        assert "particle 3" in desk.page.side.picture.name
        for key, looked in (
            (Qt.Key.Key_Right, Looked(6, 2)),
            (Qt.Key.Key_Down, Looked(7, 2)),
            (Qt.Key.Key_Left, Looked(3, 1)),
            (Qt.Key.Key_Left, Looked(1, 0)),
            (Qt.Key.Key_Up, Looked(0, 0)),
        ):
            QTest.keyClick(sheet, key)
            assert desk.futures.looked == looked
        played: list[int | None] = []
        desk.futures.played_changed.connect(played.append)
        view.player.speed.setCurrentIndex(view.player.speed.count() - 1)
        _click(view.player.play, view.player.play.rect().center())
        settle(qtbot, desk, lambda: None in played)
        assert played == [0, 1, 2, None]
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        assert desk.state.run == desk.futures.rolled.levels[0].run  # type: ignore[union-attr]
        settle(qtbot, desk)


def test_more_frames_than_can_be_shown_are_refused_in_place(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        group = desk.page.controls.rollout
        desk.futures.change("rollout", rollout={"depth": 12, "branches": 4})
        assert group.note.isVisible()
        assert "lower depth, branches or" in group.note.text()
        assert not group.main.isEnabled()
        desk.undo.undo()
        assert not group.note.isVisible()
        assert group.main.isEnabled()


def test_beyond_what_the_sequences_hold_a_rollout_says_that_it_guesses(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames(given=1)) as desk:
        desk.futures.change("rollout", rollout={"depth": 2, "start": 1})
        desk.futures.start_wanted.emit()
        _shown(qtbot, desk)
        assert "guess" in desk.page.rollout.note.text()
        assert desk.page.rollout.note.isVisible() is (desk.page.tabs.currentWidget() is desk.page.rollout)
