"""The budgets of the kernels of particle guidance: closed-form gradients against autograd, and their memory.

Called by `engine.bench`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from engine.bench import Row, paired
from engine.guidance.kernels import KERNELS

_SIZE, _VALUES, _REPEATS = 64, 1024, 15
_HOW = f"{_SIZE} particles of {_VALUES} values, float32; median of {_REPEATS} interleaved pairs"

_WIDTH = {"rbf": 170.0, "l1": 340.0, "iou": 0.5}  # about the distances of particles from the unit cube


def rows() -> Iterator[Row]:
    """The budgets, one after the other."""
    x = torch.rand(1, _SIZE, _VALUES, generator=torch.Generator().manual_seed(0))
    for name, distance in _BROADCAST.items():
        closed = partial(KERNELS[name].gradient, x, _WIDTH[name])
        ratio = 1 / statistics.median(paired(closed, partial(_autograd, distance, x, _WIDTH[name]), _REPEATS))
        yield Row(f"broadcast autograd against the gradient in closed form: {name}", ratio, "×", 5, _HOW, at_least=True)
    for words, distance in (("cdist", _cdist), ("a matrix product", _product)):
        closed = partial(KERNELS["rbf"].gradient, x, _WIDTH["rbf"])
        ratio = statistics.median(paired(closed, partial(_autograd, distance, x, _WIDTH["rbf"]), _REPEATS))
        yield Row(f"the gradient in closed form against autograd of {words}: rbf", ratio, "×", 1, _HOW)
    for name in _BROADCAST:
        peak = peak_memory(partial(KERNELS[name].gradient, x, _WIDTH[name])) / (x.numel() * x.element_size())
        how = f"of the particles' own, {_SIZE} of them; all pairs at once would take {_SIZE} ×"
        yield Row(f"peak memory of the gradient in closed form: {name}", peak, "×", 12, how)


def peak_memory(call: Callable[[], object]) -> int:
    """The most bytes of tensors that `call` holds at the end of any operation, beside what is there before."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        call()
    held = peak = 0
    for event in sorted(profile.events(), key=lambda event: event.time_range.end):
        held += event.self_cpu_memory_usage
        peak = max(peak, held)
    return peak


def _autograd(distance: Callable[[Tensor], Tensor], x: Tensor, h: float) -> Tensor:
    """The gradient of half the sum of all k, which is symmetric."""
    moved = x.clone().requires_grad_()
    return torch.autograd.grad((-distance(moved) / h).exp().sum() / 2, moved)[0]


def _rbf(x: Tensor) -> Tensor:
    return (x[:, :, None] - x[:, None]).square().sum(3)


def _l1(x: Tensor) -> Tensor:
    return (x[:, :, None] - x[:, None]).abs().sum(3)


def _iou(x: Tensor) -> Tensor:
    low, high = torch.minimum(x[:, :, None], x[:, None]), torch.maximum(x[:, :, None], x[:, None])
    return 1 - low.sum(3) / high.sum(3)


def _cdist(x: Tensor) -> Tensor:
    return torch.cdist(x, x).square()


def _product(x: Tensor) -> Tensor:
    squared = x.square().sum(2)
    return squared[:, :, None] + squared[:, None] - 2 * x @ x.mT


_BROADCAST = {"rbf": _rbf, "iou": _iou, "l1": _l1}
