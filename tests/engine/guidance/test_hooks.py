"""Hooks: what acts on the state is asked once a step, in every sampler, and its answer is the next state."""
# spec: L9 G8

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engine.guidance import evaluate, settled
from engine.noise import Noise
from engine.samplers import SAMPLERS
from tests.engine.samplers.contract import SEED, SIGMAS, Wind, latents, steps
from tests.engine.samplers.exact import Gaussian

DRAWING = sorted(SAMPLERS.keys() - {"noising"})
"""All that draw; noising takes a picture that is known up to each level, so that nothing can be put in its place."""


class Nudge:
    """A hook that adds 0.5 and remembers what it was asked with."""

    def __init__(self) -> None:
        self.asked: list[tuple[Tensor, Tensor, float, float]] = []
        self.gave: list[Tensor] = []

    def after(
        self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
    ) -> Tensor:
        """See `Hook`."""
        self.asked.append((x, denoised, sigma, sigma_next))
        self.gave.append(x + 0.5)
        return self.gave[-1]


class Grain(Nudge):
    """A hook that puts the sum of its first two draws in the place of the state."""

    def after(
        self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
    ) -> Tensor:
        """See `Hook`."""
        self.asked.append((x, denoised, sigma, sigma_next))
        self.gave.append(noise(0) + noise(1))
        return self.gave[-1]


@pytest.mark.parametrize("name", DRAWING)
def test_each_step_ends_at_what_the_hook_says(name: str) -> None:
    hook = Nudge()
    taken = steps(name, guides=(Wind(), hook))
    assert [(sigma, sigma_next) for _, _, sigma, sigma_next in hook.asked] == list(pairwise(SIGMAS.tolist()))
    for step, following, asked, gave in zip(taken, taken[1:], hook.asked, hook.gave, strict=False):
        assert step.denoised is not None
        assert torch.equal(asked[1], step.denoised)
        assert torch.equal(following.x, gave)
        assert not torch.equal(asked[0], step.x), "the step has been taken by then"
        assert step.guidance is not None
        assert torch.equal(step.guidance, torch.full_like(step.x, 0.3)), "guides push as without a hook"


@pytest.mark.parametrize("name", DRAWING)
def test_without_a_hook_the_step_goes_where_the_hook_was_asked(name: str) -> None:
    hook, plain = Nudge(), steps(name)
    steps(name, guides=(hook,))
    assert torch.equal(hook.asked[0][0], plain[1].x)


@pytest.mark.parametrize("name", DRAWING)
def test_taken_up_anywhere_and_in_any_batch_the_bits_are_the_same(name: str) -> None:
    whole = steps(name, guides=(Grain(),))
    for step in whole[::3]:
        again = steps(name, step.x, start=step.index, carry=step.carry, guides=(Grain(),))
        assert all(torch.equal(a.x, b.x) for a, b in zip(again, whole[step.index :], strict=True))
    rows = [4, 9, 2]
    few = steps(name, latents()[rows], noise=Noise(SEED, rows), guides=(Grain(),))
    assert all(torch.equal(a.x[rows], b.x) for a, b in zip(whole, few, strict=True))


def test_a_hook_draws_other_noise_than_its_sampler_and_another_at_each_draw_and_step() -> None:
    x = torch.zeros(400, 3, dtype=torch.float64)

    class Draws(Nudge):
        def after(
            self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
        ) -> Tensor:
            self.gave += [noise(0), noise(1)]
            return x

    hook = Draws()
    for index in (3, 4):
        settled((hook,), x, x, 1.0, 0.5, Noise(SEED), index)
    drawn = [*hook.gave, *(Noise(SEED)(3, x, draw) for draw in range(3))]
    correlation = torch.corrcoef(torch.stack([values.flatten() for values in drawn]))
    assert (correlation - torch.eye(len(drawn))).abs().max() < 5 / 1200**0.5


def test_hooks_follow_one_another_and_what_evaluates_does_not_ask_them() -> None:
    x = torch.zeros(2, 3, dtype=torch.float64)
    one, other = Nudge(), Nudge()
    assert torch.equal(settled((one, Wind(), other), x, x, 1.0, 0.5, Noise(0), 0), x + 1)
    assert torch.equal(other.asked[0][0], one.gave[0])
    _, _, guidance = evaluate(Gaussian().denoise, (one, Wind(), other), x, 1.0)
    assert torch.equal(guidance, torch.full_like(x, 0.3))
    assert len(one.asked) == 1
