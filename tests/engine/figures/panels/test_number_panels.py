"""Panels of numbers: norms, levels, modes, distances, a map, next frames and curves, held against what they are of."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import frames
from engine.analysis import basemap, futures, modes
from engine.errors import InputError
from engine.figures.figure import Bars, Gallery, Points, Words
from engine.figures.panels import PANELS, suits
from engine.figures.panels.norms import _crossed
from engine.figures.sheet import Curves, Distances, Futures, Map, Modes, Norms, Pictures, Plane, Schedule, Series
from engine.models.catalogue import named
from engine.run import Run
from tests.engine.figures.panels.drawn import DIGITS, RING, computed, material, step, trajectory

RINGS = material(RING)
GUIDED = RING.replace(guidance={"k_pg": 0.05}, latents={"seed": 1})


def test_norms_are_the_trajectory_s() -> None:
    shown, data = computed(Norms(names=("x", "drift"), step=2), RINGS)
    whole = trajectory(RING, "ring")
    for name in ("x", "drift"):
        expected = np.stack([norm.numpy() for norm in whole.norms(name) if norm is not None])
        assert (data[name] == expected).all()
    assert [curve.label for curve in shown.curves] == ["‖x‖ noisy state", "‖d‖ drift d"]
    assert list(shown.curves[1].y) == data["drift"].mean(1).tolist()
    low, high = np.percentile(data["x"], (10, 90), axis=1)
    assert (list(shown.areas[0].low), list(shown.areas[0].high)) == (low.tolist(), high.tolist())
    assert (shown.mark, shown.log_y) == (2.0, True)


def test_norms_of_what_was_not_evaluated_are_refused() -> None:
    with pytest.raises(InputError, match="Nothing of this kind was evaluated"):
        computed(Norms(names=("guidance",)), RINGS)


def test_where_guidance_exceeds_the_drift_is_shaded() -> None:
    shown, data = computed(Norms(names=("drift", "guidance")), material(GUIDED))
    stronger = data["guidance"].mean(1) > data["drift"].mean(1)
    named_ = [area for area in shown.areas if area.label == "guidance exceeds drift"]
    assert len(named_) == int(stronger.any())
    weak = GUIDED.replace(guidance={"k_pg": 1e-9})
    shown, _ = computed(Norms(names=("drift", "guidance")), material(weak))
    assert "guidance exceeds drift" not in [area.label for area in shown.areas]


@given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=2, max_size=9))
def test_curves_meet_where_they_cross(pairs: list[tuple[float, float]]) -> None:
    below, above = (np.array(values) for values in zip(*pairs, strict=True))
    x, low, high = _crossed(np.arange(len(pairs)), below, above)
    assert (np.diff(x) > 0).all()
    assert (high >= low).all()
    kept = np.isin(x, np.arange(len(pairs)))
    np.testing.assert_allclose(low[kept], below, rtol=1e-9)
    np.testing.assert_allclose(high[kept], np.maximum(below, above), rtol=1e-9)
    np.testing.assert_allclose(low[~kept], high[~kept], rtol=1e-6)


def test_levels_are_those_of_the_run() -> None:
    shown, data = computed(Schedule(step=1), RINGS)
    assert data["sigma"].tolist() == trajectory(RING, "ring").sigmas
    assert shown.x_label == "step, σ = 0 at step 6"
    assert shown.mark == 1.0
    assert shown.title == "Noise level σ over the steps, EDM (rho)"


def test_modes_are_counted() -> None:
    shown, data = computed(Modes(), RINGS)
    labels, quality = modes.read(named("ring"), step(RING, "ring", 6).x)
    assert (data["labels"] == labels.numpy()).all()
    assert (data["quality"] == quality.numpy()).all()
    assert [bar.value for bar in shown.bars] == np.bincount(labels.numpy(), minlength=10).tolist()
    found = len(set(labels.tolist()))
    assert shown.title.startswith(f"{found} of 10 modes found, mean quality ")
    assert data["found"].tolist() == modes.found(labels, 4).tolist()


def test_particles_in_no_mode_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = modes.Reader(("a", "b"), "how good", lambda x: (torch.tensor([-1, 0, 0, -1, -1, 0, 0, 0]), x[:, 0] * 0))
    monkeypatch.setattr(modes, "reader", lambda *_: nowhere)
    shown, data = computed(Modes(), material(RING))
    assert [(bar.name, bar.value) for bar in shown.bars] == [("a", 5), ("b", 0), ("none", 3)]
    assert data["counts"].tolist() == [5, 0]


def test_distances_are_those_of_the_group() -> None:
    shown, data = computed(Distances(group=1, step=4), RINGS)
    x = step(RING, "ring", 4).denoised[4:]
    np.testing.assert_allclose(data["distances"], torch.cdist(x, x).square().numpy(), rtol=1e-6, atol=1e-12)
    assert data["particles"].tolist() == [4, 5, 6, 7]
    assert (shown.x, shown.y) == ((3.5, 7.5), (7.5, 3.5))  # the first row above
    assert shown.scale.high == data["distances"].max()


def test_distances_that_there_are_not_are_refused() -> None:
    with pytest.raises(InputError, match="There is no group 2: the Run has 2"):
        computed(Distances(group=2), RINGS)
    with pytest.raises(InputError, match="Each particle is a group of its own"):
        computed(Distances(), material(RING.replace(latents={"group": 1})))


def test_particles_lie_on_the_map_where_they_are_placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = material(DIGITS)
    shown, data = computed(Map(), digits)
    bundled = basemap.bundled()
    assert (data["items"] == bundled.coordinates).all()
    crosses = [layer for layer in shown.layers if isinstance(layer, Points)][-1]
    assert (crosses.places == data["particles"]).all()
    words = [layer.text for layer in shown.layers if isinstance(layer, Words) and not layer.aside]
    assert words == ["0", "1", "2", "3", "4", "5"]
    assert "approximate placement" in shown.note
    path = tmp_path / "own.safetensors"
    path.write_bytes(basemap.content(bundled))
    monkeypatch.setattr(basemap, "HOME", tmp_path)
    _, own = computed(Map(sha256=hashlib.sha256(path.read_bytes()).hexdigest()), material(DIGITS))
    np.testing.assert_allclose(own["particles"], data["particles"])
    with pytest.raises(InputError, match="The map aaaaaaaa is not here"):
        computed(Map(sha256="a" * 64), digits)
    with pytest.raises(InputError, match="fit a map of its particles"):
        computed(Map(), RINGS)


def test_next_frames_are_summed_up() -> None:
    info = named("circle")
    given = frames.of_sequence(info, 0, 0)
    run = Run(model=info.reference).replace(
        latents={"count": 6}, schedule={"steps": 3}, condition={"frames": given.model_dump()}
    )
    of = material(run)
    shown, data = computed(Futures(shown=4), of)
    condition = trajectory(run, "circle").condition
    assert condition is not None
    expected = futures.summary(step(run, "circle", 3).x, condition[0])
    assert (data["mean"] == expected.mean).all()
    assert (data["spread"] == expected.spread).all()
    assert data["shares"].tolist() == [place.share for place in expected.places]
    above, listed, places = shown.panels
    assert isinstance(above, Gallery)
    assert [block.head for block in above.blocks] == ["given", "mean", "spread"]
    assert [tile.caption for tile in listed.blocks[0].tiles[0]] == ["p 0", "p 1", "p 2", "p 3"]
    assert isinstance(places, Bars)
    assert [bar.value for bar in places.bars] == [100 * place.share for place in expected.places]
    each = material(run.replace(condition={"frames": None, "example": "each"}))
    with pytest.raises(InputError, match="given different frames"):
        computed(Futures(), each)
    with pytest.raises(InputError, match="draws no next frames"):
        computed(Futures(), RINGS)


def test_curves_are_as_they_are_given() -> None:
    panel = Curves(x_label="step", y_label="loss", series=(Series(label="mean", x=(1, 2), y=(3, 4)),), log_y=True)
    shown, data = computed(panel, material())
    assert (shown.curves[0].label, shown.title, shown.log_y) == ("mean", "loss over step", True)
    assert (data["x0"].tolist(), data["y0"].tolist()) == ([1, 2], [3, 4])
    with pytest.raises(InputError, match="2 places and 1 values"):
        computed(Curves(series=(Series(label="a", x=(1, 2), y=(3,)),)), material())


def test_each_kind_suits_what_it_can_show() -> None:
    expected = {
        "ring": {"plane", "modes"},
        "mixture-1d": {"line", "modes"},
        "digits-ideal": {"pictures", "filmstrip", "strip", "modes", "map"},
        "circle": {"pictures", "filmstrip", "strip", "modes", "map", "futures"},
    }
    always = {"particle", "norms", "schedule", "distances", "curves"}
    for name, kinds in expected.items():
        assert {kind for kind in PANELS if suits(kind, named(name))} == kinds | always


def test_no_torch_is_needed_to_say_what_suits() -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from engine.figures.panels import suits\n"
        "from engine.models.catalogue import named\n"
        "assert suits('modes', named('ring')) and not suits('map', named('ring'))\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("panel", [Pictures(title="Mine"), Norms(title="Mine"), Modes(title="Mine"), Map(title="Mine")])
def test_a_title_is_what_was_asked_for(panel: Pictures) -> None:
    assert computed(panel, material(DIGITS))[0].title == "Mine"


def test_a_step_beyond_the_last_is_the_last() -> None:
    _, data = computed(Plane(step=99), RINGS)
    assert int(data["step"]) == 6
