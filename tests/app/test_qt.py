"""The binding itself: the pinned version, no lost references in void calls, no wrappers that outlive what they wrap,
the order of imports. # spec: -
"""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from pathlib import Path

import PySide6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget, QWidgetItem
from pytestqt.qtbot import QtBot

import app
from app.views.pane import Pane


def test_the_binding_is_the_pinned_one() -> None:
    assert PySide6.__version__ == "6.10.3"


def test_void_calls_lose_no_references(qapp: QApplication) -> None:
    timer, widget = QTimer(), QWidget()
    before = sys.getrefcount(None)
    for _ in range(10_000):
        timer.stop()
        widget.update()
    assert sys.getrefcount(None) > before - 1000
    widget.deleteLater()


def test_no_item_of_a_layout_is_asked_for() -> None:
    # The layout frees it and tells nobody: what lies at its address next is then taken for it, and freed twice.
    asked = re.compile(r"\.(itemAt|takeAt|itemAtPosition|replaceWidget|spacerItem)\(")
    sources = Path(app.__path__[0]).rglob("*.py")
    assert not [path.name for path in sources if asked.search(path.read_text(encoding="utf-8"))]


def test_the_window_is_up_before_torch() -> None:
    code = (
        "import sys\nfrom app.window import Window, make_application\nmake_application()\n"
        "import PySide6, engine.models\nassert 'torch' not in sys.modules, 'torch was imported first'"
    )
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "", "HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_a_heading_that_changes_its_place_leaves_no_wrapper_behind(qtbot: QtBot) -> None:
    def wrapped() -> int:
        return sum(type(thing) is QWidgetItem for thing in gc.get_objects())

    before = wrapped()
    pane = Pane()
    qtbot.addWidget(pane)
    for width in (800, 100, 800):
        pane.resize(width, 300)
        pane.grab()
    assert wrapped() == before
