"""What every test of the window needs: an offscreen screen, settings of its own, and nothing left behind."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch  # noqa: F401, I001  before Qt, whose libraries must not be loaded first on Windows
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication, QMenu

if TYPE_CHECKING:
    from app.window import Window
    from tests.app.desk import Paced


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> None:
    """Settings are read from and written to a folder of this test."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(tmp_path / "settings"))
        QSettings.setPath(QSettings.Format.NativeFormat, scope, str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def no_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this computer's user measured is not there, and nothing is added to it."""
    monkeypatch.setattr("app.experimenter.RESULTS", tmp_path / "experiments")
    monkeypatch.setattr("engine.analysis.basemap.HOME", tmp_path / "maps")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Watch for leaks where a test has a window."""
    if "qapp" in getattr(item, "fixturenames", ()):
        item.fixturenames.insert(0, "leaks")  # type: ignore[attr-defined]


@pytest.fixture
def leaks(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window, a running timer or a Qt thread behind."""
    before = set(QApplication.topLevelWidgets())
    gc.freeze()  # what is there already is neither collected nor looked at again, which would take a second a test
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    gc.collect()
    # pyqtgraph's menus have no parent: they go when Python collects their plot, not with it.
    windows = [widget for widget in QApplication.topLevelWidgets() if not isinstance(widget, QMenu)]
    left: list[object] = [widget for widget in windows if widget not in before]
    left += [o for o in gc.get_objects() if issubclass(type(o), QThread) and o.isRunning()]
    left += [o for o in gc.get_objects() if issubclass(type(o), QTimer) and _runs(o)]
    assert not left, f"left behind: {left}"


@pytest.fixture
def paced() -> Paced:
    """A model that waits until it is allowed to evaluate."""
    from tests.app.desk import Paced

    return Paced()


@pytest.fixture
def window(qapp: QApplication) -> Iterator[Window]:
    """The whole window after its first drawing, closed at the end."""
    from tests.app.opened import opened

    with opened() as window:
        yield window


def _runs(timer: QTimer) -> bool:
    try:
        return timer.isActive()
    except RuntimeError:  # its C++ half is gone already
        return False
