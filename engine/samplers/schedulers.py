"""PNDM, DPM-Solver++, DEIS and UniPC: the schedulers of the package diffusers, an optional extra, as samplers.

A scheduler makes the step and has the memory of the steps before; model, levels, guides and state are ours. It is given
x_vp = x / sqrt(1 + sigma^2) and eps = d + guidance, on exactly the levels of the schedule. What its tables hold in
float32, which cannot tell abar = 1 / (1 + sigma^2) from 1 at small sigma, is put there in float64, and so it computes;
only DPM-Solver++ rounds x_vp to float32 before each step, an error of 6e-8 of its size, however large sigma is.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.denoiser import Denoise
from engine.errors import InputError
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.offers import MISSING
from engine.step import Sampler, Step


def pndm(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Tensor | None = None,
) -> Iterator[Step]:
    """Four estimates of eps combined as by Adams and Bashforth, for levels evenly spaced in t (Liu et al. 2022).

    The first step is done twice, the second time with the mean of the estimates at both of its ends, where `correction`
    is the other one, not guided: N + 1 evaluations, 1 for N = 1. A Step's `carry` is the last three estimates
    [K, N, ...], oldest first; taken up without it, a trajectory begins anew.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    scheduler = _scheduler("PNDMScheduler", skip_prk_steps=True, num_train_timesteps=last)
    scheduler.set_timesteps(last)
    kept = 1 / (1 + sigmas.square())
    scheduler.alphas_cumprod, scheduler.final_alpha_cumprod = kept[:-1].flip(0), kept[-1]
    if carry is not None:
        scheduler.ets, scheduler.counter = list(carry), 2
    for i in range(start, last):
        sigma, sigma_next, t = levels[i], levels[i + 1], last - 1 - i
        memory = torch.stack(scheduler.ets[-3:]) if scheduler.ets else None
        denoised, drift, guidance = evaluate(denoise, guides, x, sigma)
        slope = guided(drift, guidance)
        x_next = _next(scheduler, slope, t, x, sigma, sigma_next)
        correction = None
        if memory is None and sigma_next != 0:
            _, correction, _ = evaluate(denoise, (), x_next, sigma_next)
            x_next = _next(scheduler, correction, t - 1, x, sigma, sigma_next)
        evaluations = 1 if correction is None else 2
        yield Step(i, sigma, x, sigma, None, denoised, drift, correction, guidance, evaluations, carry=memory)
        x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
    yield Step(last, levels[last], x)


def _multistep(name: str) -> Sampler:
    """The sampler of a scheduler that is told its levels as `sigmas` and has up to `order` estimates as its memory."""

    def sampler(
        denoise: Denoise,
        x: Tensor,
        sigmas: Tensor,
        *,
        noise: Noise,
        guides: Guides = (),
        start: int = 0,
        carry: Tensor | None = None,
        order: int = 2,
    ) -> Iterator[Step]:
        levels = sigmas.tolist()
        last = len(levels) - 1
        scheduler = _scheduler(name, solver_order=order)
        scheduler.set_timesteps(last)
        scheduler.sigmas = sigmas
        scheduler.set_begin_index(start)
        if carry is not None:
            _recall(scheduler, carry, last - start)
        for i in range(start, last):
            sigma, sigma_next = levels[i], levels[i + 1]
            memory = _memory(scheduler)
            denoised, drift, guidance = evaluate(denoise, guides, x, sigma)
            slope = guided(drift, guidance)
            # The step to 0 is of first order in all of them, and DEIS has no number for it: it takes ln 0.
            x_next = x - sigma * slope if sigma_next == 0 else _next(scheduler, slope, i, x, sigma, sigma_next)
            yield Step(i, sigma, x, sigma, None, denoised, drift, None, guidance, 1, carry=memory)
            x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
        yield Step(last, levels[last], x)

    return sampler


dpm_solver = _multistep("DPMSolverMultistepScheduler")
"""DPM-Solver++ (Lu et al. 2022), multistep: `order` 1 is DDIM, 2 and 3 go on from the last estimates D. N evaluations.

Order 3 of diffusers has half of the term in the second derivative, and so converges with order 2, if from a smaller
error. For all three samplers: a Step's `carry` is what the scheduler remembers [K, N, ...], oldest first; taken up
without it, a trajectory begins anew with order 1. The last steps are of lower order, too, where N < 15, UniPC's always.
"""

deis = _multistep("DEISMultistepScheduler")
"""DEIS (Zhang and Chen 2023), a polynomial in ln sigma through the last `order` estimates of eps. N evaluations."""

unipc = _multistep("UniPCMultistepScheduler")
"""UniPC (Zhao et al. 2023), B2(h): each evaluation first corrects the state that it was made at, inside the scheduler,
then predicts the next: so it converges with `order` + 1. `carry` also holds the last corrected state. N evaluations.
"""


def _scheduler(name: str, **settings: Any) -> Any:
    """A scheduler of diffusers, of models that tell eps. Raises `InputError` where diffusers is not installed."""
    try:
        return getattr(importlib.import_module("diffusers"), name)(**settings)
    except ImportError as error:
        raise InputError(MISSING) from error


def _next(scheduler: Any, eps: Tensor, t: int, x: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """The state at level sigma_next after a step from x at sigma."""
    with _Elementwise():
        moved: Tensor = scheduler.step(eps, t, x / math.hypot(1.0, sigma)).prev_sample
    return moved * math.hypot(1.0, sigma_next)


class _Elementwise(TorchFunctionMode):
    """UniPC's sum of estimates, an einsum, term by term: as a product of matrices its last bit, and so a particle's,
    depends on how many particles there are.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.einsum:
            return func(*args, **(kwargs or {}))
        _, weights, estimates = args
        return sum(weight * estimate for weight, estimate in zip(weights, estimates.unbind(1), strict=True))


def _memory(scheduler: Any) -> Tensor | None:
    """What the scheduler's next step needs of those before it [K, N, ...], for `_recall`; None before the first.

    Its converted estimates, the oldest first, without the one that leaves its list of `order` in that step; UniPC's
    corrector still needs that one, and the state before the last step, which stands last here.
    """
    if hasattr(scheduler, "last_sample"):
        held = [*scheduler.model_outputs, scheduler.last_sample]
    else:
        held = scheduler.model_outputs[1:]
    held = [tensor for tensor in held if tensor is not None]
    return torch.stack(held) if held else None


def _recall(scheduler: Any, memory: Tensor, left: int) -> None:
    """Give a new scheduler its memory back, with so many steps `left`."""
    outputs: list[Tensor | None] = list(memory)
    if hasattr(scheduler, "last_sample"):
        scheduler.last_sample = outputs.pop()
        scheduler.this_order = min(len(outputs), left + 1)
    scheduler.lower_order_nums = len(outputs)
    missing = len(scheduler.model_outputs) - len(outputs)
    scheduler.model_outputs = [None] * missing + outputs
