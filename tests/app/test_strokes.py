"""Painting in the whole window, by real strokes: what it makes of latents, and what may happen in the middle of one."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.editing import Editing
from app.state import Drawing
from app.views.easel import Easel
from app.views.latents_page import LatentsPage
from app.window import Window
from app.workspaces import EXPLORE, LATENTS
from engine import mask
from engine.latents.draw import draw
from engine.models import catalogue
from engine.noise import Noise
from engine.settings.edits import Intensity
from engine.trajectory import Trajectory
from tests.app.opened import settle
from tests.app.views.strokes import MOVE, NO_BUTTON, PRESS, RELEASE, RIGHT, mouse, stroke

CTRL = Qt.KeyboardModifier.ControlModifier
STEPS = 6


@pytest.fixture
def easel(window: Window) -> Easel:
    """The easel of the latent of particle 0, on an exact model of pictures."""
    window.state.choose(catalogue.named("digits-ideal"))
    window.state.change("fewer steps", schedule={"steps": STEPS}, latents={"count": 4})
    window.workspaces.show(LATENTS)
    settle(window)
    (found,) = (each for each in window.findChildren(Easel) if each.accessibleName() == "Latent")
    assert found.isVisible()
    return found


def drawn(window: Window) -> Trajectory:
    """The finished drawing of the current Run."""
    settle(window)
    found = window.state.drawing("current").trajectory
    assert found is not None
    assert found.complete
    assert found.run == window.state.run
    return found


def states(trajectory: Trajectory, index: int) -> torch.Tensor:
    """x at that Step."""
    step = trajectory[index]
    assert step is not None
    return step.x


def controls(window: Window) -> Editing:
    """What is worked on."""
    return window.findChild(LatentsPage)._editing


def edit(window: Window) -> Intensity:
    """The only edit of the Run."""
    (found,) = window.state.run.latents.edits
    assert isinstance(found, Intensity)
    assert found.mask is not None
    return found


def pixels(window: Window) -> mask.Mask:
    """The mask of that edit."""
    reference = edit(window).mask
    assert reference is not None
    return mask.read(reference)


# spec: L3
def test_a_stroke_adds_lambda_m_to_the_latent_and_leaves_the_rest_untouched(window: Window, easel: Easel) -> None:
    before = drawn(window)
    stroke(easel, (6, 10), (12, 14), (22, 10))
    stroke(easel, (16, 4), (16, 24), button=RIGHT)
    after = drawn(window)
    assert edit(window).particles == (0,)
    m = torch.from_numpy(pixels(window) / 255)
    assert (m == 1).sum() > 20
    assert not m[:, 16].any()
    run = window.state.run
    n = draw(Noise(run.latents.seed, [0]), 1, (1, 32, 32), torch.float64, torch.device("cpu"))[0, 0]
    edited = states(after, 0)[0, 0].cpu()
    assert torch.equal(edited, run.schedule.sigma_max * (n + edit(window).strength * m))
    assert torch.equal(edited[m == 0], states(before, 0)[0, 0].cpu()[m == 0])
    for step in range(STEPS + 1):
        assert torch.equal(states(after, step)[1:], states(before, step)[1:])


# spec: L3
def test_undoing_a_stroke_brings_every_picture_back_to_the_bit(window: Window, easel: Easel) -> None:
    before = drawn(window)
    stroke(easel, (6, 10), (22, 10))
    assert not torch.equal(states(drawn(window), STEPS), states(before, STEPS))
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert torch.equal(states(drawn(window), STEPS), states(before, STEPS))


def test_the_latent_follows_in_the_middle_of_a_stroke_and_the_stroke_goes_on(window: Window, easel: Easel) -> None:
    before = states(drawn(window), 0)
    mouse(easel, PRESS, (6, 10))
    mouse(easel, MOVE, (12, 10))
    settle(window, lambda: window.state.run.latents.edits)
    for column in (14, 18, 22):
        mouse(easel, MOVE, (column, 10))
        QApplication.processEvents()
    assert not torch.equal(states(drawn(window), 0)[0], before[0])
    assert easel.isVisible()
    mouse(easel, MOVE, (22, 24))
    mouse(easel, RELEASE, (22, 24))
    drawn(window)
    assert pixels(window)[24, 22] == 255
    assert window.state.undo.undoText() == "brush stroke"
    window.state.undo.undo()
    assert not window.state.run.latents.edits


@pytest.mark.slow
def test_a_stroke_on_all_particles_goes_on_while_there_is_nothing_of_them_to_show_yet(
    window: Window, easel: Easel
) -> None:
    controls(window).configure(everyone=True)
    mouse(easel, PRESS, (6, 10))
    mouse(easel, MOVE, (12, 10))
    window.state.set_drawing("current", Drawing(running=True))
    QApplication.processEvents()
    assert easel.isVisible()
    mouse(easel, MOVE, (22, 10))
    mouse(easel, RELEASE, (22, 10))
    drawn(window)
    assert edit(window).particles is None
    assert pixels(window)[10, 6:22].min() == 255


def test_a_new_model_in_the_middle_of_a_stroke_keeps_what_was_painted(window: Window, easel: Easel) -> None:
    state = window.state
    mouse(easel, PRESS, (6, 10))
    mouse(easel, MOVE, (12, 10))
    state.choose(catalogue.named("ring"))
    settle(window)
    mouse(easel, MOVE, (20, 20))
    mouse(easel, RELEASE, (20, 20))
    settle(window)
    assert not state.run.latents.edits
    (kept,) = state.masks.masks
    painted = mask.read(kept)
    assert painted[10, 11] == 255
    assert not painted[20, 20]
    while state.undo.canUndo() and state.model.name != "digits-ideal":
        state.undo.undo()
    assert drawn(window).run.model.label == "digits-ideal"


def test_escape_takes_a_stroke_back_while_it_is_drawn_and_no_drawing_is_cancelled(window: Window, easel: Easel) -> None:
    before = drawn(window)
    mouse(easel, PRESS, (6, 10))
    mouse(easel, MOVE, (12, 10))
    settle(window, lambda: window.state.run.latents.edits)
    easel.setFocus()
    QTest.keyClick(easel, Qt.Key.Key_Escape)
    mouse(easel, MOVE, (20, 10))
    mouse(easel, RELEASE, (20, 10))
    assert torch.equal(states(drawn(window), STEPS), states(before, STEPS))
    assert not window.state.masks.masks


def test_undo_in_the_middle_of_a_stroke_takes_back_that_stroke_alone(window: Window, easel: Easel) -> None:
    stroke(easel, (6, 6), (22, 6))
    first = drawn(window).run
    mouse(easel, PRESS, (6, 20))
    mouse(easel, MOVE, (20, 20))
    easel.setFocus()
    QTest.keyClick(easel, Qt.Key.Key_Z, CTRL)
    mouse(easel, RELEASE, (20, 20))
    assert drawn(window).run == first


@pytest.mark.slow
def test_a_stroke_that_is_left_by_another_workspace_ends_there(window: Window, easel: Easel) -> None:
    mouse(easel, PRESS, (6, 10))
    mouse(easel, MOVE, (12, 10))
    window.workspaces.show(EXPLORE)
    settle(window)
    assert pixels(window)[10, 11] == 255
    window.workspaces.show(LATENTS)
    mouse(easel, MOVE, (20, 20), held=NO_BUTTON)
    drawn(window)
    assert not pixels(window)[20, 20]


@pytest.mark.slow
def test_the_window_may_change_its_size_in_the_middle_of_a_stroke(window: Window, easel: Easel) -> None:
    mouse(easel, PRESS, (6, 10))
    window.resize(1100, 700)
    settle(window)
    mouse(easel, MOVE, (12, 10))
    mouse(easel, RELEASE, (12, 10))
    drawn(window)
    assert pixels(window)[10, 6:12].min() == 255
    assert not pixels(window)[16:].any()


@pytest.mark.slow
def test_masks_keep_their_sizes_through_models_steps_and_undo(window: Window, easel: Easel) -> None:
    state = window.state
    stroke(easel, (6, 10), (22, 10))
    painted = drawn(window).run
    state.choose(catalogue.named("faces"))
    state.change("steps", schedule={"steps": 2})
    state.choose(catalogue.named("digits-ideal"))
    stroke(easel, (6, 20), (22, 20))
    twice = state.masks
    while state.undo.canUndo() and state.run != painted:
        state.undo.undo()
    assert drawn(window).run == painted
    while state.undo.canRedo():
        state.undo.redo()
    assert state.masks == twice
    assert drawn(window).run.schedule.steps == 2
    assert {mask.read(each).shape for each in state.masks.masks} == {(32, 32)}
