"""Windows that keep their sessions in a folder of the test, and one in a process of its own that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent

from app.window import Window
from engine import mask
from engine.mask import Mask
from tests.app.opened import opened, settle

SEED, CHOSEN, PLAYHEAD = 12, (2, 4), 5


@contextmanager
def alone() -> Iterator[Window]:
    """A window of which nothing is left afterwards, so that the next one of a test is not slowed down by it."""
    with opened() as window:
        yield window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@contextmanager
def keeping(home: Path) -> Iterator[Window]:
    """A window that keeps its session in that folder, as the program's own does."""
    with alone() as window:
        window.sessions.begin(home)
        yield window


def stroke() -> Mask:
    """What is painted: a rectangle, soft at one side."""
    painted = np.zeros((32, 32), np.uint8)
    painted[4:12, 6:20] = 255
    painted[4:12, 20] = 90
    return painted


def work(window: Window) -> None:
    """Pin, change, paint, select and scrub, and stay in Latents."""
    state = window.state
    state.change("count", latents={"count": 6, "seed": SEED}, schedule={"steps": 8})
    settle(window)
    window.toggle_pin()
    state.change("churn", sampler={"churn": 3.0})
    window.workspaces.show("Latents")
    assert window.latents is not None
    state.select(CHOSEN)
    window.latents.editing.paint(stroke(), "paint")
    window.latents.editing.set_tool(tool="ellipse")
    state.set_playhead(PLAYHEAD)
    state.show("x")
    settle(window)


def assert_worked(window: Window) -> None:
    """All that `work` did is there."""
    state = window.state
    assert state.run.latents.seed == SEED
    assert state.run.sampler.values()["churn"] == 3.0
    assert state.pinned is not None
    assert state.pinned.sampler.values()["churn"] == 0.0
    assert state.pinned.latents.seed == SEED
    assert state.selection == CHOSEN
    assert state.playhead == PLAYHEAD
    assert state.shown == "x"
    assert window.workspaces.name == "Latents"
    assert window.latents is not None
    assert window.latents.editing.tool == "ellipse"
    assert state.masks.active is not None
    assert (mask.read(state.masks.active) == stroke()).all()
    assert state.run.latents.edits[0].model_dump()["mask"]["sha256"] == state.masks.active.sha256


def process(home: Path, folder: Path) -> subprocess.Popen[str]:
    """A window in a process of its own that has done its `work`, says "kept" when that is on the disk, and goes on."""
    own = {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **own}
    command = [sys.executable, "-m", "tests.app.kept", str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def main(home: Path) -> None:
    """Work, and go on drawing until killed."""
    with keeping(home) as window:
        work(window)
        assert window.sessions.autosave is not None
        window.sessions.autosave.flush()
        print("kept", flush=True)
        settle(window, lambda: False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
