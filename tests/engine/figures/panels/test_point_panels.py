"""Panels of points: the plane and the line show what the Trajectory holds over the field that the model has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.analysis import colours
from engine.analysis.field import FieldRequest, between, compute
from engine.analysis.plane import REACH, reach
from engine.errors import InputError
from engine.figures.figure import Points, Polygon, Scene, Shade, Strokes
from engine.figures.panels.plane import ARROWS, RESOLUTION
from engine.figures.sheet import Line, Plane
from tests.engine.figures.panels.drawn import DIGITS, LINE, PLANE, RING, computed, material, model, step, trajectory

RINGS = material(RING)


def layers(shown: Scene, kind: type) -> list[Any]:
    return [layer for layer in shown.layers if isinstance(layer, kind)]


def test_points_and_paths_are_the_states() -> None:
    shown, data = computed(Plane(step=4), RINGS)
    states = np.stack([step(RING, "ring", index).x.numpy() for index in range(5)])
    assert (data["x"] == states[-1]).all()
    assert (data["paths"] == states).all()
    places, modes = layers(shown, Points)
    assert (places.places == states[-1]).all()
    assert (modes.places == model("ring").modes.numpy()).all()
    paths = layers(shown, Strokes)[-1]
    assert (paths.lines == states.swapaxes(0, 1)).all()
    assert (paths.colours == places.colours).all()
    assert shown.equal


def test_a_particle_has_the_colour_of_the_angle_of_its_latent() -> None:
    shown, _ = computed(Plane(), RINGS)
    latents = step(RING, "ring", 0).x.numpy() / 80.0
    turn = np.arctan2(latents[:, 1], latents[:, 0]) / (2 * np.pi) + 0.5
    expected = colours.of_origins(2)[(turn * colours.ORIGINS).astype(int)]
    assert (layers(shown, Points)[0].colours == expected).all()


def test_the_ground_is_the_model_s_density_and_score_at_the_level() -> None:
    shown, data = computed(Plane(step=3, bounds=((-2.0, 2.0), (-1.0, 3.0))), RINGS)
    sigma = trajectory(RING, "ring").sigmas[3]
    assert (shown.x, shown.y) == ((-2.0, 2.0), (-1.0, 3.0))
    request = FieldRequest(RING.model, (sigma,), ((-2.0, 2.0), (-1.0, 3.0)), RESOLUTION, ARROWS)
    field: Any = compute(request, model("ring"))
    assert (data["density"] == field.density[0]).all()
    assert (data["score"] == field.vectors[0]).all()
    shade = layers(shown, Shade)[0]
    assert (shade.left, shade.right, shade.bottom, shade.top) == (-2.0, 2.0, -1.0, 3.0)
    assert tuple(shade.colours[np.unravel_index(data["density"].argmin(), data["density"].shape)]) > (240, 240, 200)
    x = torch.from_numpy(data["positions"])
    exact = (model("ring").denoise(x, sigma) - x) / sigma**2
    np.testing.assert_allclose(data["score"], exact.numpy(), rtol=1e-9, atol=1e-9)


def test_what_is_switched_off_is_left_out() -> None:
    shown, data = computed(Plane(density=False, arrows=False, paths=False), RINGS)
    assert (layers(shown, Shade), layers(shown, Strokes)) == ([], [])
    assert {"density", "score", "paths"} & data.keys() == set()
    assert shown.note == "crosses: modes; points: particles, coloured by the angle of their latents"


def test_the_view_is_the_window_s_as_wide_as_data_and_noise() -> None:
    _, first = computed(Plane(step=0), RINGS)
    _, last = computed(Plane(), RINGS)
    modes, x = model("ring").modes.numpy(), step(RING, "ring", 6).x.numpy()
    width = np.ptp(np.concatenate([modes, x]), axis=0).max()
    assert np.ptp(last["bounds"], axis=1).tolist() == pytest.approx([2 * reach(width, 0.0)] * 2)
    assert np.ptp(first["bounds"], axis=1).min() > 2 * REACH * 80


def test_a_field_is_computed_once_for_all_frames() -> None:
    of = material(RING).for_film()
    one, two = (computed(Plane(step=2), of)[1] for _ in range(2))
    assert np.shares_memory(one["density"], two["density"])


def test_a_model_without_density_has_arrows_alone() -> None:
    shown, data = computed(Plane(step=2), material(PLANE, name="tiny"))
    assert (layers(shown, Shade), len(layers(shown, Strokes))) == ([], 2)
    assert "modes" not in data
    assert "density" not in data
    assert shown.note.startswith("arrows: score")


def test_the_line_is_in_the_variance_preserving_coordinate() -> None:
    shown, data = computed(Line(step=3), material(LINE))
    whole = trajectory(LINE, "mixture-1d")
    states = np.stack([step(LINE, "mixture-1d", index).x.numpy()[:, 0] for index in range(4)])
    assert (data["x"] == states).all()
    assert data["step"].tolist() == [0, 1, 2, 3]
    lines = layers(shown, Strokes)[0].lines
    scaled = states / np.sqrt(1 + np.array(whole.sigmas[:4]) ** 2)[:, None]
    np.testing.assert_allclose(lines[..., 1], scaled.T, rtol=1e-12)
    assert (lines[0, :, 0] == np.arange(4)).all()
    assert shown.mark == 3
    assert [text for _, text in shown.ticks][::6] == ["80.0", "0"]
    levels = between(whole.sigmas, 400 // 6)
    assert data["density_sigma"].tolist() == list(levels)
    assert data["density"].shape == (len(levels), 256)


def test_the_line_s_limits_are_those_of_all_steps() -> None:
    of = material(LINE)
    first, last = (computed(Line(step=step), of)[0] for step in (0, 6))
    assert first.y == last.y
    assert first.y[1] >= np.abs(layers(last, Strokes)[0].lines[..., 1]).max()


def test_the_ends_of_the_line_are_the_densities_of_prior_and_data() -> None:
    shown, data = computed(Line(), material(LINE))
    prior, end = layers(shown, Polygon)
    left = -prior.corners[:, 0]
    np.testing.assert_allclose((left - left.min()) / np.ptp(left), _stretched(data["density"][0]), atol=1e-6)
    right = end.corners[:, 0]
    np.testing.assert_allclose((right - right.min()) / np.ptp(right), _stretched(data["density"][-1]), atol=1e-6)


def _stretched(values: np.ndarray) -> np.ndarray:
    shares: np.ndarray = (values - values.min()) / np.ptp(values)
    return shares


def test_other_data_have_neither() -> None:
    with pytest.raises(InputError, match="has no plane: choose a model of two values"):
        computed(Plane(), material(LINE))
    with pytest.raises(InputError, match="has no line: choose a model of one value"):
        computed(Line(), material(DIGITS))
