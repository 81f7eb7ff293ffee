"""The group that the views of Guidance look at, and what is counted in it. # spec: G1"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.views.groups import look
from tests.app.views.drawn import drawn, pin, saw
from tests.app.views.grouped import grouped, take_up


def test_it_is_that_of_the_first_selected_particle(qapp: QApplication) -> None:
    state = grouped(latents={"count": 25, "group": 10})
    for selection, particles in (((3, 14), range(10)), ((14,), range(10, 20)), ((22,), range(20, 25)), ((), range(10))):
        state.select(selection)
        group = look(state)["current"]
        assert group.particles == particles
        assert (group.number, group.groups) == (particles.start // 10, 3)


def test_a_group_that_a_does_not_have_is_its_last(qapp: QApplication) -> None:
    state = grouped()
    pin(state, "ring", latents={"count": 6, "group": 4})
    state.select([17])
    found = look(state)
    assert list(found) == ["pinned", "current"]
    assert found["pinned"].particles == range(4, 6)
    assert found["current"].particles == range(10, 20)


def test_there_is_none_before_a_step_of_b_arrives(qapp: QApplication) -> None:
    state = drawn("ring")
    pin(state, "ring", latents={"count": 4})
    state.set_drawing("current", type(state.drawing("current"))())
    assert look(state) == {}


def test_what_is_counted_is_what_was_read_of_the_playheads_step(qapp: QApplication) -> None:
    state = grouped()
    take_up(state, "current")
    state.select([12])
    state.set_playhead(4)
    group = look(state)["current"]
    counted = group.counted
    assert counted is not None
    assert group.reading is not None
    labels, quality = group.reading.labels, group.reading.quality
    assert labels is not None
    assert quality is not None
    own = labels[10:20].tolist()
    assert counted.members == {label: [10 + i for i in range(10) if own[i] == label] for label in set(own)}
    assert counted.quality == pytest.approx(np.mean(quality[10:20]))
    assert counted.mean == pytest.approx((len(set(labels[:10].tolist())) + len(set(own))) / 2)
    assert counted.independent == pytest.approx(10 * (1 - 0.9**10))
    assert (counted.size, counted.groups, len(counted.names)) == (10, 2, 10)


def test_nothing_is_counted_where_nothing_was_read_or_no_modes_are_known(qapp: QApplication) -> None:
    state = grouped(read_steps=1)
    assert look(state)["current"].counted is not None
    state.set_playhead(0)
    assert look(state)["current"].counted is None
    unknown = grouped("s-curve-2d")
    assert look(unknown)["current"].reading is not None
    assert look(unknown)["current"].counted is None
    assert saw(unknown, "current").complete
