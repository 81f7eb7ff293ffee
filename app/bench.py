"""Bench of the window: `python -m app.bench PART` measures one part and prints its rows as JSON for `engine.bench`.

Parts: `up` (window up, against a bare one), `loop` (event-loop gaps), `control` (control to picture), `training` (both
of these while a U-Net is trained), `scrub`, `paint`, `map`.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from PySide6.QtCore import QElapsedTimer, QEventLoop, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

if TYPE_CHECKING:
    from app.window import Window
    from engine.bench import Row
    from engine.trajectory import Trajectory

REPEATS = 5

SCRUBBED = 8
"""Steps of the Runs that are scrubbed: 16 pictures of 256 x 256 RGB take 0.1 GiB a step."""


def main() -> None:
    """Run the part named on the command line."""
    part = sys.argv[1]
    if part in _STARTS:
        print(json.dumps(_STARTS[part]()))
        return
    print(json.dumps([asdict(row) for row in _PARTS[part]()]))


# -- start-up: each start in a process of its own ------------------------------------------------------------------


def start_bare() -> dict[str, float]:
    """A bare window with an empty plot: seconds from the process's start to its first turn of the event loop."""
    import pyqtgraph

    application = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(pyqtgraph.PlotWidget())
    window.show()
    application.processEvents()
    return {"up": _age()}


def start_ours() -> dict[str, float]:
    """Our window: seconds to the first turn of the loop and to the first picture; the longest gap on the way, in ms."""
    window = shown()
    QApplication.processEvents()
    up = _age()
    gaps = Gaps()
    window.start()
    wait(lambda: window.state.drawing("current").preview is not None or window.state.step("current") is not None)
    window.canvas.repaint()
    picture = _age()
    wait(lambda: not window.state.drawing("current").running)
    window.close()
    return {"up": up, "picture": picture, "gap": max(gaps.stop())}


def up() -> list[Row]:
    """Both starts, in turns."""
    from engine.bench import Row

    turns = [(start("start-bare"), start("start-ours")) for _ in range(REPEATS)]
    bare, ours = zip(*turns, strict=True)
    ratio = statistics.median(a["up"] / b["up"] for a, b in zip(ours, bare, strict=True))
    medians = {key: statistics.median(start[key] for start in ours) for key in ("up", "picture", "gap")}
    how = f"median of {REPEATS} cold processes in turns; {medians['up']:.2f} s after the process's start"
    return [
        Row("window up, against a bare PySide6 + pyqtgraph window", ratio, "×", 1.3, how),
        Row("first picture of the default model after start", medians["picture"], "s", 5, "the same starts"),
        Row("longest gap while torch is imported", medians["gap"], "ms", 1000, "the same starts"),
    ]


def start(part: str) -> dict[str, float]:
    """What that part measures in a process of its own and prints as JSON."""
    from engine import separate

    done = subprocess.run([*separate.command("app.bench"), part], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _age() -> float:
    """Seconds since this process was started."""
    return time.time() - float(psutil.Process().create_time())


# -- the running window ----------------------------------------------------------------------------------------------


class Gaps:
    """A timer that fires whenever the event loop is free; `stop` gives the times between firings in milliseconds."""

    def __init__(self) -> None:
        self._gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fired)
        self._timer.start(1)

    def _fired(self) -> None:
        self._gaps.append(self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()

    def stop(self) -> list[float]:
        """End the measurement."""
        self._timer.stop()
        return self._gaps


def loop() -> list[Row]:
    """Gaps of the event loop while Runs of the default model follow one another for ten seconds."""
    window = open_and_draw()
    gaps, end = Gaps(), time.perf_counter() + 10
    seed = 0
    while time.perf_counter() < end:
        seed += 1
        window.state.change("seed", latents={"seed": seed, "count": 64})
        wait(lambda: not window.state.drawing("current").running)
    measured = gaps.stop()
    window.close()
    return _loop_rows("sampling", measured, f"digits-ideal, 64 particles, {seed} Runs in 10 s")


def _loop_rows(doing: str, gaps: list[float], how: str) -> list[Row]:
    from engine.bench import Row

    how = f"{how}, {len(gaps)} turns of the loop"
    return [
        Row(f"event loop while {doing}: gap p99", float(np.quantile(gaps, 0.99)), "ms", 16, how),
        Row(f"event loop while {doing}: longest gap", float(max(gaps)), "ms", 50, how),
    ]


def control() -> list[Row]:
    """From a control's change in the middle of a Run to the first new picture painted."""
    window = open_and_draw()
    rows = [_control(window, ""), *_guided(window)]
    window.close()
    return rows


def training() -> list[Row]:
    """Gaps of the event loop while the Train workspace shows a U-Net being trained, then controls meanwhile."""
    from engine.models import catalogue

    window = open_and_draw()
    with tempfile.TemporaryDirectory() as home:
        catalogue.TRAININGS = Path(home)
        window.workspaces.show("Train")
        assert window.train is not None
        state = window.train.training
        state.change("faces", name="faces", data={"name": "faces"})
        wait(lambda: window.bridge.idle)
        state.start_wanted.emit()
        wait(lambda: state.report is not None and state.report.step >= 2)
        gaps, end = Gaps(), time.perf_counter() + 10
        wait(lambda: time.perf_counter() > end)
        rows = _loop_rows("training", gaps.stop(), "faces, the U-Net of the bundled models, 10 s")
        window.workspaces.show("Explore")
        rows.append(_control(window, " while training"))
        window.close()
    return rows


def _control(window: Window, meanwhile: str) -> Row:
    """Churn changed, the count of the default model being 64."""
    window.state.change("count", latents={"count": 64})
    figure, evaluation = _first_picture(window, lambda value: {"sampler": {"churn": value}})
    how = f"digits-ideal, 64 particles; p95 of 30 changes, an evaluation takes {evaluation * 1000:.1f} ms"
    return _row(f"control to first new picture{meanwhile}, beyond two evaluations", figure, 30, how)


def _guided(window: Window) -> list[Row]:
    """k_PG moved, and dragged on, with two groups of ten digits."""
    from engine.bench import Row

    state = window.state
    state.choose(next(info for info in state.models if info.name == "digits"))
    state.change("groups", latents={"count": 20, "group": 10}, guidance={"k_pg": 1.0, "kernel": "iou"})
    figure, evaluation = _first_picture(window, lambda value: {"guidance": {"k_pg": value}}, repeats=10)
    how = f"digits, 2 groups of 10, IoU; p95 of 10 changes, an evaluation takes {evaluation * 1000:.1f} ms"
    rows = [_row("k_PG moved to first new picture, beyond two evaluations", figure, 30, how)]
    gaps, evaluations = _dragged(window)
    ratio = float(np.median(gaps)) / (evaluations * evaluation)
    how = f"the same, moved each 30 ms for ten seconds; the median of {len(gaps)} is {np.median(gaps):.2f} s"
    what = "k_PG dragged on, from one picture to the next, against its evaluations"
    return [*rows, Row(what, ratio, "×", 2, how)]


def _row(what: str, milliseconds: float, budget: float, how: str) -> Row:
    from engine.bench import Row

    return Row(what, milliseconds, "ms", budget, how)


def _first_picture(window: Window, change: Callable[[float], dict[str, Any]], repeats: int = 30) -> tuple[float, float]:
    """From a change in the middle of a Run to the first new picture painted, p95 in ms beyond two evaluations; the
    seconds that an evaluation takes.
    """
    state = window.state
    wait(lambda: not state.drawing("current").running)
    whole = state.drawing("current").trajectory
    assert whole is not None
    evaluation = whole.seconds / whole.evaluations
    over: list[float] = []
    for number in range(repeats):
        state.change("seed", latents={"seed": 100 + number})
        wait(lambda: state.step("current") is not None and state.index("current") >= 3)
        before = state.drawing("current")
        start = time.perf_counter()
        state.change("control", **change(2.0 + number))
        wait(lambda before=before: _is_new(state.drawing("current"), before))  # type: ignore[misc]
        window.canvas.repaint()
        over.append((time.perf_counter() - start - 2 * evaluation) * 1000)
    return float(np.quantile(over, 0.95)), evaluation


def _dragged(window: Window) -> tuple[list[float], int]:
    """The times in seconds between finished pictures while k_PG moves, and the evaluations that one of them takes."""
    state = window.state
    seen: list[Trajectory] = []
    times: list[float] = []

    def look(side: str) -> None:
        drawn = state.drawing("current").trajectory
        if side == "current" and drawn is not None and drawn.complete and drawn not in seen:
            seen.append(drawn)
            times.append(time.perf_counter())

    def move() -> None:
        state.change("drag k_PG", guidance={"k_pg": state.run.guidance.k_pg + 0.1})

    state.drawing_changed.connect(look)
    state.step_arrived.connect(look)
    timer = QTimer()
    timer.timeout.connect(move)
    timer.start(30)
    end = time.perf_counter() + 10
    wait(lambda: time.perf_counter() > end)
    timer.stop()
    return np.diff(times).tolist(), seen[-1].evaluations


def _is_new(drawing: object, before: object) -> bool:
    fresh_preview = getattr(drawing, "preview", None) is not None
    trajectory = getattr(drawing, "trajectory", None)
    return fresh_preview or (trajectory is not None and trajectory is not getattr(before, "trajectory", None))


def scrub() -> list[Row]:
    """From a move of the playhead to the canvas painted: grids of 64 x 32 x 32 grey and 16 x 256 x 256 RGB pictures."""
    from engine.bench import Row

    how = f"200 moves over the {SCRUBBED} steps of a Run that memory keeps whole; canvas and timeline"
    return [
        Row(f"scrub one step to painted, {name}: p99", _scrub(count, shape), "ms", budget, how)
        for name, count, shape, budget in (
            ("64 × 32×32", 64, (1, 32, 32), 8.0),
            ("16 × 256×256 RGB", 16, (3, 256, 256), 16.0),
        )
    ]


def _scrub(count: int, shape: tuple[int, ...]) -> float:
    import torch

    from engine.models.catalogue import describe
    from engine.models.ideal import IdealDenoiser

    generator = torch.Generator().manual_seed(0)
    model = IdealDenoiser(torch.rand(4, *shape, generator=generator) * 2 - 1)
    window = open_and_draw()
    info = describe(model, "random pictures")
    window.state.add_models(info)
    run = window.state.run.replace(
        model=info.reference.model_dump(), latents={"count": count}, schedule={"steps": SCRUBBED}
    )
    window.state.set_run("random pictures", run, info)
    wait(lambda: not window.state.drawing("current").running)
    times = []
    for move in range(200):
        start = time.perf_counter()
        window.state.set_playhead((move * 5) % (SCRUBBED + 1))
        window.canvas.repaint()
        window.timeline.repaint()
        times.append((time.perf_counter() - start) * 1000)
    window.close()
    return float(np.quantile(times, 0.99))


def shown() -> Window:
    """A window with settings of its own, nothing drawn."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, tempfile.mkdtemp())
    from app.window import Window, make_application

    make_application()
    window = Window()
    window.show()
    return window


def open_and_draw() -> Window:
    """A window whose first Run is drawn."""
    window = shown()
    window.start()
    wait(lambda: window.bridge.idle)
    return window


def wait(condition: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds."""
    while not condition():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _elsewhere(part: str, name: str = "rows") -> Any:
    """What the function of that name measures in the part's module of its own."""
    return getattr(importlib.import_module(f"app.bench_{part}"), name)()


_STARTS = {"start-bare": start_bare, "start-ours": start_ours} | {"start-map": partial(_elsewhere, "map", "opened")}
_PARTS = {"up": up, "loop": loop, "control": control, "training": training, "scrub": scrub} | {
    part: partial(_elsewhere, part) for part in ("paint", "map")
}

if __name__ == "__main__":
    main()
