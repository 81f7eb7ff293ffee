"""Which strip is drawn, when, and what becomes of it when what it depends on changes. # spec: L2, L3, L5, L6, L8"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge
from app.editing import Editing
from app.state import State
from app.strips import Strips
from engine.execute import execute
from tests.app.opened import wait
from tests.app.stripped import Desk, calm, other, painted, stripped
from tests.app.views.stage import TinyPictures, draw, staged

pytestmark = pytest.mark.usefixtures("qapp")
TINY: Any = TinyPictures()


Made = Callable[[], tuple[Strips, Desk, State]]


@pytest.fixture
def made() -> Iterator[Made]:
    """What makes strips; at the end they rest, and undo commands go, which may not be collected with their State."""
    found: list[tuple[Strips, Desk, State]] = []

    def make() -> tuple[Strips, Desk, State]:
        found.append(stripped())
        return found[-1]

    yield make
    for strips, _, state in found:
        strips.set_active(False)
        state.undo.clear()


def values(strips: Strips) -> list[Any]:
    assert strips.strip is not None
    return [column.value for column in strips.strip.columns]


def shown(strips: Strips) -> tuple[str, tuple[int, ...]]:
    """What varies, and the particles in the rows."""
    assert strips.strip is not None
    return strips.varies, strips.strip.particles


def test_at_first_it_is_over_lambda_of_the_whole_latent(made: Made) -> None:
    strips, desk, _ = made()
    assert strips.varies == "strength"
    assert len(values(strips)) == 9
    assert values(strips)[0] == -values(strips)[-1] == pytest.approx(-1.5)  # of 24 values even 8.9 deviations are more
    assert strips.current == 4  # no edit is λ = 0
    assert strips.drawing
    desk.answer(9)
    assert not strips.complete
    assert desk.advanced[-1] == (9, 63)
    desk.answer()
    assert strips.complete
    assert not strips.drawing


def test_dragging_lambda_moves_the_mark_and_draws_nothing_anew(made: Made) -> None:
    strips, desk, state = made()
    desk.answer()
    told: list[int | None] = []
    strips.changed.connect(lambda: told.append(strips.current))
    for strength in (0.1, 0.3, 0.7, 1.4):
        strips.editing.set("λ", strength=strength)
        draw(state, TINY)
    calm(strips)
    assert len(desk.asked) == 1
    assert strips.complete
    assert [place for at, place in enumerate(told) if not at or told[at - 1] != place] == [4, 5, 6, 8]


def test_a_click_sets_lambda_as_one_undo_step_and_the_picture_is_the_columns(made: Made) -> None:
    strips, desk, state = made()
    desk.answer()
    strips.choose(6)
    assert state.run.latents.edits[0].model_dump()["strength"] == values(strips)[6]
    assert strips.current == 6
    trajectory = draw(state, TINY)
    assert strips.sheet is not None
    drawn = strips.sheet.pictures[6]
    assert drawn is not None
    last = trajectory[6]
    assert last is not None
    assert np.array_equal(drawn, last.x[[0]].numpy().astype(np.float32))
    strips.choose(7)
    state.undo.undo()
    assert strips.current == 6
    state.undo.undo()
    assert not state.run.latents.edits


def test_a_painted_mask_draws_it_anew_over_another_range(made: Made) -> None:
    strips, desk, _ = made()
    desk.answer()
    painted(strips)
    draw(strips.editing.state, TINY)
    calm(strips)
    assert len(desk.asked) == 2
    assert strips.strip is not None
    assert strips.strip.columns[0].run.attachments


def test_while_something_is_drawn_it_waits_and_what_it_drew_stops(made: Made) -> None:
    strips, desk, state = made()
    desk.answer(3)
    state.change("seed", latents={"seed": 1})
    draw(state, TINY, steps=2)
    assert desk.cancelled == [1]
    assert not strips.drawing
    before = strips.sheet
    desk.tell("item", None, task=1)
    assert strips.sheet is before is not None
    calm(strips)
    assert len(desk.asked) == 1
    draw(state, TINY)
    calm(strips)
    assert len(desk.asked) == 2
    assert strips.strip is not None
    assert {column.run.latents.seed for column in strips.strip.columns} == {1}


def test_what_was_cancelled_stays_so_until_it_is_asked_for(made: Made) -> None:
    strips, desk, state = made()
    desk.answer(12)
    strips.cancel()
    assert desk.cancelled == [1]
    desk.tell("cancelled")
    assert strips.incomplete
    state.set_playhead(2)
    state.models_changed.emit()
    calm(strips)
    assert len(desk.asked) == 1
    strips.redraw()
    calm(strips)
    assert len(desk.asked) == 2


def test_a_refusal_is_said_once(made: Made) -> None:
    strips, desk, state = made()
    desk.tell("failed", "Not enough memory.")
    assert strips.sentence == "Not enough memory."
    state.models_changed.emit()
    calm(strips)
    assert len(desk.asked) == 1
    assert strips.sentence == "Not enough memory."
    strips.vary("steps")
    calm(strips)
    assert strips.sentence == ""


def test_nothing_is_drawn_while_nobody_looks(made: Made) -> None:
    strips, desk, state = made()
    strips.set_active(False)
    assert desk.cancelled == [1]
    state.select([3])
    strips.vary("steps")
    assert len(desk.asked) == 1
    strips.set_active(True)
    calm(strips)
    assert len(desk.asked) == 2


def test_over_steps_a_click_takes_so_many(made: Made) -> None:
    strips, desk, state = made()
    strips.vary("steps")
    calm(strips)
    desk.answer()
    assert values(strips) == [5, 6, 10, 22, 50]
    assert strips.current == 1
    strips.choose(2)
    draw(state, TINY)
    calm(strips)
    assert state.run.schedule.steps == 10
    assert values(strips) == [5, 10, 22, 50]
    assert strips.current == 1
    state.undo.undo()
    assert state.run.schedule.steps == 6


def test_over_models_a_click_takes_that_model_and_what_was_drawn_stays(made: Made) -> None:
    strips, desk, state = made()
    state.add_models(other())
    strips.vary("model")
    calm(strips)
    desk.answer()
    assert desk.loaded == ["tiny", "other"]
    assert strips.current == 0
    assert strips.correlation(0) is None
    found = strips.correlation(1)
    assert found is not None
    assert found.count == 5
    assert found.pairs == pytest.approx(1)  # the two are the same Gaussian
    asked = len(desk.asked)
    strips.choose(1)
    draw(state, TinyOther())
    calm(strips)
    assert state.model.name == "other"
    assert strips.current == 1
    assert strips.complete
    assert len(desk.asked) == asked
    assert strips.correlation(0) == found
    state.undo.undo()
    assert state.model.name == "tiny"


class TinyOther(TinyPictures):
    reference = other().reference


def test_pictures_of_another_shape_do_not_stay(made: Made) -> None:
    strips, desk, state = made()
    desk.answer()
    state.choose(staged(None).model.__class__(**{**vars(other("points")), "data_shape": (2,)}))
    assert strips.strip is None
    assert strips.sheet is None
    calm(strips)
    assert strips.sentence == "A strip is of pictures: choose a model of them."


def test_it_goes_where_the_kind_of_edit_goes_and_brings_it(made: Made) -> None:
    strips, _, state = made()
    strips.editing.configure(kind="interpolate")
    assert strips.varies == "share"
    calm(strips)
    assert values(strips) == [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
    assert strips.current is None, "there is no such edit yet"
    strips.choose(6)
    assert strips.current == 6
    assert state.run.latents.edits[0].model_dump()["share"] == 0.75
    strips.vary("source")
    assert strips.editing.kind == "transfer"
    calm(strips)
    assert values(strips) == [1, 2, 3, 4]
    strips.choose(2)
    assert state.run.latents.edits[1].model_dump()["source"] == 3
    strips.vary("steps")
    strips.editing.configure(kind="intensity")
    assert shown(strips) == ("steps", (0,))


def test_of_the_way_between_two_there_is_one_row_unless_a_mask_makes_them_differ(made: Made) -> None:
    strips, _, state = made()
    state.select([4, 2, 3, 1, 0])
    calm(strips)
    assert shown(strips) == ("strength", (4, 2, 3, 1))
    strips.vary("share")
    calm(strips)
    assert shown(strips) == ("share", (4,))
    painted(strips)
    draw(state, TINY)
    calm(strips)
    assert shown(strips) == ("share", (4, 2, 3, 1))


def test_ends_that_were_typed_hold_until_they_are_let_go(made: Made) -> None:
    strips, _, state = made()
    strips.set_range((-0.2, 0.4), 4)
    calm(strips)
    assert values(strips) == [-0.2, 0, 0.2, 0.4]
    painted(strips)
    draw(state, TINY)
    calm(strips)
    assert values(strips) == [-0.2, 0, 0.2, 0.4]
    strips.set_range(None, 3)
    calm(strips)
    assert values(strips) == [-1.5, 0, 1.5]


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("Select a particle", lambda strips: strips.editing.state.select([])),
        ("needs particle 9", lambda strips: strips.editing.wanted["interpolate"].update(between=(0, 9))),
        ("no other particle", lambda strips: [strips.vary("source"), strips.editing.state.select(range(5))]),
        ("No other model", lambda strips: strips.vary("model")),
        ("", lambda strips: strips.vary("none")),
    ],
)
def test_why_there_is_none(made: Made, sentence: str, change: Any) -> None:
    strips, desk, _ = made()
    strips.vary("share")
    change(strips)
    strips.set_range(None, 5)
    calm(strips)
    if strips.drawing:
        with pytest.raises(Exception, match=sentence):
            desk.answer()
    else:
        assert strips.strip is None
        assert sentence in strips.sentence
        assert strips.current is None


def test_the_worker_draws_it_after_the_picture(qapp: QApplication) -> None:
    state = staged(TINY)
    bridge = Bridge(state)
    strips = Strips(Editing(state, bridge), bridge, bridge)
    strips.set_active(True)
    try:
        bridge.draw("current", state.run, state.model)
        wait(lambda: strips.complete)
        assert state.drawing("current").trajectory is not None
        state.change("seed", latents={"seed": 2})
        strips.choose(8)
        wait(lambda: bridge.idle and strips.complete and strips.current == 8)
        assert strips.strip is not None
        assert strips.sheet is not None
        *_, last = execute(strips.strip.columns[8].run, TINY, particles=[0])
        assert np.array_equal(strips.sheet.pictures[8], last.x.numpy().astype(np.float32))  # type: ignore[arg-type]
        assert strips.strip.columns[8].run == state.run
    finally:
        strips.set_active(False)
        bridge.close()
        state.undo.clear()
