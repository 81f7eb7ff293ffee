"""Parts of a Step as people see them: names, symbols, signs, scales, the same in the window and in figures. No torch.

Called by the window's canvas and inspector and by `figures.panels`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.pictures import signed_limit, to_uint8

if TYPE_CHECKING:
    from torch import Tensor

    from engine.step import Step

Array = NDArray[Any]

SHOWN = {
    "denoised": "Estimate x₀",
    "x": "Noisy state",
    "drift": "Drift d",
    "correction": "Drift d′",
    "noise": "Added noise",
    "guidance": "Guidance",
}
"""What of a Step a picture can show, with its name for people."""

SYMBOLS = {"x": "x", "denoised": "D", "drift": "d", "guidance": "g", "correction": "d′", "noise": "n"}
"""The same with the symbols of the literature, in the order in which they stand beside each other."""

SIGNED = frozenset({"drift", "correction", "noise", "guidance"})
"""Those that are directions rather than pictures: drawn with a diverging map about zero."""

SAMPLED = 65_536
"""Values from which the limit of a signed scale is taken, at most."""

_MISSING = {
    "noise": "No noise was added at this step: raise S_churn or η, or choose a stochastic sampler.",
    "correction": "This step has no second drift d′: only correctors evaluate one, and none does in the step to σ = 0.",
    "guidance": "Nothing guided this step.",
}


def part(step: Step, name: str) -> Tensor | None:
    """That part of the Step [N, ...], a key of `SHOWN`. Where nothing is evaluated, the state is its own estimate."""
    found: Tensor | None = step.estimate if name == "denoised" else getattr(step, name)
    return found


def missing(name: str, last: bool) -> str:
    """Why a Step, perhaps the `last` one, has no such part: a sentence."""
    if last:
        return f"{SHOWN[name]}: nothing is evaluated at the last step, where σ = 0. Go one step back."
    return _MISSING.get(name, f"This sampler gives no {SHOWN[name]}.")


def array(tensor: Tensor) -> Array:
    """The tensor's values; shared with it where they lie in the CPU's memory."""
    values: Array = tensor.detach().cpu().numpy()
    return values


def channels(values: Array) -> Array:
    """[N, H, W] as [N, 1, H, W]; what has channels as it is."""
    return values[:, None] if values.ndim == 3 else values


def limit(name: str, arrays: Iterable[Array], sigma: float) -> float:
    """The end of the scale, -limit to limit, of that part of Steps whose highest level is `sigma`: 1 for estimates, two
    standard deviations of the noise more for states, else measured over all the arrays together.
    """
    if name in SIGNED:
        return max(map(measured, arrays), default=1.0)
    return 1.0 + 2.0 * sigma if name == "x" else 1.0


def measured(values: Array) -> float:
    """The limit of a signed scale, from a share of the values where there are many."""
    stride = max(1, values.size // SAMPLED) | 1  # odd, so that it meets every column and channel
    return signed_limit(values.reshape(-1)[::stride])


def shades(values: Array, limit: float, signed: bool) -> NDArray[np.uint8]:
    """Values [n, C, H, W] as uint8, 0 for -limit, 255 for limit: [n, H, W], or of three channels that are not signed
    [n, H, W, 3]; others are shown by their mean.
    """
    if signed or values.shape[1] not in (1, 3):
        values = values.mean(axis=1, keepdims=True)
    return to_uint8(values, -limit, limit)
