"""Bench of the map: how soon it opens in a window that has just started, and how soon particles are placed and painted.

Called by `app.bench`, in a process of its own for each start.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.window import Window
    from engine.bench import Row

STARTS = 3
COUNT = 100
"""Particles on the map."""

MOVES = 200
"""Moves of the playhead."""


def opened() -> dict[str, float]:
    """A cold window in which the map is opened at once, while torch is imported and the first Run drawn: seconds from
    the action to the background painted, and the longest gap of the event loop until then, in ms.
    """
    from PySide6.QtWidgets import QApplication

    from app.bench import Gaps, shown, wait

    window = shown()
    QApplication.processEvents()
    window.start()
    gaps, start = Gaps(), time.perf_counter()
    window.explore.beside.toggle()
    wait(lambda: window.maps.chosen is not None)
    view = window.explore.beside.map
    assert view is not None
    view.repaint()
    found = {"open": time.perf_counter() - start, "gap": max(gaps.stop(), default=0.0)}
    wait(lambda: window.bridge.idle)
    window.close()
    return found


def rows() -> list[Row]:
    """Opening, placing and scrubbing."""
    from app.bench import start
    from engine.bench import Row

    starts = [start("start-map") for _ in range(STARTS)]
    medians = {key: statistics.median(each[key] for each in starts) for key in ("open", "gap")}
    how = f"median of {STARTS} cold processes, while torch is imported; the map of digits"
    return [
        Row("the map from its action to its background painted", medians["open"], "s", 1, how),
        Row("longest gap while the map opens", medians["gap"], "ms", 1000, how),
        *_running(),
    ]


def _running() -> list[Row]:
    """A hundred particles of the default model placed on the worker, and moved by the playhead."""
    from app.bench import open_and_draw, wait
    from engine.analysis.placing import place
    from engine.bench import Row

    window = open_and_draw()
    window.state.change("count", latents={"count": COUNT})
    window.explore.beside.toggle()
    wait(lambda: window.maps.loaded and window.bridge.idle)
    trajectory, offer = window.state.drawing("current").trajectory, window.maps.chosen
    assert trajectory is not None
    assert offer is not None
    times = []
    for _ in range(3):
        steps, before = place(trajectory, offer.map, window.state.model, 0), time.perf_counter()
        for _ in steps:
            times.append((time.perf_counter() - before) * 1000)
            before = time.perf_counter()
    how = f"{COUNT} particles of digits-ideal, {len(offer.map):,} items"
    placed = Row("particles placed on the map, a step: p95", float(np.quantile(times, 0.95)), "ms", 50, how)
    moved = _scrub(window)
    window.close()
    how = f"{how}; {MOVES} moves of the playhead, all of the map"
    return [placed, Row("scrub one step to the map painted: p99", float(np.quantile(moved, 0.99)), "ms", 16, how)]


def _scrub(window: Window) -> list[float]:
    """From a move of the playhead to the map painted, in ms; the canvas and all else follow it too, but are painted
    later.
    """
    view, state = window.explore.beside.map, window.state
    assert view is not None
    state.select(range(3))
    times = []
    for move in range(MOVES):
        start = time.perf_counter()
        state.set_playhead((move * 5) % (state.run.schedule.steps + 1))
        view.repaint()
        times.append((time.perf_counter() - start) * 1000)
    return times
