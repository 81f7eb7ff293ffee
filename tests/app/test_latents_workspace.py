"""The Latents workspace in the window: real strokes, what they do to the latent and the pictures, and what is said."""
# spec: L3, L4, G8

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app import actions
from app.editing import FIRST_STRENGTH
from app.latents import POINTS, Latents
from app.state import Drawing, Side
from app.views import edited
from app.views.latents_page import HINT, LatentsPage
from app.views.numerals import significant
from app.window import Window
from engine import mask
from engine.latents.draw import draw
from engine.latents.measure import change
from engine.models.catalogue import named
from engine.noise import Noise
from engine.settings.edits import Intensity
from engine.trajectory import Trajectory
from tests.app.opened import settle

SIDES: tuple[Side, Side] = ("before", "current")
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def latents(window: Window) -> Latents:
    """The workspace, shown by its key, with four digits in six steps."""
    assert window.latents is None, "built when it is shown, not before"
    window.state.change("small", latents={"count": 4}, schedule={"steps": 6})
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    settle(window)
    assert window.latents is not None
    window.latents.strips.vary("none")
    return window.latents


def until(window: Window, holds: Callable[[], bool]) -> None:
    """Run the event loop until that holds, if it does not by now."""
    if not holds():
        settle(window, holds)


def press(latents: Latents, name: str, aside: int = 0) -> QPoint:
    """Begin a stroke near the middle of that picture, and go on a little."""
    easel = latents.page.easels[name]
    start = easel.rect().center() + QPoint(aside, 0)
    QTest.mousePress(easel, Qt.MouseButton.LeftButton, NO_KEYS, start)
    QTest.mouseMove(easel, start + QPoint(12, 6))
    return start + QPoint(12, 6)


def release(latents: Latents, name: str, at: QPoint) -> None:
    """End the stroke there."""
    QTest.mouseRelease(latents.page.easels[name], Qt.MouseButton.LeftButton, NO_KEYS, at)


def stroke(window: Window, latents: Latents, name: str = "current", aside: int = 0) -> None:
    """Paint a little on that picture, and wait for what comes of it."""
    release(latents, name, press(latents, name, aside))
    until(window, lambda: not latents.painter.busy)
    settle(window)


def drawn(window: Window, side: Side = "current") -> Trajectory:
    """What is drawn on that side, all of it."""
    trajectory = window.state.drawing(side).trajectory
    assert trajectory is not None
    assert trajectory.complete
    return trajectory


def states(window: Window, side: Side = "current", index: int = 0) -> torch.Tensor:
    """The states of all particles at a Step."""
    step = drawn(window, side)[index]
    assert step is not None
    return step.x


def painted(window: Window) -> Intensity:
    """The only edit of the Run, an intensity."""
    (edit,) = window.state.run.latents.edits
    assert isinstance(edit, Intensity)
    return edit


def page_of(latents: Latents) -> tuple[LatentsPage, dict[str, str]]:
    """The page, and the captions of the panes that are seen."""
    panes = {name: pane.title.text() for name, pane in latents.page.panes.items() if pane.isVisible()}
    return latents.page, panes


def test_the_page_stands_in_place_of_the_canvas(window: Window, latents: Latents) -> None:
    page, panes = page_of(latents)
    assert (page.isVisible(), window.canvas.isVisible(), window.timeline.isVisible()) == (True, False, True)
    assert panes == {
        "latent": "Latent n · particle 0",
        "before": "Before · σ 0",
        "current": "Now · σ 0",
        "heat": "Change",
    }
    assert page.hint.isVisible()
    assert page.hint.text() == HINT
    assert latents.edits.isVisible()
    assert not window.controls.picture.isVisible()
    for keys, seen in (("Ctrl+1", False), ("Ctrl+3", False), ("Ctrl+4", False), ("Ctrl+2", True)):
        QTest.keySequence(window, QKeySequence(keys))
        settle(window)
        assert (page.isVisible(), latents.edits.isVisible()) == (seen, seen)
        assert window.canvas.isVisible() == (keys in ("Ctrl+1", "Ctrl+3"))
    schedule = window.controls.schedule.header
    assert not schedule.isChecked()
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    assert schedule.isChecked()
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    schedule.click()
    for keys in ("Ctrl+1", "Ctrl+2"):
        QTest.keySequence(window, QKeySequence(keys))
    assert schedule.isChecked(), "what the user opened stays open"


def test_a_stroke_on_any_picture_adds_lambda_to_the_latent(window: Window, latents: Latents) -> None:
    untouched, run = states(window).clone(), window.state.run
    n = draw(Noise(run.latents.seed, range(4)), 4, window.state.model.data_shape, torch.float64, torch.device("cpu"))
    for particle, name in enumerate(("latent", "before", "current", "heat")):
        window.state.select([particle])
        stroke(window, latents, name)
        edit = painted(window)
        assert (edit.particles, edit.strength, edit.step) == ((particle,), FIRST_STRENGTH, 0)
        assert edit.mask is not None
        m = torch.from_numpy(mask.values(edit.mask, window.state.model.data_shape))
        assert 0 < float(m.mean()) < 0.2
        now, before = states(window), states(window, "before")
        wanted = drawn(window).sigmas[0] * (n[particle] + FIRST_STRENGTH * m)
        assert torch.equal(now[particle], wanted), "n + lambda m, exactly"
        outside = (m == 0).expand_as(wanted)
        assert torch.equal(now[particle][outside], untouched[particle][outside]), "to the bit"
        changed = (states(window, index=3) != states(window, "before", 3)).flatten(1).any(1)
        assert changed.tolist() == [other == particle for other in range(4)], "no other picture, by no bit"
        assert torch.equal(before, untouched)
        assert latents.page.particles.edited == {particle}
        assert latents.page.hint.text() == f"Edited: intensity λ +0.5 through mask, particle {particle}."
        QTest.keySequence(window, QKeySequence("Ctrl+Z"))
        settle(window)
        assert torch.equal(states(window), untouched)


def test_strokes_are_undone_and_done_again_one_by_one(window: Window, latents: Latents) -> None:
    before, pictures = drawn(window), [states(window, index=6).clone()]
    for aside in (0, -30):
        stroke(window, latents, "current", aside)
        pictures.append(states(window, index=6).clone())
    assert drawn(window, "before") is before, "drawn once"
    for keys, wanted in (("Ctrl+Z", 1), ("Ctrl+Z", 0), ("Ctrl+Y", 1), ("Ctrl+Y", 2)):
        QTest.keySequence(window, QKeySequence(keys))
        settle(window)
        assert torch.equal(states(window, index=6), pictures[wanted])
        assert drawn(window).run == window.state.run


def test_lambda_zero_and_an_empty_mask_leave_every_bit(window: Window, latents: Latents) -> None:
    stroke(window, latents)
    for typed, strength in (("-0.75", -0.75), ("0", 0.0)):
        box = latents.edits.edit.intensity.strength.box
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
        settle(window)
        assert painted(window).strength == strength
    assert torch.equal(states(window, index=6), states(window, "before", 6))
    until(window, lambda: latents.page.numbers.text() == "Change inside 0 · outside 0 a pixel")
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    settle(window)
    assert not torch.equal(states(window, index=6), states(window, "before", 6))
    latents.page.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Delete)
    settle(window)
    assert not mask.read(window.state.masks.active).any()  # type: ignore[arg-type]
    assert torch.equal(states(window, index=6), states(window, "before", 6))


def test_what_is_said_of_the_change_is_what_the_engine_measures(window: Window, latents: Latents) -> None:
    stroke(window, latents)
    edit, page = painted(window), latents.page
    assert edit.mask is not None
    m = mask.values(edit.mask, window.state.model.data_shape)
    for keys, index in ((Qt.Key.Key_End, 6), (Qt.Key.Key_Home, 0)):
        QTest.keyClick(window, keys)
        before, now = (_estimate(drawn(window, side), index) for side in SIDES)
        inside, outside = (significant(value or 0) for value in change(before, now, m))
        assert inside != outside
        until(window, partial(_says, page, f"Change inside {inside} · outside {outside} a pixel"))
        assert page.panes["current"].title.text() == f"Now · σ {significant(drawn(window).sigmas[index])}"
    QApplication.sendEvent(page.easels["current"], QEvent(QEvent.Type.Leave))
    n = (states(window)[0] / drawn(window).sigmas[0]).numpy()
    assert page.moments.text() == f"n: mean {significant(n.mean())} · deviation {significant(n.std())}"


def _says(page: LatentsPage, numbers: str) -> bool:
    return page.numbers.text() == numbers


def _estimate(trajectory: Trajectory, index: int) -> np.ndarray:
    """D of particle 0, at the last level its state."""
    step = trajectory[index]
    assert step is not None
    return (step.x if step.denoised is None else step.denoised)[0].double().numpy()


def test_the_playhead_rules_every_picture(window: Window, latents: Latents) -> None:
    latents.page.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Home)
    _, panes = page_of(latents)
    assert panes["before"] == "Before · σ 80.0"
    assert panes["current"] == "Now · σ 80.0"
    assert panes["latent"] == "Latent n · particle 0", "the latent is the same at every step"
    latents.editing.configure(at_playhead=True)
    QTest.keyClick(window, Qt.Key.Key_Right)
    settle(window)
    assert page_of(latents)[1]["latent"] == "x at step 1 · particle 0"
    assert page_of(latents)[0].moments.text().startswith("x: mean ")


def test_transfer_shows_the_source(window: Window, latents: Latents) -> None:
    latents.editing.configure(kind="transfer")
    settle(window)
    window.state.select([1])
    latents.editing.set("source", source=3)
    settle(window)
    _, panes = page_of(latents)
    assert list(panes)[:3] == ["latent", "source", "before"]
    assert panes["source"] == "Source: particle 3"
    latents.page.heat.click()
    settle(window)
    assert "heat" not in page_of(latents)[1]


def test_the_row_selects_the_particle_shown(window: Window, latents: Latents) -> None:
    row = latents.page.particles
    QTest.mouseClick(row.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, row.cell(2).center())
    settle(window)
    assert window.state.selection == (2,)
    assert page_of(latents)[1]["latent"] == "Latent n · particle 2"
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(row.viewport(), Qt.MouseButton.LeftButton, control, row.cell(0).center())
    assert set(window.state.selection) == {0, 2}
    window.state.select([])
    until(window, lambda: latents.page.panes["latent"].sentence == edited.NOBODY)
    assert latents.page.panes["current"].sentence == edited.NOBODY


def test_what_comes_in_the_middle_of_a_stroke_leaves_nothing_half_done(window: Window, latents: Latents) -> None:
    where = press(latents, "current")
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    release(latents, "current", where)
    settle(window)
    assert not latents.painter.busy
    assert drawn(window).run == window.state.run
    assert painted(window).mask == window.state.masks.active, "what was painted stays"
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    settle(window)
    assert window.state.run.latents.edits == ()
    where = press(latents, "current")
    window.state.choose(named("ring"))
    release(latents, "current", where)
    settle(window)
    assert not latents.painter.busy
    assert drawn(window).run == window.state.run


def test_points_have_the_canvas_and_a_sentence_why_there_is_no_mask(window: Window, latents: Latents) -> None:
    window.state.choose(named("ring"))
    settle(window)
    assert (latents.page.isVisible(), window.canvas.isVisible()) == (False, True)
    assert window.explore.note.isVisible()
    assert window.explore.note.text() == POINTS
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    assert not window.explore.note.isVisible()


def test_keys_of_masks_work_here_alone_and_are_listed(window: Window, latents: Latents) -> None:
    latents.page.setFocus()
    for tool, key in actions.TOOL_KEYS.items():
        QTest.keySequence(window, QKeySequence(key))
        assert latents.editing.tool == tool
        assert (key, tool.capitalize()) in actions.keys_text(window)
    size = latents.editing.size
    QTest.keySequence(window, QKeySequence("]"))
    assert latents.editing.size > size
    QTest.keySequence(window, QKeySequence("["))
    assert latents.editing.size == pytest.approx(size)
    QTest.keySequence(window, QKeySequence("I"))
    settle(window)
    assert mask.read(window.state.masks.active).all()  # type: ignore[arg-type]
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    QTest.keySequence(window, QKeySequence("P"))
    assert latents.editing.tool == "fill", "not in Explore"
    menu = next(menu for menu in window.findChildren(QMenu) if menu.title() == "Mask")
    assert not any(action.isEnabled() for action in menu.actions() if not action.isSeparator())


def test_an_error_stands_where_the_picture_would_be_and_can_be_mended(window: Window, latents: Latents) -> None:
    window.state.set_drawing("current", Drawing(error="No memory: lower the count."))
    pane = latents.page.panes["current"]
    until(window, lambda: pane.sentence == "No memory: lower the count.")
    QTest.mouseClick(pane.message.mend, Qt.MouseButton.LeftButton)
    settle(window)
    assert pane.sentence == ""
    assert drawn(window).run == window.state.run


def test_the_strip_is_played_on_the_page_and_exported(window: Window, latents: Latents) -> None:
    assert latents.strip.isVisible()
    assert latents.figure is latents.strip
    values = np.zeros((1, 32, 32), np.float32)
    latents.page.play(values, "Over λ: −0.1")
    until(window, lambda: page_of(latents)[1]["current"] == "Over λ: −0.1")
    latents.page.play(None, "")
    until(window, lambda: page_of(latents)[1]["current"] == "Now · σ 0")
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    assert latents.figure is None


def test_the_halves_are_shared_out_by_what_is_in_them_until_the_user_does(window: Window, latents: Latents) -> None:
    page, panel, heights = latents.page, latents.strip, latents.page.halves.sizes
    latents.strips.vary("strength")
    settle(window, lambda: latents.strips.complete)
    assert heights()[1] == panel.needed(page.width(), sum(heights()) // 2) < heights()[0]
    top = page.easels["current"].mapTo(window, QPoint())
    stroke(window, latents, "current")
    assert page.easels["current"].mapTo(window, QPoint()) == top, "what one paints on stays where it is"
    latents.strips.vary("none")
    settle(window, lambda: heights()[1] < 50)
    page.halves.moveSplitter(0, 1)
    panel.reshaped.emit()
    assert heights()[1] > 50
