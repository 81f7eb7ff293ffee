"""An exception in what Qt calls costs that call only, and is told. # spec: -"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import app
from app.safely import safely, tell

HANDLERS = ("event", "eventFilter", "redo", "undo", "mergeWith")
"""Methods that Qt calls, beside those named ...Event."""


class Broken(QWidget):
    """Fails as long as it is meant to, its painter open."""

    fails = True

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        """Red, if it comes so far."""
        painter = QPainter(self)
        if self.fails:
            raise IndexError("tuple index out of range")
        painter.fillRect(self.rect(), QColor("red"))

    @safely
    def event(self, event: QEvent) -> bool:
        """Knows no keys."""
        if self.fails and event.type() is QEvent.Type.KeyPress:
            return bool({}["key"])
        return super().event(event)

    @safely
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """An error of C's, as numpy raises it."""
        if self.fails:
            (1, 2)[len(self.children()) + 2]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What the hook of all errors hears."""
    errors: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: errors.append(error))
    return errors


@pytest.fixture
def broken(qtbot: QtBot) -> Broken:
    widget = Broken()
    qtbot.addWidget(widget)
    widget.resize(40, 40)
    return widget


def test_a_painting_that_fails_costs_itself_only(broken: Broken, told: list[BaseException]) -> None:
    broken.grab()
    assert [type(error) for error in told] == [IndexError]
    told.clear()
    broken.fails = False
    assert broken.grab().toImage().pixelColor(20, 20) == QColor("red")
    assert not told


def test_a_handler_that_fails_has_not_dealt_with_the_event(broken: Broken, told: list[BaseException]) -> None:
    QTest.keyClick(broken, Qt.Key.Key_A)
    assert [repr(error) for error in told] == ["KeyError('key')", "IndexError('tuple index out of range')"]
    assert broken.event(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)) is False


def test_a_fault_is_told_once_and_heard_by_the_others(told: list[BaseException]) -> None:
    sentences: list[str] = []
    tell(sentences.append)
    for error in (ValueError("two\nlines"), ValueError("two\nlines"), KeyError("k")):
        sys.excepthook(type(error), error, None)
    assert len(told) == 3
    assert sentences == [
        "A fault of Latent Loupe, please report it: ValueError: two lines.",
        "A fault of Latent Loupe, please report it: KeyError: 'k'.",
    ]


def test_a_running_program_tells_of_a_fault_in_a_slot_in_its_banner(tmp_path: Path) -> None:
    code = """
import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from app import window

def fail():
    {}["nothing"]

def look():
    (shown,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, window.Window)]
    print(*[label.text() for label in shown.banner.findChildren(QLabel) if label.isVisible()])
    timer.stop()
    shown.close()

window.make_application()
turns = iter([fail, look])
timer = QTimer()
timer.timeout.connect(lambda: next(turns)())
timer.start()
window.main([])
"""
    homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "CACHE")}
    environment = {"PATH": "", "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), **homes}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, cwd=Path.cwd()
    )
    assert done.returncode == 0, done.stderr
    assert "please report it: KeyError: 'nothing'." in done.stdout
    assert "Traceback" in done.stderr


def test_every_method_of_ours_that_qt_calls_is_safe() -> None:
    bare = [
        f"{path.name}: {method.name}"
        for path in Path(app.__path__[0]).rglob("*.py")
        for kind in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.FunctionDef) and _is_called_by_qt(path, method.name)
        if not any(isinstance(each, ast.Name) and each.id == "safely" for each in method.decorator_list)
    ]
    assert not bare


def _is_called_by_qt(path: Path, name: str) -> bool:
    return name.endswith("Event") or name in HANDLERS[:2] or (path.name == "undo.py" and name in HANDLERS)
