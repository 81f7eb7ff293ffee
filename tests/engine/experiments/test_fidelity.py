"""How far samples lie from what they should be."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from engine.analysis import wasserstein
from engine.data import digits
from engine.errors import InputError
from engine.experiments import fidelity
from engine.models.catalogue import named
from engine.models.mixture import Mixture
from engine.noise import Noise
from engine.run import Run


def exact(name: str, count: int, seed: int) -> np.ndarray:
    """Exact samples of a mixture."""
    model = named(name).build()
    assert isinstance(model, Mixture)
    return model.sample(Noise(seed), count).numpy()


# spec: S14
def test_points_are_as_far_as_they_are_moved_and_exact_ones_as_far_as_the_floor() -> None:
    info, points = named("shifted-2d"), exact("shifted-2d", 300, 5)
    floor = fidelity.floor(info, 300)
    assert fidelity.distance(info, points) == pytest.approx(floor, rel=0.35)
    assert 0.1 < floor < 0.5
    assert fidelity.distance(info, points + np.array([3, 4])) == pytest.approx(5, rel=0.03)


def test_points_are_held_against_independent_sets() -> None:
    info = named("ring")
    sets = fidelity._exact(info, 50)
    others = [exact("ring", 50, seed) for seed in range(4)]
    assert len({points.tobytes() for points in (*sets, *others)}) == 8
    expected = np.mean([wasserstein.distance(others[0], points) for points in sets])
    assert fidelity.distance(info, others[0]) == pytest.approx(expected, rel=1e-5)


def test_a_model_trained_on_a_mixture_is_held_against_that() -> None:
    points = exact("mixture-1d", 200, 3)
    trained, own = (fidelity.measurable(name) for name in ("mixture-1d-ddpm", "mixture-1d"))
    assert fidelity.distance(trained, points) == fidelity.distance(own, points)


def test_digits_are_nearer_than_their_mirror_images() -> None:
    info = fidelity.measurable("digits-ideal")
    frames = digits.bundled()[0][:100].astype(np.float64) / 127.5 - 1
    own, mirrored = fidelity.distance(info, frames), fidelity.distance(info, frames[..., ::-1].copy())
    assert own is not None
    assert mirrored is not None
    assert fidelity.floor(info, 100) < own < mirrored


def test_what_is_not_finite_has_no_distance() -> None:
    points = exact("ring", 20, 0)
    points[3, 1] = np.nan
    assert fidelity.distance(named("ring"), points) is None


@pytest.mark.parametrize("name", ["faces", "circle", "s-curve-2d"])
def test_a_model_of_anything_else_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="nothing exact"):
        fidelity.measurable(name)


@pytest.mark.parametrize(
    ("name", "shape"), [("digits-ideal", (20, 1, 32, 32)), ("ring", (20, 2)), ("mixture-1d", (20, 1))]
)
def test_a_picture_carries_its_run(name: str, shape: tuple[int, ...]) -> None:
    info = named(name)
    run = Run(model=info.reference)
    with Image.open(io.BytesIO(fidelity.picture(info, np.zeros(shape), run))) as picture:
        assert picture.info["latent-loupe"] == run.to_json()
        assert min(picture.size) > 100
