"""How far what was drawn lies from what a model should draw: digits in classifier features, points by transport.

Used by experiments that compare ways of drawing. No torch at import.
"""

from __future__ import annotations

import functools
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from engine.data import digits
from engine.errors import InputError
from engine.experiments import lineup
from engine.models.catalogue import ModelInfo, mixture_of, named
from engine.run import Run

if TYPE_CHECKING:
    from engine.models.mixture import Mixture

SHOWN = 16
"""Particles in a picture of digits."""

_EXACT = 2**62  # seeds of exact samples, from here on, far from those of latents
_SETS = 4  # sets of exact samples whose distances are averaged


def measurable(name: str) -> ModelInfo:
    """The model of that name. Raises `InputError` where there is nothing known to hold its samples against."""
    info = named(name)
    if not is_of_digits(info) and mixture_of(info) is None:
        raise InputError(
            f"What {name} draws has nothing exact to be held against: choose a model of digits, such as digits, or a "
            "mixture of one or two dimensions, such as ring."
        )
    return info


def is_of_digits(info: ModelInfo) -> bool:
    """Whether it draws digits, framed as D1."""
    return info.data_shape == digits.SHAPE and info.cond_shape is None


def measure_name(info: ModelInfo) -> str:
    """What `distance` measures, for an axis."""
    return "Fréchet distance to MNIST" if is_of_digits(info) else "W₂ to the mixture"


def distance(info: ModelInfo, x0: np.ndarray) -> float | None:
    """Of samples x0 [N, *data_shape] of a model that is `measurable`: the squared Frechet distance of the digit
    classifier's features to those of MNIST's training digits, or the mean of the 2-Wasserstein distances to a few sets
    of N exact samples. None where a value is not finite; six digits, which repeat on one machine.
    """
    if not np.isfinite(x0).all():
        return None
    if is_of_digits(info):
        import torch

        from engine.analysis import reference

        return lineup.rounded(reference.load().distance(torch.from_numpy(x0)))
    from engine.analysis import wasserstein

    return lineup.rounded(fmean(wasserstein.distance(x0, points) for points in _exact(info, len(x0))))


def floor(info: ModelInfo, count: int) -> float:
    """What `distance` is of so many perfect samples: real digits, or other exact samples."""
    if is_of_digits(info):
        from engine.analysis import reference

        return lineup.rounded(reference.load().floor(count))
    return _between_exact(info.name, count)


def picture(info: ModelInfo, x0: np.ndarray, run: Run) -> bytes:
    """A PNG of x0 that carries `run`: the first digits, or the points on exact ones."""
    from engine.analysis import scatter
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    if is_of_digits(info):
        return png_bytes(contact_sheet(to_uint8(x0[:SHOWN]), gap=1), run)
    return png_bytes(scatter.picture(x0, _exact(info, len(x0))[0]), run)


def _exact(info: ModelInfo, count: int, first: int = 0) -> list[np.ndarray]:
    """`_SETS` sets of exact samples [count, d], numbered from `first`."""
    from engine.noise import Noise

    mixture = mixture_of(info)
    assert mixture is not None
    model: Mixture = mixture.build()  # type: ignore[assignment]
    return [model.sample(Noise(_EXACT + first + k), count).numpy() for k in range(_SETS)]


@functools.lru_cache(maxsize=8)
def _between_exact(name: str, count: int) -> float:
    """The mean 2-Wasserstein distance of two sets of exact samples."""
    from engine.analysis import wasserstein

    info = named(name)
    pairs = zip(_exact(info, count), _exact(info, count, _SETS), strict=True)
    return lineup.rounded(fmean(wasserstein.distance(*pair) for pair in pairs))
