"""The window's part of the self-test: `python -m app.self_test_window FOLDER`, a process that `self_test` starts.

It prints what it did and ends with 0, or says in a sentence on stderr what went wrong and ends with 1.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.export.dialog import FigureDialog
from app.window import Window, make_application
from app.workspaces import EXPLORE, TIPS
from engine.figures import carried
from engine.self_test import Failed, need

SECONDS = 120
"""Time that each part may take."""

BUNDLED = getattr(sys, "frozen", False) and sys.platform == "linux"
"""Whether this is the bundle, on a system that tells what is loaded."""

SYSTEM, PYTHON = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"), "/python3"
"""Where the system's libraries lie, and in a folder of which name those of its Python, which are not wanted."""


def main(folder: Path) -> str:
    """Open the window, draw, click on the timeline, show all workspaces, export and close; what was seen, in words."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    before = set(threading.enumerate())
    application = make_application()
    window = Window()
    try:
        seconds = _use(window, folder)
        strange = strangers(Path("/proc/self/maps").read_text(), Path(sys.executable)) if BUNDLED else []
    finally:  # also where something is wrong: a thread that goes on would keep the process
        window.close()
        window.deleteLater()
        application.processEvents()
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    need(not left, f"The window is closed and still runs {', '.join(left)}.")
    need(not strange, f"The bundle uses what is not its own: {', '.join(strange)}.")
    return f"first picture after {seconds:.1f} s, {len(TIPS)} workspaces, closed ({QApplication.platformName()})"


def _use(window: Window, folder: Path) -> float:
    """All that is done with the window; the seconds until its first picture."""
    begun = time.perf_counter()
    window.show()
    window.start()
    _wait(lambda: window.state.drawing("current").trajectory is not None and window.bridge.idle, "draws no picture")
    first = time.perf_counter() - begun
    _click_on_timeline(window)
    for number, name in enumerate(TIPS, 1):
        QTest.mouseClick(window.workspaces.buttons.button(number), Qt.MouseButton.LeftButton)
        _wait(lambda name=name: window.workspaces.name == name and window.bridge.idle, f"does not show {name}")  # type: ignore[misc]
    window.workspaces.show(EXPLORE)
    _export(window, folder)
    return first


def strangers(maps: str, program: Path) -> list[str]:
    """The libraries in a process's /proc/PID/maps that are neither in the folder of `program` nor the system's."""
    files = {line.split(maxsplit=5)[5] for line in maps.splitlines() if ".so" in line}
    others = {file for file in files if not file.startswith(f"{program.parent}/")}
    return sorted(file for file in others if not file.startswith(SYSTEM) or PYTHON in file)


def _click_on_timeline(window: Window) -> None:
    """Click in the middle of the track, and see that the playhead goes there."""
    track, state = window.timeline.track, window.state
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() // 2, track.height() // 2))
    last = state.run.schedule.steps
    need(0 < state.playhead < last, f"A click in the middle of the timeline goes to step {state.playhead} of {last}.")


def _export(window: Window, folder: Path) -> None:
    """Save what the canvas shows from the export dialog, and see that the file carries the Run."""
    window.export()
    dialog = window.findChild(FigureDialog)
    if dialog is None:
        raise Failed("The export dialog does not open.")
    path = folder / f"figure.{dialog.kind}"
    dialog.save(path)
    _wait(lambda: path.exists() and window.bridge.idle, "exports no figure")
    sheet = carried.read(path)
    need(sheet is not None and window.state.run in sheet.runs, "The exported figure holds another Run than the window.")
    dialog.close()


def _wait(holds: Callable[[], bool], otherwise: str) -> None:
    """Run the event loop until the condition holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        need(time.monotonic() < end, f"The window {otherwise} within {SECONDS} s.")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


if __name__ == "__main__":
    try:
        print(main(Path(sys.argv[1])))
    except Failed as failed:
        sys.exit(str(failed))
