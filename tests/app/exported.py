"""The export dialog as one opens and uses it. Shared by the tests of exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit

from app.bind import NumberBox
from app.export.dialog import FigureDialog
from app.window import Window
from tests.app.opened import settle, wait


def export_dialog(window: Window) -> FigureDialog:
    """The dialog that Ctrl+E shows, once its page is seen, or the sentence in its place."""
    activate(window)
    QTest.keySequence(window, QKeySequence("Ctrl+E"))
    dialog = window.findChild(FigureDialog)
    assert dialog is not None
    assert dialog.isVisible()
    calm(dialog)
    return dialog


def activate(window: Window) -> None:
    """Let keys go to the window again, as the desktop does when a dialog closes."""
    window.activateWindow()
    wait(window.isActiveWindow)


def calm(dialog: FigureDialog) -> None:
    """Wait until the page is the one that is wanted."""
    wait(lambda: dialog.page.busy.isHidden() and dialog.main.bridge.idle)


def click(button: QAbstractButton) -> None:
    """Click it."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(field: NumberBox | QLineEdit, text: str) -> None:
    """Type in place of what stands there, and confirm."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def save(dialog: FigureDialog, path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What is saved there by the button: its bytes."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    click(dialog.save_button)
    settle(dialog.main, lambda: not dialog.stop.isVisible() and dialog.main.bridge.idle)
    return path.read_bytes()
