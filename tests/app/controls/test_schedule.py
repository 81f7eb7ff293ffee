"""The schedule: its list, the rows that have an effect, presets, and what is said about levels that do not do."""
# spec: S1, S4, S9

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.controls.schedule import PresetRow, ScheduleGroup
from app.state import State
from engine.models.betas import PRESETS
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import SCHEDULE_SETTINGS, UNBOUNDED, DDPMSchedule
from engine.settings.schedules import LogLinearSchedule
from tests.app.controls.looks import in_sight, pick, write
from tests.app.views.stage import on_screen


def state_of(model: str, **schedule: Any) -> State:
    info = named(model)
    return State(Run(model=info.reference).replace(schedule=schedule), info)


def shown(qtbot: QtBot, state: State) -> ScheduleGroup:
    """The group on the screen, which is held until it is closed."""
    return on_screen(qtbot, ScheduleGroup(state), state, 270, 600)


def rows(group: ScheduleGroup) -> dict[str, Any]:
    """The rows in sight, by their field."""
    return in_sight(group, "schedule")


def test_the_list_chooses_a_schedule_in_one_step_and_shows_its_rows(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", steps=30)
    group = shown(qtbot, state)
    assert [group.kinds.choice.itemText(i) for i in range(3)] == [kind.label for kind in SCHEDULE_SETTINGS.values()]
    assert list(rows(group)) == ["steps", "sigma_max", "sigma_min", "rho"]
    pick(group.kinds, LogLinearSchedule.label)  # type: ignore[arg-type]
    assert state.run.schedule == LogLinearSchedule(steps=30)
    assert list(rows(group)) == ["steps", "sigma_max", "sigma_min"]
    assert rows(group)["sigma_max"].box.value() == 40
    assert state.undo.count() == 1
    state.undo.undo()
    assert group.kinds.choice.currentText() == "EDM (rho)"
    assert rows(group)["sigma_max"].box.value() == 80


def test_the_list_works_by_keys(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring")
    group = shown(qtbot, state)
    group.kinds.choice.setFocus()
    QTest.keyClick(group.kinds.choice, Qt.Key.Key_Down)
    assert state.run.schedule.name == "log-linear"


def test_each_row_changes_the_schedule_that_is_chosen(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring")
    group = shown(qtbot, state)
    pick(group.kinds, "DDPM")  # type: ignore[arg-type]
    write(rows(group)["steps"], "12")
    write(rows(group)["horizon"], "500")
    pick(rows(group)["spacing"], "leading")
    assert state.run.schedule == DDPMSchedule(steps=12, horizon=500, spacing="leading")
    pick(group.kinds, "EDM")  # type: ignore[arg-type]
    assert rows(group)["steps"].box.value() == 12


def test_a_choice_that_its_ends_forbid_is_explained_and_not_made(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", sigma_min=60.0)
    group = shown(qtbot, state)
    pick(group.kinds, LogLinearSchedule.label)  # type: ignore[arg-type]
    assert state.run.schedule.name == "edm"
    assert group.kinds.choice.currentText() == "EDM (rho)"
    assert "sigma_min (60) must be below sigma_max (40): lower it" in group.kinds.note.text()
    assert group.kinds.note.isVisible()
    write(rows(group)["sigma_min"], "0.1")
    assert not group.kinds.note.isVisible()


def test_betas_are_shown_where_they_have_an_effect(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", name="ddpm")
    group = shown(qtbot, state)
    always = {"steps", "sigma_max", "sigma_min", "spacing", "preset", "betas"}
    for betas, expected in (
        ("linear", {"horizon", "first", "last"}),
        ("scaled linear", {"horizon", "first", "last"}),
        ("cosine", {"horizon", "offset"}),
        ("own", {"horizon", "first", "last"}),
    ):
        pick(rows(group)["betas"], betas)
        assert state.run.schedule.values()["betas"] == betas
        assert rows(group).keys() - always == expected
    state.choose(named("symmetric-2d-ddpm"))
    assert rows(group).keys() == always, "a model with steps t of its own needs no others"


def test_dragging_rho_moves_the_curve(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", steps=8)
    group = shown(qtbot, state)
    slider, plot = rows(group)["rho"].slider, group.levels.plot
    heights = [plot.place(4).y()]
    slider.setSliderDown(True)
    for position in (300, 200, 100, 0):
        slider.setValue(position)
        heights.append(plot.place(4).y())
    slider.setSliderDown(False)
    assert heights == sorted(set(heights), reverse=True)
    assert (state.run.schedule.values()["rho"], state.undo.count()) == (1.0, 1)


# -- presets ---------------------------------------------------------------------------------------------------------


def preset(group: ScheduleGroup) -> PresetRow:
    (found,) = group.findChildren(PresetRow)
    return found


def test_a_preset_sets_the_betas_of_its_name(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", name="ddpm", sigma_max=50.0)
    row = preset(shown(qtbot, state))
    for name, betas in PRESETS.items():
        (entry,) = [text for i in range(row.choice.count()) if name in (text := row.choice.itemText(i)).split(", ")]
        pick(row, entry)
        schedule = state.run.schedule.values()
        assert (schedule["betas"], schedule["horizon"]) == (betas.kind, betas.steps)
        assert (schedule["first"], schedule["last"]) == (betas.first, betas.last)
        assert schedule["sigma_max"] == UNBOUNDED
        assert row.choice.currentText() == entry
    state.undo.undo()
    assert row.choice.currentText() != entry


def test_the_models_own_and_ddim_offset(qtbot: QtBot, qapp: object) -> None:
    state = state_of("symmetric-2d-ddpm", name="ddpm")
    row = preset(group := shown(qtbot, state))
    assert row.choice.currentText() == "The model's own"
    pick(row, "DDIM offset")
    assert state.run.schedule == DDPMSchedule(sigma_max=40.0)
    pick(row, "Celeb64")
    pick(rows(group)["betas"], "own")
    assert row.choice.currentText() == "The model's own", "what has no effect is not compared"
    write(rows(group)["sigma_max"], "60")
    assert row.choice.currentIndex() == -1
    assert row.choice.placeholderText() == "Custom"


# -- what is said ----------------------------------------------------------------------------------------------------


def note(group: ScheduleGroup, field: str) -> str:
    row = rows(group)[field]
    return str(row.note.text()) if row.note.isVisible() else ""


def test_a_last_level_that_still_shows_the_data_is_warned_of(qtbot: QtBot, qapp: object) -> None:
    """abar_T is 0.166 in the preset Low1DMix."""
    state = state_of("mixture-1d", name="ddpm")
    group = shown(qtbot, state)
    assert note(group, "sigma_max") == ""
    pick(preset(group), "Low1DMix")
    assert "The data still show at the first level, σ 2.24 (ᾱ 0.166)" in note(group, "sigma_max")
    pick(group.kinds, "EDM")  # type: ignore[arg-type]
    assert note(group, "sigma_max") == ""
    write(rows(group)["sigma_max"], "10")
    assert note(group, "sigma_max") == ""
    write(rows(group)["sigma_max"], "9")
    assert "σ 9.00 (ᾱ 0.0122)" in note(group, "sigma_max")


def test_more_steps_than_levels_are_explained_at_the_steps(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", name="ddpm", horizon=20)
    group = shown(qtbot, state)
    assert note(group, "steps").startswith("There are 20 levels between sigma_min and sigma_max: take at most so many")
    write(rows(group)["steps"], "20")
    assert note(group, "steps") == ""


def test_levels_that_a_model_does_not_know_are_noted(qtbot: QtBot, qapp: object) -> None:
    state = state_of("s-curve-2d", sigma_max=1000.0, sigma_min=0.001)
    group = shown(qtbot, state)
    assert note(group, "sigma_max") == "s-curve-2d knows levels up to 80: drawn from there."
    assert note(group, "sigma_min") == "s-curve-2d knows levels down to 0.002: drawn to there."
    state.change("DDPM", schedule=DDPMSchedule().model_dump())
    assert (note(group, "sigma_max"), note(group, "sigma_min")) == ("", ""), "no limit is no level"


def test_no_limit_is_the_right_end_for_a_ddpm(qtbot: QtBot, qapp: object) -> None:
    state = state_of("ring", name="ddpm")
    row = rows(shown(qtbot, state))["sigma_max"]
    assert (row.box.text(), row.slider.value()) == ("no limit", row.slider.maximum())
    write(row, "40")
    assert state.run.schedule.sigma_max == 40
    row.slider.setValue(row.slider.maximum())
    assert state.run.schedule.sigma_max == UNBOUNDED
