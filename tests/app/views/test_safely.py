"""An exception in a paintEvent is logged, and the next painting is done. # spec: -"""

from __future__ import annotations

import logging

import pytest
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.views.safely import safely


class Broken(QWidget):
    """Fails once, its painter open."""

    fails = True

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        """Red, if it comes so far."""
        painter = QPainter(self)
        if self.fails:
            raise IndexError("tuple index out of range")
        painter.fillRect(self.rect(), QColor("red"))


def test_a_painting_that_fails_costs_itself_only(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    widget = Broken()
    qtbot.addWidget(widget)
    widget.resize(40, 40)
    with caplog.at_level(logging.ERROR):
        widget.grab()
    assert "Broken could not be painted" in caplog.text
    assert "IndexError" in caplog.text
    caplog.clear()
    widget.fails = False
    assert widget.grab().toImage().pixelColor(20, 20) == QColor("red")
    assert not caplog.text
