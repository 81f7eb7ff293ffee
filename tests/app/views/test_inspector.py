"""Inspector: panels and numbers of the selected particle, A beside B, and what stands for nothing. # spec: A1, A4"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.state import Drawing, State
from app.views.inspector import GIVEN, NOBODY, Inspector
from app.views.numerals import significant
from app.views.panel import Content, Panel, coordinates
from engine.analysis.pictures import side_by_side
from engine.execute import record
from engine.models.catalogue import describe
from engine.run import Run
from tests.app.views.stage import TinyPictures, colour, draw, staged
from tests.engine.tiny import TinyMixture, conditional, run_of


def shown(qtbot: QtBot, state: State) -> Inspector:
    inspector = Inspector(state)
    # Held until it is closed: else a collection in the midst of a late paint may take it away.
    qtbot.addWidget(inspector, before_close_func=lambda _: inspector.hide())
    inspector.resize(260, 700)
    inspector.show()
    return inspector


def numbers(inspector: Inspector) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in inspector.readings.rows}


@pytest.fixture
def pictures(qapp: object) -> State:
    state = staged(TinyPictures())
    draw(state, TinyPictures())
    state.set_playhead(2)
    return state


def test_the_panels_are_those_of_the_selected_particle_at_the_playhead(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    pictures.select([3, 0, 1])
    step = pictures.step("current")
    assert step is not None
    for name in ("x", "denoised", "drift", "correction"):
        content = inspector.panels["current", name].content
        np.testing.assert_array_equal(content.values, getattr(step, name)[3].numpy())
        assert content.lines[0].endswith(f"{getattr(step, name)[3].norm().item():.3g}")
    assert (inspector.heading.text(), inspector.others.text()) == ("particle 3", "+ 2 more")
    pictures.set_playhead(4)
    assert inspector.panels["current", "x"].content.values is not None
    np.testing.assert_array_equal(inspector.panels["current", "x"].content.values, pictures.step("current").x[3])  # type: ignore[union-attr]


def test_more_or_fewer_selected_changes_the_heading_only(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    pictures.select([0, 4])
    assert inspector.others.text() == "+ 1 more"
    pictures.select([0])
    assert inspector.others.text() == ""


def test_a_part_that_does_not_exist_keeps_its_place(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    places = {key: panel.geometry() for key, panel in inspector.panels.items()}
    assert inspector.panels["current", "noise"].content.lines == ("none at this step",)
    pictures.set_playhead(6)
    assert inspector.panels["current", "drift"].content.lines == ("none at this step",)
    # At sigma 0 the state is its own estimate.
    assert inspector.panels["current", "denoised"].content.values is not None
    qtbot.wait(0)
    assert {key: panel.geometry() for key, panel in inspector.panels.items()} == places


def test_scales_are_shared_by_what_is_compared_and_printed(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    pictures.pin(pictures.run.replace(sampler={"churn": 3.0}), pictures.model)
    draw(pictures, TinyPictures(), "pinned")
    contents = {key: panel.content for key, panel in inspector.panels.items()}
    limits = {contents[side, name].limit for side in ("pinned", "current") for name in ("drift", "correction")}
    assert len(limits) == 1
    assert contents["current", "drift"].lines[1] == contents["pinned", "correction"].lines[1]
    assert contents["current", "x"].limit == pytest.approx(1 + 2 * pictures.step("current").sigma)  # type: ignore[union-attr]
    assert contents["current", "x"].lines[1].endswith("= 1 + 2σ")


def test_a_of_another_kind_of_data_has_panels_of_its_own(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    pictures.pin(run_of(latents={"seed": 5}), staged().model)
    draw(pictures, TinyMixture(), "pinned")
    a, b = inspector.panels["pinned", "denoised"], inspector.panels["current", "denoised"]
    assert a.content.values is not None
    assert a.content.values.shape == (2,)
    assert a.heightForWidth(100) < b.heightForWidth(100)
    assert not inspector.grab().isNull()


def test_a_and_b_stand_beside_each_other(qtbot: QtBot, pictures: State) -> None:
    inspector = shown(qtbot, pictures)
    pictures.pin(pictures.run.replace(sampler={"churn": 3.0}, latents={"seed": 5, "count": 2}), pictures.model)
    draw(pictures, TinyPictures(), "pinned")
    pictures.select([1])
    rows = numbers(inspector)
    assert rows[""] == ["A", "B"]
    assert rows["seed, particle"] == ["5, 1", "0, 1"]
    assert rows["γ"] == ["0.414", "–"]
    a, b = inspector.panels["pinned", "x"], inspector.panels["current", "x"]
    qtbot.waitUntil(lambda: a.y() == b.y() and a.x() < b.x())
    pictures.select([4])
    assert inspector.panels["pinned", "x"].content.lines == ("no particle 4",)
    pictures.pin(None)
    assert ("pinned", "x") not in inspector.panels


def test_the_numbers_at_a_step(qtbot: QtBot, qapp: object) -> None:
    state = staged(sampler={"churn": 1.2})
    trajectory = draw(state)
    inspector = shown(qtbot, state)
    state.set_playhead(1)
    rows = numbers(inspector)
    step = trajectory[1]
    assert step is not None
    assert rows["σ"] == [f"{trajectory.sigmas[1]:.1f}"]
    assert rows["σ after churn"] == [f"{1.2 * trajectory.sigmas[1]:.1f}"]  # gamma = S_churn / N = 1.2 / 6
    assert rows["γ"] == ["0.200"]
    assert rows["evaluations"] == ["4"]
    state.set_playhead(6)
    rows = numbers(inspector)
    assert (rows["σ"], rows["‖d‖"], rows["evaluations"]) == (["0"], ["–"], ["11"])


def test_evaluations_of_a_coarse_run_are_not_taken_for_those_of_the_right_one(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state)
    inspector = shown(qtbot, state)
    assert numbers(inspector)["evaluations"] == ["11"]
    *_, ahead = record(state.run.replace(schedule={"steps": 3}), TinyMixture())
    state.set_drawing("current", Drawing(ahead, running=True, coarse=True))
    assert numbers(inspector)["evaluations"] == ["–"]


def test_drift_and_guidance_stand_beside_each_other_with_their_norms(qtbot: QtBot, qapp: object) -> None:
    state = staged(TinyPictures(), guidance={"k_pg": 3.0})
    trajectory = draw(state, TinyPictures())
    inspector = shown(qtbot, state)
    state.set_playhead(2)
    drift, guidance = (inspector.panels["current", name] for name in ("drift", "guidance"))
    assert drift.y() == guidance.y()
    assert drift.x() < guidance.x()
    rows, step = numbers(inspector), trajectory[2]
    assert step is not None
    assert step.guidance is not None
    assert step.drift is not None
    assert rows["‖g‖"] == [significant(float(step.guidance[0].norm()))]
    assert rows["‖d‖"] == [significant(float(step.drift[0].norm()))]


def test_evaluations_are_about_right_where_steps_were_dropped(qtbot: QtBot, qapp: object) -> None:
    state = staged(schedule={"steps": 40})
    trajectory = draw(state, budget=4000)
    assert trajectory.stride > 1
    inspector = shown(qtbot, state)
    state.set_playhead(trajectory.stride)
    (text,) = numbers(inspector)["evaluations"]
    assert text.startswith("≈ ")
    assert abs(int(text[2:]) - 2 * (trajectory.stride + 1)) <= 1


def test_a_dropped_step_is_asked_for_and_shown_when_it_is_back(qtbot: QtBot, qapp: object) -> None:
    state = staged(schedule={"steps": 40})
    trajectory = draw(state, budget=4000)
    inspector = shown(qtbot, state)
    with qtbot.waitSignal(state.replay_wanted, check_params_cb=lambda side, index: index == 1):
        state.set_playhead(1)
    assert inspector.panels["current", "x"].content.lines == ("drawn again",)
    whole = draw(staged(schedule={"steps": 40}))[1]
    assert whole is not None
    trajectory.remember(whole)
    state.step_replayed.emit("current", 1)
    assert inspector.panels["current", "x"].content.values is not None


def test_points_are_numbers_with_three_digits(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    trajectory = draw(state)
    inspector = shown(qtbot, state)
    state.set_playhead(3)
    values = inspector.panels["current", "x"].content.values
    assert values is not None
    assert values.shape == (2,)
    assert inspector.panels["current", "drift"].height() < 50
    assert inspector.panels["current", "x"].grab().toImage() != inspector.panels["current", "drift"].grab().toImage()
    assert trajectory.complete


def test_coordinates_are_short() -> None:
    assert coordinates(np.array([1.25, -0.5])) == "(1.25, −0.500)"
    assert coordinates(np.array([80.0])) == "80.0"
    assert coordinates(np.zeros((3, 4))) == "12 values"


def test_without_anyone_selected_or_drawn_a_sentence_says_what_to_do(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    inspector = shown(qtbot, state)
    assert inspector.sentence.isVisible()
    assert inspector.sentence.text().endswith(".")
    state.set_drawing("current", Drawing(error="No memory: lower the count."))
    assert inspector.sentence.text() == "No memory: lower the count."
    draw(state)
    assert not inspector.sentence.isVisible()
    assert inspector.readings.isVisible()
    state.select([])
    assert (inspector.sentence.text(), inspector.readings.isVisible()) == (NOBODY, False)


def test_arriving_steps_appear(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state, steps=2)
    inspector = shown(qtbot, state)
    assert numbers(inspector)["evaluations"] == ["4"]
    draw(state)
    assert numbers(inspector)["evaluations"] == ["11"]


# spec: T4
def test_the_condition_of_the_particle_is_shown_frames_side_by_side(qtbot: QtBot, qapp: object) -> None:
    model = conditional((1, 4, 6), frames=3)
    run = Run(model=model.reference).replace(schedule={"steps": 3}, condition={"example": "each"})
    state = State(run, describe(model, "a test"))
    *_, trajectory = record(run, model)
    state.set_drawing("current", Drawing(trajectory))
    inspector = shown(qtbot, state)
    state.select([4])
    content = inspector.panels["current", GIVEN].content
    np.testing.assert_array_equal(content.values, side_by_side(model.examples[1].numpy(), 1))  # type: ignore[index]
    assert content.lines == ("each its own example",)
    last = run.replace(condition={"example": 2})
    state.pin(last, state.model)
    *_, trajectory = record(last, model)
    state.set_drawing("pinned", Drawing(trajectory))
    assert inspector.panels["pinned", GIVEN].content.lines == ("example 2",)


def test_a_model_without_a_condition_has_no_panel_for_it(qtbot: QtBot, pictures: State) -> None:
    assert ("current", GIVEN) not in shown(qtbot, pictures).panels


@pytest.mark.parametrize("dark", [False, True])
def test_zero_of_a_signed_field_is_neutral_in_both_schemes(
    qtbot: QtBot, qapp: object, monkeypatch: pytest.MonkeyPatch, dark: bool
) -> None:
    monkeypatch.setattr(theme, "is_dark", lambda: dark)
    panel = Panel("Drift d", "The drift.", 0.5)
    qtbot.addWidget(panel)
    panel.resize(100, 100)
    values = np.array([[[-2.0, 0.0, 2.0, 2.0]] * 2])
    panel.show_content(Content(("‖d‖ 1",), values, 2.0, True))
    y = panel.fontMetrics().height() + 25
    table = [QColor(*rgb) for rgb in theme.diverging().tolist()]
    assert [colour(panel, x, y) for x in (12, 37, 62, 87)] == [table[0], table[128], table[255], table[255]]
    assert panel.accessibleDescription() == "‖d‖ 1"


def test_pictures_are_drawn_in_their_own_colours(qtbot: QtBot, qapp: object) -> None:
    panel = Panel("Estimate", "The estimate.", 1.0)
    qtbot.addWidget(panel)
    panel.resize(100, 160)
    y = panel.fontMetrics().height() + 50
    panel.show_content(Content((), np.array([[[1.0]], [[-1.0]], [[0.0]]])))
    assert colour(panel, 50, y).getRgb()[:3] == (255, 0, 128)
    panel.show_content(Content((), np.array([[-3.0]])))
    assert colour(panel, 50, y) == QColor("black")


def test_the_numbers_are_those_of_the_sampler(qtbot: QtBot) -> None:
    # spec: S11
    state = staged(TinyPictures(), sampler={"name": "ode"})
    trajectory = draw(state, TinyPictures())
    inspector = shown(qtbot, state)
    state.set_playhead(2)
    step = trajectory[2]
    assert step is not None
    assert step.error is not None
    assert numbers(inspector)["error / allowed"] == [significant(step.error[0].item())]
    assert "γ" not in numbers(inspector)
    state.pin(state.run.replace(sampler={"name": "heun", "churn": 3.0}), state.model)
    draw(state, TinyPictures(), "pinned")
    assert numbers(inspector)["γ"] == ["0.414", "–"]
    assert numbers(inspector)["error / allowed"][0] == "–"
