"""Pace: many arrivals, few pictures, and nothing that runs on when the widget is gone. # spec: -"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.views.pace import CALM, Pace


def test_arrivals_of_one_turn_are_shown_once_and_the_next_ones_later(qtbot: QtBot) -> None:
    widget, shown = QWidget(), list[str]()
    qtbot.addWidget(widget)
    widget.show()
    pace = Pace(widget, lambda: shown.append("shown"), CALM)
    for _ in range(5):
        pace.ask()
    assert shown == []
    qtbot.waitUntil(lambda: shown == ["shown"])
    pace.ask()
    pace.ask()
    assert CALM / 2 < pace._timer.remainingTime() <= CALM
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert not pace._timer.isActive()


def test_what_is_hidden_rests_and_is_brought_up_to_date_when_it_is_seen(qtbot: QtBot) -> None:
    widget, shown = QWidget(), list[str]()
    qtbot.addWidget(widget)
    widget.show()
    pace = Pace(widget, lambda: shown.append("shown"))
    pace.ask()
    widget.hide()
    assert not pace._timer.isActive()
    assert shown == []
    widget.show()
    qtbot.waitUntil(lambda: shown == ["shown"])
