"""The histogram under the bandwidth: it follows playhead, selection and readings, and marks what h cuts. # spec: G3"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views import bandwidth
from app.views.bandwidth import BandwidthView
from engine.analysis.groups import read
from engine.models.catalogue import named
from engine.run import Run
from tests.app.views.stage import colour, draw, on_screen


def ring(**groups: Any) -> State:
    """Eight particles on the ring in groups of four, nothing drawn."""
    info = named("ring")
    run = Run(model=info.reference).replace(latents={"count": 8, "group": 4}, schedule={"steps": 4, "sigma_max": 1.0})
    return State(run.replace(**groups), info)


def drawn(state: State) -> None:
    """Draw the state's Run and read its groups."""
    trajectory = draw(state, named("ring").build())  # type: ignore[arg-type]
    *_, readings = read(trajectory, state.model, 0)
    state.set_readings("current", readings)


def shown(qtbot: QtBot, state: State) -> BandwidthView:
    """The view on the screen, which is held until it is closed."""
    return on_screen(qtbot, BandwidthView(state), state, 250, 90)


def test_it_shows_the_selected_particles_group_at_the_playhead(qtbot: QtBot, qapp: object) -> None:
    state = ring()
    view = shown(qtbot, state)
    assert (view.pairs, view.sentence) == (None, bandwidth.WAITING)
    drawn(state)
    seen = []
    for particle, step in ((0, 4), (3, 4), (4, 4), (4, 1)):
        state.select([particle])
        state.set_playhead(step)
        assert view.pairs is not None
        reading = state.readings("current")[step]  # type: ignore[index]
        assert reading is not None
        apart = reading.distances[particle // 4][np.triu_indices(4, 1)]
        assert view.pairs.median == pytest.approx(np.median(apart))
        assert view.pairs.counts.sum() == 6
        seen.append(view.pairs.median)
    assert seen[0] == seen[1], "one group"
    assert len(set(seen)) == 3


def test_it_says_h_and_the_median(qtbot: QtBot, qapp: object) -> None:
    state = ring(guidance={"bandwidth": "fixed", "width": 0.25})
    view = shown(qtbot, state)
    drawn(state)
    assert view.pairs is not None
    assert view.reading.startswith("h 0.250, median distance ")
    assert view.accessibleDescription() == view.reading


def test_what_is_shown_stays_while_the_same_is_drawn_anew(qtbot: QtBot, qapp: object) -> None:
    state = ring()
    view = shown(qtbot, state)
    drawn(state)
    state.change("k", guidance={"k_pg": 1.0})
    before = view.pairs
    draw(state, named("ring").build())  # type: ignore[arg-type]
    assert state.readings("current") is None
    assert view.pairs is before is not None
    state.change("kernel", guidance={"kernel": "angular"})
    assert view.pairs is None, "what another kernel measures is no stand-in"


def test_without_pairs_a_sentence_says_why(qtbot: QtBot, qapp: object) -> None:
    state = ring(latents={"group": 1})
    view = shown(qtbot, state)
    drawn(state)
    assert (view.pairs, view.sentence) == (None, bandwidth.ALONE)
    state.change("kernel", guidance={"kernel": "iou"})
    assert view.sentence == "IoU compares the ink of pictures: choose a model of pictures, or another kernel."
    view.grab()


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_bars_are_filled_as_far_as_the_kernel_reaches(qtbot: QtBot, qapp: object, scheme: theme.Scheme) -> None:
    theme.choose(scheme)
    state = ring(guidance={"bandwidth": "fixed", "width": 1e6})
    view = shown(qtbot, state)
    drawn(state)
    tallest = view.bar(int(view.pairs.counts.argmax())).center()  # type: ignore[union-attr]
    assert colour(view, tallest.x(), tallest.y()) == theme.category(0)
    state.change("h", guidance={"width": 1e-6})
    drawn(state)
    tallest = view.bar(int(view.pairs.counts.argmax())).center()  # type: ignore[union-attr]
    assert colour(view, tallest.x(), tallest.y()) == QColor(scheme.line)
    theme.choose(None)
