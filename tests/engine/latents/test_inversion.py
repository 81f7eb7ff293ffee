"""Inversion: exact on a Gaussian, and back again by `execute`; who has which picture's latent. # spec: L7"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor

from engine import attachments, picture
from engine.errors import InputError, Interrupted
from engine.execute import execute, record
from engine.latents import inversion, stored
from engine.latents.inversion import came_back, invert, latent_of, of_picture, round_trip, with_latent
from engine.models import catalogue
from engine.run import Run
from engine.settings.edits import Edit, Intensity, Set
from engine.settings.references import LatentReference, PictureReference
from tests.engine.samplers.exact import orders
from tests.engine.tiny import TinyMixture, conditional, run_of

Result = TypeVar("Result")

SHAPE = (1, 4, 6)
MEAN, VARIANCE = 0.2, 0.3


class Pictures(TinyMixture):
    """N(0.2, 0.3) in every value of a picture; its flow is known. With levels it is a variance-preserving model."""

    data_shape = SHAPE

    def __init__(self, *, preserving: bool = False, **own: Any) -> None:
        super().__init__(**own)
        self.levels = torch.logspace(-2, 2, 50, dtype=torch.float64) if preserving else None

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        self.before(x)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1, 1, 1)
        return MEAN + (x - MEAN) * (VARIANCE / (VARIANCE + level**2))


def ended(generator: Generator[float, None, Result]) -> Result:
    """What a generator returns."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            result: Result = stop.value
            return result


def clean(count: int = 3, shape: tuple[int, ...] = SHAPE) -> Tensor:
    """Pictures of whole bytes, as `picture.keep` keeps them."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, *shape))
    return torch.from_numpy(pixels / 127.5 - 1)


def kept(x0: Tensor, label: str = "a picture") -> PictureReference:
    return picture.keep(((x0.numpy() + 1) * 127.5).round().astype(np.uint8), label)


def drawn_from(latents: Tensor, run: Run, model: Any) -> Tensor:
    """What the Run draws from those latents of its first particles."""
    sets = [
        Set(kind="set", particles=(row,), latent=stored.keep(n.numpy(), f"latent {row}"))
        for row, n in enumerate(latents)
    ]
    *_, last = execute(run.replace(latents={"edits": tuple(sets)}), model)
    return last.x[: len(latents)]


# -- the latent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preserving", [False, True])
def test_it_is_the_one_of_the_flow(preserving: bool) -> None:
    """x_T = mean + (x0 - mean) sqrt((v + sigma^2) / v), which is sigma n, or sqrt(1 + sigma^2) n; second order."""
    exact = MEAN + (clean() - MEAN) * math.sqrt((VARIANCE + 80.0**2) / VARIANCE)
    exact /= math.hypot(1, 80.0) if preserving else 80.0
    found = [ended(invert(clean(), run_of(), Pictures(preserving=preserving), steps=steps)) for steps in (50, 100, 200)]
    errors = [(n - exact).abs().max().item() for n in found]
    assert errors[-1] < 1e-3
    assert orders(errors) == pytest.approx([2, 2], abs=0.1)


@pytest.mark.parametrize("preserving", [False, True])
@pytest.mark.parametrize("groups", [{}, {"schedule": {"name": "log-linear", "sigma_max": 30.0}}], ids=str)
def test_the_run_draws_the_picture_from_it(preserving: bool, groups: dict[str, Any]) -> None:
    run, model = run_of(**groups), Pictures(preserving=preserving)
    latents = ended(invert(clean(), run, model))
    for steps, most in ((100, 0.001), (22, 0.01)):
        back = drawn_from(latents, run.replace(schedule={"steps": steps}), model)
        assert round_trip(clean().numpy(), back.numpy()).max() < most


def test_a_batch_has_the_bits_of_each_alone() -> None:
    run = run_of(latents={"count": 11})
    together = ended(invert(clean(11), run, Pictures(), steps=7))
    alone = [ended(invert(clean(11)[[row]], run, Pictures(), steps=7))[0] for row in (0, 8, 10)]
    assert torch.equal(together[[0, 8, 10]], torch.stack(alone))


def test_each_goes_along_its_own_condition() -> None:
    model = conditional(SHAPE)
    run = run_of(condition={"example": "each"}).replace(model=model.reference.model_dump())
    x0 = clean(1).expand(2, *SHAPE)
    one, other = ended(invert(x0, run, model, [2, 0], steps=5))
    assert not torch.allclose(one, other, atol=1e-3)
    for particle, n in ((2, one), (0, other)):
        assert torch.equal(ended(invert(x0[:1], run, model, [particle], steps=5))[0], n)


def test_it_tells_how_far_it_is_and_stops_when_asked() -> None:
    assert list(invert(clean(), run_of(), Pictures(), steps=4)) == [0.25, 0.5, 0.75, 1.0]
    calls: list[int] = []
    model = Pictures(before=lambda x: calls.append(len(x)))
    with pytest.raises(Interrupted):
        list(invert(clean(), run_of(), model, steps=50, interrupted=lambda: len(calls) == 3))
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("x0", "groups", "steps", "sentence"),
    [
        (clean(1, (1, 4, 4)), {}, 10, "is not 1 × 4 × 6, as the model's data are"),
        (clean(1), {}, 0, "The inversion: schedule.steps"),
        (clean(1), {"latents": {"picture": {"label": "p", "sha256": "a" * 64}}}, 10, "clear that picture"),
        (clean(6), {}, 10, "There is no particle 5"),
        (clean(1), {"schedule": {"name": "ddpm", "betas": "own"}}, 60, "There are 50 levels"),
    ],
    ids=["shape", "steps", "start", "particle", "levels"],
)
def test_what_cannot_be_inverted_is_said(x0: Tensor, groups: dict[str, Any], steps: int, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        ended(invert(x0, run_of(**groups), Pictures(preserving=True), steps=steps))


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_a_picture_becomes_an_edit_of_its_particle_that_comes_back() -> None:
    (x0,) = clean(1)
    reference, run = kept(x0, "digits 17"), run_of(schedule={"steps": 40})
    edit = ended(of_picture(reference, run, Pictures(), 3))
    assert (edit.particles, edit.picture, edit.latent.label) == ((3,), reference, "digits 17")
    run = run.replace(latents={"edits": with_latent((), 3, edit)})
    *_, trajectory = record(run, Pictures())
    last = trajectory[trajectory.last]
    assert last is not None
    error = came_back(trajectory, 3)
    assert error == pytest.approx(round_trip(x0.numpy()[None], last.x[3:4].numpy())[0])
    assert error is not None
    assert 0 < error < 0.004
    assert came_back(trajectory, 2) is None
    *_, other = record(run.replace(latents={"edits": (edit, Intensity(kind="intensity", strength=0.1))}), Pictures())
    assert came_back(other, 3) is None, "what comes back is another picture"
    whole = next(iter(record(run, Pictures())))
    assert came_back(whole, 3) is None, "it is not drawn yet"


def test_of_a_picture_that_is_not_here_it_says_so() -> None:
    with pytest.raises(InputError, match="is not here"):
        ended(of_picture(PictureReference(label="lost", sha256="0" * 64), run_of(), Pictures(), 0))


def test_it_is_kept_in_the_run() -> None:
    """So that a saved Run draws it elsewhere."""
    edit = ended(of_picture(kept(clean(1)[0]), run_of(), Pictures(), 1, steps=5))
    run = run_of(latents={"edits": (edit,)})
    assert edit.picture is not None
    assert set(run.attachments) == {edit.latent.sha256, edit.picture.sha256}
    assert all(attachments.get(name) for name in run.attachments)


def a_set(particle: int, name: str = "a", **own: Any) -> Set:
    """The edit that puts a picture of that name to a particle."""
    sha256 = name * 64
    shown = PictureReference(label=name, sha256=sha256)
    return Set(
        kind="set", particles=(particle,), latent=LatentReference(label=name, sha256=sha256), picture=shown, **own
    )


def test_a_latent_replaces_that_of_its_particle_and_goes_before_what_is_done_to_it() -> None:
    shift = Intensity(kind="intensity", strength=0.5, particles=(1,))
    edits: tuple[Edit, ...] = with_latent((shift,), 1, a_set(1))
    assert edits == (a_set(1), shift)
    edits = with_latent(edits, 2, a_set(2))
    assert edits == (a_set(1), a_set(2), shift)
    edits = with_latent(edits, 1, a_set(1, "b"))
    assert edits == (a_set(1, "b"), a_set(2), shift)
    assert (latent_of(edits, 1), latent_of(edits, 2), latent_of(edits, 0)) == (a_set(1, "b"), a_set(2), None)
    assert with_latent(edits, 1, None) == (a_set(2), shift)
    assert with_latent(edits, 0, None) == edits
    part = a_set(1, channel=0)
    assert with_latent((part,), 1, a_set(1)) == (a_set(1), part), "a part of a latent is no latent of a picture"


def test_the_round_trip_is_the_mean_difference_on_zero_to_one() -> None:
    before = np.zeros((2, *SHAPE))
    after = before.copy()
    after[1, 0, 0, :] = [0.5, -0.5, 1.0, 0.0, 0.0, 3.0]  # beyond 1 it is cut, as a picture is
    assert round_trip(before, after).tolist() == pytest.approx([0, (0.25 + 0.25 + 0.5 + 0.5) / 24])


# -- the models that come with the program ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "faces"])
def test_data_come_back(name: str) -> None:
    """The median of twenty, drawn in as many steps and by the default Run; scikit-learn's digits, which the model has
    never seen, come back from few steps less well than MNIST's.
    """
    info = catalogue.named(name)
    model, run = info.build(), Run(model=info.reference).replace(latents={"count": 20})
    references = [picture.of_item(info, 50 * number)[0] for number in range(20)]
    x0 = torch.from_numpy(np.stack([picture.values(each, info.data_shape) for each in references]))
    latents = ended(invert(x0, run, model))
    for steps, tolerable in ((100, inversion.TOLERABLE / 10), (22, inversion.TOLERABLE)):
        back = drawn_from(latents, run.replace(schedule={"steps": steps}), model)
        assert np.median(round_trip(x0.numpy(), back.numpy())) < tolerable
