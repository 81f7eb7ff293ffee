"""Frames of the user's choice in the window: of a sequence that the worker picks, and of a file that carries a Run."""
# spec: T4 A5

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.views.inspector import Inspector
from app.views.titles import compared
from app.window import Window
from app.workspaces import EXPLORE, GUIDANCE, LATENTS
from engine import frames, recipe
from engine.data import mnist, sequences
from engine.embed import png_bytes, read_run
from engine.models.catalogue import named
from engine.run import Run
from engine.trajectory import Trajectory
from tests.app.opened import settle

CIRCLE = named("circle")
SMALL = {"latents": {"count": 4}, "schedule": {"steps": 2}}


@pytest.fixture(autouse=True)
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits are those that come with the program, on every machine."""
    monkeypatch.setattr(mnist, "find", lambda *folder: None)


def drawn(window: Window) -> Trajectory:
    settle(window)
    trajectory = window.state.drawing("current").trajectory
    assert trajectory is not None
    assert trajectory.run == window.state.run
    return trajectory


def test_a_sequence_is_picked_on_the_worker_and_its_frames_are_given(window: Window) -> None:
    window.state.change("small", **SMALL)
    window.state.choose(CIRCLE)
    group = window.controls.condition
    group.take_one.click()
    settle(window)
    group.number.box.setValue(21)
    condition = drawn(window).condition
    found = sequences.of(CIRCLE)
    assert found is not None
    assert condition is not None
    assert np.array_equal(condition[3, 0].cpu().numpy(), frames.of_bytes(found.pick(21).frames[0]))
    assert (group.about.text(), group.film.count()) == (found.name(21, 0), 2)
    assert recipe.title(window.state.run).endswith(found.name(21, 0))


def test_a_file_with_frames_is_drawn_in_every_workspace_and_beside_another_run(window: Window, tmp_path: Path) -> None:
    digits = sequences.pictures("bundled")[:2]
    kept = frames.keep(np.pad(digits, ((0, 0), (8, 8), (8, 8)))[:, None], "two digits")
    run = Run(model=CIRCLE.reference).replace(
        **{**SMALL, "latents": {"count": 4, "group": 2}}, condition={"example": "group", "frames": kept.model_dump()}
    )
    path = tmp_path / "run.png"
    path.write_bytes(png_bytes(digits[0], run))
    window.files.open(path)
    group, inspector = window.controls.condition, window.explore.side.findChild(Inspector)
    assert inspector is not None
    condition = drawn(window).condition
    assert window.state.run == run == read_run(path)
    assert condition is not None
    assert np.array_equal(condition[:, 0].cpu().numpy(), frames.values(kept, (1, 32, 32))[[0, 0, 1, 1], 0])
    assert (group.about.text(), group.strip.count()) == ("two digits", 2)
    window.state.select([2])
    assert inspector.panels["current", "given"].content.lines == ("each group its own example of two digits",)
    for workspace in (LATENTS, GUIDANCE, EXPLORE):
        window.workspaces.show(workspace)
        assert drawn(window).condition is not None
    window.toggle_pin()
    group.own.click()
    assert drawn(window).run.condition.frames is None
    settle(window)
    pinned = window.state.drawing("pinned").trajectory
    assert pinned is not None
    assert pinned.run == run
    assert compared(run, window.state.run)[0] == "A · frames two digits · heun 2"
    assert not window.banner.isVisible()
