"""The norms of drift and guidance of a group, and what is said where nothing pushes. # spec: A4"""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.norms import axis
from app.views.pushes import ALONE, NONE, OFF, PUSH, Pushes
from tests.app.views.drawn import drawn, pin, saw
from tests.app.views.grouped import GROUPS, draw_again
from tests.app.views.stage import colour


def shown(qtbot: QtBot, state: State) -> Pushes:
    pushes = Pushes(state)
    qtbot.addWidget(pushes)
    pushes.resize(400, 140)
    pushes.show()
    return pushes


def test_the_curves_are_the_means_over_the_group(qtbot: QtBot) -> None:
    state = drawn("ring", **GROUPS)
    pushes = shown(qtbot, state)
    state.select([13])
    curves = pushes.curves()
    assert list(curves) == [("current", "drift"), ("current", "guidance")]
    step = saw(state, "current")[2]
    assert step is not None
    assert step.drift is not None
    assert step.guidance is not None
    assert curves["current", "drift"].mean[2] == pytest.approx(step.drift[10:].norm(dim=1).mean().item())
    assert curves["current", "guidance"].mean[2] == pytest.approx(step.guidance[10:].norm(dim=1).mean().item())
    state.select([2])
    assert pushes.curves()["current", "drift"].mean[2] == pytest.approx(step.drift[:10].norm(dim=1).mean().item())


def test_the_drift_of_a_is_there_to_compare(qtbot: QtBot) -> None:
    state = drawn("ring", **GROUPS)
    pin(state, "ring", guidance={"k_pg": 0.0})
    curves = shown(qtbot, state).curves()
    assert list(curves) == [("pinned", "drift"), ("current", "drift"), ("current", "guidance")]
    first = saw(state, "pinned")[0]
    assert first is not None
    assert first.drift is not None
    assert curves["pinned", "drift"].mean[0] == pytest.approx(first.drift[:10].norm(dim=1).mean().item())


def test_it_is_shaded_where_guidance_exceeds_the_drift(qtbot: QtBot) -> None:
    state = drawn("ring", **{**GROUPS, "guidance": {"k_pg": 20.0}})
    pushes = shown(qtbot, state)
    state.set_playhead(8)
    curves = pushes.curves()
    drift, guidance = (curves["current", name].mean for name in ("drift", "guidance"))
    stronger = [guidance[i] > drift[i] for i in range(8)]
    assert any(stronger)
    assert not all(stronger)
    for index in range(8):
        if stronger[index] == stronger[max(0, index - 1)] == stronger[min(7, index + 1)]:
            greenish = _shaded(pushes, axis(pushes, state).x(index))
            assert greenish == stronger[index], index


def _shaded(pushes: Pushes, x: float) -> bool:
    """Whether the shade stands anywhere in that column of pixels."""
    base, full = pushes.palette().window().color(), theme.category(PUSH)
    parts = zip(base.getRgb()[:3], full.getRgb()[:3], strict=True)  # type: ignore[index]
    shade = QColor(*(round(0.7 * a + 0.3 * b) for a, b in parts))
    pixels = [colour(pushes, x, y).getRgb()[:3] for y in range(2, pushes.height() - 8)]  # type: ignore[index]
    return any(max(abs(a - b) for a, b in zip(p, shade.getRgb()[:3], strict=True)) < 8 for p in pixels)  # type: ignore[index]


def test_what_to_do_where_nothing_pushes_is_said(qtbot: QtBot) -> None:
    state = drawn("ring", **GROUPS)
    pushes = shown(qtbot, state)
    assert pushes.sentence() == ""
    draw_again(state, guidance={"k_pg": 0.0})
    assert pushes.sentence() == OFF
    draw_again(state, guidance={"k_pg": 1.0, "bandwidth": "fixed", "width": 1e-9})
    assert pushes.sentence() == NONE
    draw_again(state, latents={"group": 1})
    assert pushes.sentence() == ALONE
    pushes.hide()
    state.undo.clear()
