"""The filmstrip: where frames stand, what they say, and which one is asked for."""

# spec: A5

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.views.filmstrip import LARGEST, Filmstrip
from tests.app.futured import NextFrames, futured

NONE = Qt.KeyboardModifier.NoModifier


def _inside(strip: Filmstrip, frames: int) -> bool:
    return all(strip.rect().contains(strip.place(frame)) for frame in range(frames))


def test_sixteen_frames_stand_in_one_line_or_in_two_where_there_is_little_room(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip = desk.page.strip
        for width, lines in ((1100, 1), (400, 2)):
            strip.setParent(None)
            qtbot.addWidget(strip)
            strip.resize(width, 10)
            strip.resize(width, strip.sizeHint().height())
            places = [strip.place(frame) for frame in range(16)]
            assert len({place.top() for place in places}) == lines
            assert not any(a.intersects(b) for a in places for b in places if a is not b)
            assert _inside(strip, 16)


def test_two_frames_are_no_larger_than_needed(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames(given=1)) as desk:
        strip = desk.page.strip
        assert strip.place(0).width() == LARGEST
        assert _inside(strip, 2)


def test_frames_say_what_they_are(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip, forecast = desk.page.strip, desk.futures.forecast
        assert forecast is not None
        last = forecast.last
        assert last is not None
        assert strip.told(last).startswith(f"Frame {last}, given. After it several next frames are possible.")
        assert strip.told(last + 1).startswith(f"Frame {last + 1}, the true next frame. After it one next frame is")
        QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, strip.place(last).center(), QPoint(400, 300)))
        assert QToolTip.text() == strip.told(last)
        QToolTip.hideText()


def test_only_the_left_button_on_a_frame_asks_for_it(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip, wanted = desk.page.strip, list[int]()
        strip.chosen.disconnect()
        strip.chosen.connect(wanted.append)
        QTest.mouseClick(strip, Qt.MouseButton.RightButton, NONE, strip.place(7).center())
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, strip.rect().bottomRight())
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, strip.place(7).center())
        assert wanted == [7]


def test_forks_are_drawn_beside_the_numbers_of_frames_after_which_several_may_follow(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        strip, forecast = desk.page.strip, desk.futures.forecast
        assert forecast is not None
        seen = strip.grab().toImage()
        inked = []
        for frame in range(2, 16):
            place = strip.place(frame)
            middle = place.center().x() + strip.fontMetrics().horizontalAdvance(f"{frame}00") // 2
            top = place.bottom() + 3
            colours = {
                seen.pixelColor(x, y).name()
                for x in range(middle - 3, middle + 4)
                for y in range(top + 2, top + strip.fontMetrics().height() - 2)
            }
            inked.append(len(colours) > 1)
        assert inked == list(forecast.sequence.open[2:])
