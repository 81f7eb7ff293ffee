"""What every sampler owes to whoever replays, branches and batches, as checks that the samplers' tests call."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.noise import LATENT, Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.step import Step
from tests.engine.samplers.exact import Gaussian
from tests.engine.tiny import same_bits

SIGMAS = edm(9, 20.0, 0.02)
SEED = 7
COUNT = 12


class Wind:
    """A guide: the same push on every particle."""

    needs_gradient = False

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        """0.3 everywhere."""
        return torch.full_like(x, 0.3)


def latents(sigmas: Tensor = SIGMAS, count: int = COUNT) -> Tensor:
    """States [count, 3] at the first level."""
    return Noise(SEED)(LATENT, torch.empty(count, 3, dtype=torch.float64)) * sigmas[0]


def steps(name: str, x: Tensor | None = None, sigmas: Tensor = SIGMAS, **own: Any) -> list[Step]:
    """All Steps of the sampler on a Gaussian, whose denoiser is plain arithmetic and so the same to the bit."""
    given = {"noise": Noise(SEED), **own}
    return list(SAMPLERS[name](Gaussian().denoise, latents(sigmas) if x is None else x, sigmas, **given))


def assert_replays(name: str, **own: Any) -> None:
    """Taken up at any Step, a trajectory goes on with the same bits."""
    whole = steps(name, **own)
    for step in whole:
        again = steps(name, step.x, start=step.index, carry=step.carry, **own)
        assert len(again) == len(whole) - step.index
        assert all(same_bits(a, b) for a, b in zip(again, whole[step.index :], strict=True))


def assert_independent(name: str, **own: Any) -> None:
    """A particle has the same bits alone, in another order and in a larger batch. `own` without values a particle."""
    rows = [4, 9, 2]
    whole = steps(name, latents(count=300), **own)
    few = steps(name, latents()[rows], noise=Noise(SEED, rows), **own)
    assert all(torch.equal(a.x[rows], b.x) for a, b in zip(whole, few, strict=True))


def assert_well_formed(name: str, sigmas: Tensor = SIGMAS, **own: Any) -> None:
    """N + 1 Steps of one evaluation each, whose fields are what `engine.step.Step` says."""
    taken = steps(name, sigmas=sigmas, guides=(Wind(),), **own)
    assert [step.index for step in taken] == list(range(len(sigmas)))
    assert [step.sigma for step in taken] == sigmas.tolist()
    assert [step.evaluations for step in taken] == [1] * (len(sigmas) - 1) + [0]
    assert list(taken[-1].tensors()) == [taken[-1].x]
    for step in taken[:-1]:
        assert step.sigma_hat == step.sigma
        assert step.denoised is not None
        assert torch.equal(step.denoised, Gaussian().denoise(step.x, step.sigma))
        assert step.drift is not None
        assert torch.equal(step.drift, (step.x - step.denoised) / step.sigma)
        assert step.guidance is not None
        assert torch.equal(step.guidance, torch.full_like(step.x, 0.3))
