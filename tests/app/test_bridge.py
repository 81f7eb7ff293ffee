"""The meeting of the two threads: newest wins, stale results are dropped, errors arrive as sentences. # spec: -"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from app.state import State
from app.window import Window
from engine import resources
from engine.models.catalogue import describe
from engine.models.mixture import Mixture
from engine.trajectory import Trajectory
from tests.app.opened import settle


class Gated(Mixture):
    """A mixture whose evaluations wait at a gate, and which counts them."""

    def __init__(self) -> None:
        super().__init__([[0.0, 0.0]], [[[1.0, 0.0], [0.0, 1.0]]], [1.0], label="gated")
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.evaluations = 0

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        self.evaluations += 1
        self.entered.set()
        assert self.gate.wait(60)
        return super().denoise(x, sigma, cond)


@pytest.fixture
def gated(window: Window) -> Iterator[Gated]:
    """A gated model that the window is drawing, its first evaluation waiting."""
    model = Gated()
    info = describe(model, "a test")
    window.state.set_run("gated", window.state.run.replace(model=info.reference.model_dump()), info)
    settle(window, model.entered.is_set)
    yield model
    model.gate.set()


def test_a_superseded_run_makes_no_further_evaluation(window: Window, gated: Gated) -> None:
    for seed in range(1, 20):
        window.state.change("seed", latents={"seed": seed})
    gated.gate.set()
    settle(window)
    steps = window.state.run.schedule.steps
    assert gated.evaluations == 1 + (2 * steps - 1)
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.run.latents.seed == 19


def test_cancelling_says_so_at_once(window: Window, gated: Gated) -> None:
    seen = []
    window.state.activity_changed.connect(lambda activities: seen.append([a.cancelling for a in activities]))
    window.cancel()
    assert seen[-1] == [True]
    gated.gate.set()
    settle(window)
    assert seen[-1] == []
    assert gated.evaluations == 1


def test_the_window_answers_while_an_evaluation_lasts(window: Window, gated: Gated) -> None:
    window.state.set_playhead(3)
    window.state.select([1])
    window.grab()
    assert window.state.drawing("current").running
    assert gated.evaluations == 1


def test_an_error_stands_where_the_picture_would_be(window: Window) -> None:
    class Broken(Mixture):
        def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
            return torch.full_like(x, float("nan"))

    info = describe(Broken([[0.0, 0.0]], [[[1.0, 0.0], [0.0, 1.0]]], [1.0], label="broken"), "a test")
    window.state.set_run("broken", window.state.run.replace(model=info.reference.model_dump()), info)
    settle(window)
    error = window.state.drawing("current").error
    assert error is not None
    assert "finite" in error
    assert error.endswith(".")
    window.state.undo.undo()
    settle(window)
    assert window.state.drawing("current").error is None


def test_a_dropped_step_is_replayed_when_it_is_looked_at(window: Window) -> None:
    trajectory = window.state.drawing("current").trajectory
    assert trajectory is not None
    kept = trajectory[7]
    assert kept is not None
    thin(trajectory)
    assert trajectory[7] is None
    window.state.set_playhead(7)
    settle(window)
    again = trajectory[7]
    assert again is not None
    assert torch.equal(again.x, kept.x)
    assert again.denoised is not None
    assert kept.denoised is not None
    assert torch.equal(again.denoised, kept.denoised)


def thin(trajectory: Trajectory) -> None:
    """Keep every fourth Step, as a Trajectory over its budget does."""
    trajectory.stride = 4
    trajectory._kept = {i: step for i, step in trajectory._kept.items() if i % 4 == 0 or i == trajectory.last}


def test_only_the_bridge_changes_drawings(window: Window) -> None:
    assert isinstance(window.state, State)
    before = window.state.drawing("current")
    window.state.set_playhead(2)
    window.state.select([2, 3])
    window.state.show("drift")
    settle(window)
    assert window.state.drawing("current") is before


class OnFailingGPU(Mixture):
    """A mixture whose fourth evaluation finds the GPU gone."""

    def __init__(self) -> None:
        super().__init__([[0.0, 0.0]], [[[1.0, 0.0], [0.0, 1.0]]], [1.0], label="on a GPU")
        self.evaluations = 0

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        self.evaluations += 1
        if self.evaluations == 4:
            raise RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later.")
        return super().denoise(x, sigma, cond)


def test_where_the_gpu_fails_all_is_drawn_again_and_it_is_said_once(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_failure", None)
    said: list[str] = []
    window.state.complaint.connect(said.append)
    window.state.pin(window.state.run, window.state.model)
    before = window.state.drawing("pinned").trajectory
    model = OnFailingGPU()
    info = describe(model, "a test")
    window.state.set_run("on a GPU", window.state.run.replace(model=info.reference.model_dump()), info)
    settle(window)
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.complete
    assert drawn.run == window.state.run
    again = window.state.drawing("pinned").trajectory
    assert again is not None
    assert again.complete
    assert again is not before
    assert said == [resources.failure()]
