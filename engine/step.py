"""Step: one state of a trajectory and what was evaluated there, from a sampler to the views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

FIELDS = ("denoised", "drift", "correction", "guidance", "noise")
"""The names of what a Step can hold beside its state x, each [N, ...]."""


@dataclass(frozen=True)
class Step:
    """The state x_i at sigmas[i], and for i < N what the sampler evaluated on the way to x_{i+1}.

    Fields are [N, ...] or None where the sampler evaluated no such thing: `sigma_hat` is the level at which the
    network was asked, `denoised` is D there, `drift` d = (what it saw - D) / sigma_hat, `correction` the second
    drift d' at the next level, `guidance` what guides added to the drift. `noise` is all that was drawn and added
    in the step: where sigma_hat is above sigma it came first, and the network saw x + noise; else it came last,
    and the network saw x. Either way x_{i+1} is x + noise and what the step moves along drift and guidance.
    `evaluations` counts this step's evaluations of the denoiser; `error` [N] is a solver's estimate of the
    error it made in the step, in units of what was allowed; `carry` is a multistep method's memory, to be
    handed back when a trajectory is taken up at this step. The last Step holds only x.
    """

    index: int
    sigma: float
    x: Tensor
    sigma_hat: float | Tensor | None = None
    noise: Tensor | None = None
    denoised: Tensor | None = None
    drift: Tensor | None = None
    correction: Tensor | None = None
    guidance: Tensor | None = None
    evaluations: int = 0
    error: Tensor | None = None
    carry: Any = None

    @property
    def estimate(self) -> Tensor:
        """What the Step says of x0: D, at the last Step the state."""
        return self.x if self.denoised is None else self.denoised

    def tensors(self) -> Iterator[Tensor]:
        """Every tensor the Step holds, `carry` too where it is one."""
        for field in fields(self):
            value = getattr(self, field.name)
            if hasattr(value, "nbytes"):
                yield value

    @property
    def nbytes(self) -> int:
        """Memory the Step's tensors take, in bytes."""
        return sum(tensor.nbytes for tensor in self.tensors())


Sampler = Callable[..., Iterator[Step]]
"""`NAME(denoise, x, sigmas, *, noise, guides=(), start=0, carry=None, **own)`, `own` as in `settings`."""
