"""The sampler: its list, what is not offered and why, the rows of each kind, and the count of evaluations."""
# spec: S2, S3, S5, S6, S8, S11, S12, S13

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QStandardItemModel
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.controls.sampler import SamplerGroup
from app.state import State
from engine import offers
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import SAMPLER_SETTINGS
from tests.app.controls.looks import in_sight, pick, write
from tests.app.views.stage import draw, on_screen, staged

NAMES = list(SAMPLER_SETTINGS)


def state_of(model: str = "ring", **groups: Any) -> State:
    info = named(model)
    return State(Run(model=info.reference).replace(**groups), info)


def set_sampler(state: State, name: str, **settings: Any) -> None:
    """Take that sampler with these settings, the others at their defaults."""
    state.change("sampler", sampler=SAMPLER_SETTINGS[name](name=name, **settings).model_dump())


def shown(qtbot: QtBot, state: State) -> SamplerGroup:
    """The group on the screen, which is held until it is closed."""
    return on_screen(qtbot, SamplerGroup(state), state, 270, 500)


def rows(group: SamplerGroup) -> dict[str, Any]:
    """The rows in sight, by their field."""
    return in_sight(group, "sampler")


def note(group: SamplerGroup, field: str) -> str:
    row = rows(group)[field]
    return str(row.note.text()) if row.note.isVisible() else ""


def enabled(group: SamplerGroup) -> set[str]:
    items = group.kinds.choice.model()
    assert isinstance(items, QStandardItemModel)
    return {name for row, name in enumerate(NAMES) if items.item(row).isEnabled()}


def tooltip(group: SamplerGroup, name: str) -> str:
    return str(group.kinds.choice.itemData(NAMES.index(name), Qt.ItemDataRole.ToolTipRole))


def test_each_sampler_is_chosen_in_one_step_and_shows_its_own_rows(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    assert set(rows(group)) == {"churn", "s_min", "s_max", "s_noise"}
    for name in NAMES:
        settings = SAMPLER_SETTINGS[name]
        if settings.needs_picture:
            continue
        before = state.undo.count()
        pick(group.kinds, settings.label)  # type: ignore[arg-type]
        assert state.run.sampler == settings(name=name)
        assert state.undo.count() == before + (name != "heun")
        assert rows(group).keys() <= settings.model_fields.keys() - {"name"}
        for field, row in rows(group).items():
            assert row.label.text() == settings.model_fields[field].title
            assert row.label.toolTip() == settings.model_fields[field].description
    state.undo.undo()
    assert group.kinds.choice.currentText() == SAMPLER_SETTINGS["deis"].label


def test_rows_of_one_name_belong_to_one_sampler_each(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    made = set()
    for name in ("euler-maruyama", "predictor-corrector"):
        pick(group.kinds, SAMPLER_SETTINGS[name].label)  # type: ignore[arg-type]
        assert list(rows(group)).count("process") == 1
        made.add(id(rows(group)["process"]))
        pick(rows(group)["process"], "VP")
        assert state.run.sampler.values()["process"] == "VP"
    assert len(made) == 2


def test_a_row_changes_the_run_undoably(qtbot: QtBot, qapp: object) -> None:
    state = state_of(sampler={"name": "ddim"})
    group = shown(qtbot, state)
    write(rows(group)["eta"], "0.5")
    assert state.run.sampler.values()["eta"] == 0.5
    state.undo.undo()
    assert rows(group)["eta"].box.value() == 0
    pick(group.kinds, SAMPLER_SETTINGS["euler"].label)  # type: ignore[arg-type]
    rows(group)["stochastic"].check.click()
    assert state.run.sampler.values()["stochastic"] is True


SHOWN: list[tuple[dict[str, Any], set[str]]] = [
    ({"name": "ode"}, {"method", "adaptive", "rtol", "atol"}),
    ({"name": "ode", "adaptive": False}, {"method", "adaptive", "substeps"}),
    ({"name": "ode", "method": "euler"}, {"method", "substeps"}),
    ({"name": "langevin"}, {"annealed", "iterations", "step_size", "metropolis"}),
    ({"name": "langevin", "annealed": False}, {"annealed", "level", "iterations", "step_size", "metropolis"}),
]


def test_settings_without_effect_are_not_shown(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    for settings, expected in SHOWN:
        set_sampler(state, **settings)
        assert rows(group).keys() == expected, settings


NOTED: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "gradient-estimation", "gamma": 1.0}, "gamma", "γ = 1 is DDIM."),
    ({"name": "ddim", "eta": 1.0}, "eta", "η = 1 is DDPM with β̃."),
    ({"name": "ddpm", "variance": "none"}, "variance", "do not cover the data"),
    ({"name": "predictor-corrector", "corrections": 0}, "corrections", "The predictor alone"),
    ({"name": "langevin", "step_size": 2.0}, "step_size", "overshoot"),
    ({"name": "heun", "churn": 20.0}, "churn", "S_churn = 9.11: more changes nothing"),
    ({"name": "heun", "churn": 1.0, "s_min": 2.0, "s_max": 1.0}, "s_min", "no step adds noise"),
]


def test_what_a_value_means_is_noted(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    for settings, field, says in NOTED:
        set_sampler(state, **settings)
        assert says in note(group, field), settings
        set_sampler(state, name=settings["name"])
        assert note(group, field) == "", settings


# -- what is not offered ---------------------------------------------------------------------------------------------


@pytest.fixture
def without_diffusers(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "diffusers" else real(name))


def test_what_makes_no_sense_is_greyed_with_the_reason(qtbot: QtBot, qapp: object) -> None:
    group = shown(qtbot, state_of())
    refused = {name for name in NAMES if offers.refusal(name, named("ring"))}
    assert "noising" in refused
    assert enabled(group) == set(NAMES) - refused
    assert tooltip(group, "noising") == offers.refusal("noising", named("ring"))
    assert tooltip(group, "ddim").startswith("DDIM: the estimate D")


def test_a_greyed_sampler_cannot_be_chosen(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    pick(group.kinds, SAMPLER_SETTINGS["noising"].label)  # type: ignore[arg-type]
    group.kinds.choice.hidePopup()
    assert state.run.sampler.name == "heun"
    group.kinds.choice.setFocus()
    QTest.keyClick(group.kinds.choice, Qt.Key.Key_End)
    assert state.run.sampler.name == NAMES[-2]


def test_a_run_with_a_sampler_that_is_refused_says_why(qtbot: QtBot, qapp: object) -> None:
    state = state_of("s-curve-2d", sampler={"name": "langevin", "metropolis": True})
    group = shown(qtbot, state)
    assert group.kinds.note.isVisible()
    assert group.kinds.note.text().startswith("Metropolis needs the density")
    rows(group)["metropolis"].check.click()
    assert not group.kinds.note.isVisible()
    assert "langevin" in enabled(group)


# spec: G5
def test_with_guidance_the_ode_can_be_chosen_and_then_says_what_to_turn_off(qtbot: QtBot, qapp: object) -> None:
    state = state_of(guidance={"k_pg": 1.0})
    group = shown(qtbot, state)
    assert "ode" in enabled(group)
    set_sampler(state, "ode")
    assert group.kinds.note.text() == offers.TOGETHER
    assert group.kinds.note.isVisible()
    rows(group)["adaptive"].check.click()
    assert not group.kinds.note.isVisible()
    assert "ode" in enabled(group)


# spec: G6
def test_the_weight_of_the_sdes_noise_goes_down_to_0(qtbot: QtBot, qapp: object) -> None:
    state = state_of(sampler={"name": "euler-maruyama"})
    slider = rows(shown(qtbot, state))["s_noise"].slider
    for position, value in ((slider.minimum(), 0.0), (slider.maximum(), 1.0)):
        slider.setValue(position)
        assert state.run.sampler.values()["s_noise"] == value
    slider.setValue((slider.minimum() + slider.maximum()) // 2)
    assert state.run.sampler.values()["s_noise"] == pytest.approx(0.1, rel=0.01)
    state.undo.clear()


def test_without_its_package_a_sampler_is_greyed_and_a_button_copies_how_to_install_it(
    qtbot: QtBot, qapp: object, without_diffusers: None
) -> None:
    group = shown(qtbot, state_of())
    assert enabled(group) & {"pndm", "dpm-solver++", "deis", "unipc"} == set()
    assert tooltip(group, "unipc") == offers.MISSING
    assert group.install.isVisible()
    assert offers.INSTALL in group.install.command.text()
    assert all(label in group.install.command.text() for label in ("PNDM", "DPM-Solver++", "DEIS", "UniPC"))
    QTest.mouseClick(group.install.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == offers.INSTALL


def test_with_it_nothing_is_said_of_installing(qtbot: QtBot, qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: object())
    group = shown(qtbot, state_of())
    assert not group.install.isVisible()
    assert "unipc" in enabled(group)


# -- evaluations -----------------------------------------------------------------------------------------------------


def test_evaluations_are_counted_once_the_run_is_drawn(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    group = shown(qtbot, state)
    assert group.cost.text() == "6 steps, about 12 evaluations"
    draw(state, steps=3)
    assert group.cost.text() == "6 steps, about 12 evaluations"
    draw(state)
    assert group.cost.text() == "6 steps, 11 evaluations"
    state.change("seed", latents={"seed": 3})
    assert group.cost.text() == "6 steps, 11 evaluations", "another seed takes as many"
    state.change("steps", schedule={"steps": 9})
    assert group.cost.text() == "9 steps, about 18 evaluations"
    state.change("sampler", sampler={"name": "ddim"})
    assert group.cost.text() == "9 steps, about 9 evaluations"
    draw(state)
    assert group.cost.text() == "9 steps, 9 evaluations"


def test_churn_keeps_its_scale_and_its_mark(qtbot: QtBot, qapp: object) -> None:
    state = state_of(sampler={"name": "ddim"})
    group = shown(qtbot, state)
    state.change("steps", schedule={"steps": 100})
    pick(group.kinds, "Heun")  # type: ignore[arg-type]
    churn = rows(group)["churn"]
    assert churn.span.high > 41.4
    assert churn.slider._mark == churn.span.position(41.42)
    state.change("steps", schedule={"steps": 10})
    assert churn.span.high < 6
