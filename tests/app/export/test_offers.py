"""What a figure begins with in each workspace: the panels of what is seen there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.export import offers, pages
from app.futures import Rolled
from app.state import Drawing
from app.window import Window
from engine.errors import InputError
from engine.figures import sheet
from engine.rollout import Level, RolloutSettings
from engine.run import Run
from engine.training.live import Curve, Report
from tests.app.opened import settle, wait


def choose(window: Window, name: str) -> None:
    """Choose a model by its name and draw it."""
    window.state.choose(next(info for info in window.state.models if info.name == name))
    settle(window)


def kinds(window: Window) -> list[str]:
    """The kinds of the panels that a figure begins with."""
    return [panel.kind for panel in pages.sheet_of(offers.seen(window)).panels]


def test_points_and_their_groups(window: Window) -> None:
    choose(window, "ring")
    window.state.set_playhead(15)
    window.canvas.choices.overlays["score"].click()
    [plane] = pages.sheet_of(offers.seen(window)).panels
    assert plane == sheet.Plane(step=15, arrows=False)
    window.toggle_pin()
    window.state.change("few", latents={"count": 12, "group": 4})
    settle(window)
    begun = pages.sheet_of(offers.seen(window))
    assert [panel.run for panel in begun.panels] == [1, 0]
    assert begun.runs == (window.state.run, window.state.pinned)
    window.state.pin(None)
    window.state.select([9])
    window.workspaces.show("Guidance")
    assert kinds(window) == ["plane", "modes", "distances"]
    assert pages.sheet_of(offers.seen(window)).panels[2] == sheet.Distances(step=15, group=2)


def test_what_is_switched_on_beside_the_pictures(window: Window) -> None:
    window.explore.beside.toggle()
    window.canvas.choices.levels.click()
    settle(window, lambda: window.maps.chosen is not None and window.canvas.strip.isVisible())
    settle(window)
    assert kinds(window) == ["pictures", "filmstrip", "map"]
    aside = [piece.name for piece in offers.seen(window) if piece.aside]
    assert aside == ["Norms"]


def test_latents_begin_with_what_an_edit_changes_or_with_the_strip(window: Window) -> None:
    window.state.change("count", latents={"count": 3})
    window.workspaces.show("Latents")
    settle(window)
    assert window.latents is not None
    window.latents.strips.vary("none")
    settle(window)
    assert pages.sheet_of(offers.seen(window)).panels == (sheet.Pictures(),)
    window.latents.editing.set("change λ", strength=1.0)
    settle(window)
    begun = pages.sheet_of(offers.seen(window))
    assert begun.panels == (sheet.Pictures(run=1, against=0),)
    assert begun.runs == (window.state.run, window.state.run.unedited)
    window.latents.strips.vary("steps")
    wait(lambda: window.latents is not None and window.latents.strips.complete)
    begun = pages.sheet_of(offers.seen(window))
    [strip] = begun.panels
    assert isinstance(strip, sheet.Strip)
    assert [begun.runs[place].schedule.steps for place in strip.columns] == [5, 10, 22, 50]
    assert strip.captions[0].startswith("5")


def test_a_training_and_a_rollout(window: Window) -> None:
    window.workspaces.show("Train")
    with pytest.raises(InputError, match="start a training"):
        offers.seen(window)
    assert window.train is not None
    losses = np.array([3.0, 2.0])
    window.train.training.report = Report(2, 9, 1.0, None, Curve(np.array([1, 2]), losses, losses), ())
    [curves] = pages.sheet_of(offers.seen(window)).panels
    assert isinstance(curves, sheet.Curves)
    assert [series.y for series in curves.series] == [(3.0, 2.0)] * 2
    window.train.training.report = None
    run = window.state.run
    found = offers._rollout(_rolled(run, branches=1))
    assert found.panels == (sheet.Strip(columns=(0, 1), captions=("frame 1", "frame 2"), particles=(0, 1)),)
    assert [each.latents.seed for each in found.runs] == [0, 1]
    with pytest.raises(InputError, match="wait for them"):
        offers._rollout(SimpleNamespace(rolled=None))  # type: ignore[arg-type]


def _rolled(run: Run, branches: int) -> Any:
    """The page of futures with a rollout of two levels."""
    nothing: Any = None
    levels = tuple(
        Level(index, run.replace(latents={"seed": index}), nothing, nothing, nothing, nothing, nothing)
        for index in range(2)
    )
    return SimpleNamespace(rolled=Rolled(RolloutSettings(depth=2, start=2, branches=branches), levels=levels))


def test_kinds_suit_the_run(window: Window) -> None:
    state = window.state
    names = [piece.name for piece in offers.suiting(state.run, state.model, window.maps)]
    assert names[:3] == ["Pictures", "Filmstrip", "One particle"]
    assert "Plane" not in names
    many = state.run.replace(latents={"count": 500})
    [pictures] = next(iter(offers.suiting(many, state.model, window.maps))).panels
    assert pictures == sheet.Pictures(particles=tuple(range(64)))


def test_what_is_coarse_or_under_way_is_no_figure(window: Window) -> None:
    trajectory = window.state.drawing("current").trajectory
    assert window.state.run.digest in offers.drawn(window.state)
    window.state.set_drawing("current", Drawing(trajectory, coarse=True))
    with pytest.raises(InputError, match="wait for it"):
        offers.seen(window)
    assert offers.drawn(window.state) == {}
