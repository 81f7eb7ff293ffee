"""`python -m engine.training.bundle CONFIG.toml --folder DIR`: a trained model of points into assets/, measured.

For who makes this program; `models.catalogue` lists what it wrote. A model of that name that is there already is kept.
"""

from __future__ import annotations

import argparse
import importlib.resources
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from engine.data.sets import DataSet, MixtureSettings
from engine.denoiser import Denoiser
from engine.execute import execute
from engine.models.catalogue import named
from engine.models.learned import Learned
from engine.noise import Noise
from engine.run import Run
from engine.training.command import export
from engine.training.config import Training, read
from engine.training.train import start

COUNT = 2000
"""Samples that are measured, by the Run that is the default."""

_PAIRS = 4
_LEVELS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_FRESH = 2**31  # data of another seed than any training's


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, write, and print where to."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.bundle", description=__doc__)
    parser.add_argument("config", type=Path, metavar="CONFIG.toml")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where the training was done")
    arguments = parser.parse_args(argv)
    config = read(arguments.config)
    state = start(config, arguments.folder)
    quality = measure(state.average.snapshot(config.name), config, state.data)
    print(export(state, Path(str(importlib.resources.files("assets"))), quality))


def measure(model: Learned, config: Training, data: DataSet) -> dict[str, Any]:
    """How the samples of a model of points compare with fresh data, as JSON.

    The 2-Wasserstein distance of `COUNT` samples to as many data, and of such data to each other, each for a few draws;
    for a mixture also the share of each component and the standard deviation about its mean (of the points nearest to
    it), of samples and of data, and the root mean square error of D, in standard deviations of the data, by sigma.
    """
    samples = sample(model)
    fresh = [data.batch(_FRESH, step, COUNT)[0] for step in range(2 * _PAIRS)]
    pairs = list(zip(fresh[:_PAIRS], fresh[_PAIRS:], strict=True))
    quality: dict[str, Any] = {
        "samples": f"{COUNT:,} by the default Run: {Run(model=model.reference).schedule.steps} Heun steps, seed 0",
        "2-Wasserstein distance": {
            "samples to data": [round(wasserstein(samples, points), 4) for points, _ in pairs],
            "data to data": [round(wasserstein(*pair), 4) for pair in pairs],
        },
    }
    if isinstance(config.data, MixtureSettings):
        exact = named(config.data.which).build()
        means = exact.arrays["means"]
        quality["components"] = {
            "means": means.tolist(),
            "samples": components(samples, means),
            "data": components(np.concatenate(fresh), means),
        }
        quality["error of D"] = {f"{sigma:g}": round(error(model, exact, fresh[0], sigma), 4) for sigma in _LEVELS}
    return quality


def sample(model: Learned) -> np.ndarray:
    """x0 [COUNT, d] of the default Run."""
    run = Run(model=model.reference).replace(latents={"count": COUNT})
    *_, last = execute(run, model)
    points: np.ndarray = last.x.cpu().numpy()
    return points


def error(model: Denoiser, exact: Denoiser, points: np.ndarray, sigma: float) -> float:
    """Root mean square of the difference of two models' D, of data [N, d] noised, over the data's deviation."""
    x0 = torch.from_numpy(points).double()
    x = x0 + sigma * Noise(0)(0, x0)
    away = model.denoise(x.to(model.dtype), sigma) - exact.denoise(x, sigma)
    return away.square().mean().sqrt().item() / exact.sigma_data


def wasserstein(points: np.ndarray, others: np.ndarray) -> float:
    """The 2-Wasserstein distance of two samples [N, d] of one size: of the best pairing, root mean square."""
    costs = cdist(points, others, "sqeuclidean")
    return float(np.sqrt(costs[linear_sum_assignment(costs)].mean()))


def components(points: np.ndarray, means: np.ndarray) -> dict[str, list[float]]:
    """Of the points [N, d] nearest to each of the means [K, d], their share and root mean square distance an axis."""
    distances = cdist(points, means, "sqeuclidean")
    nearest = distances.argmin(axis=1)
    away = [distances[nearest == k, k] for k in range(len(means))]
    return {
        "shares": [round(len(part) / len(points), 4) for part in away],
        "deviations": [round(float(np.sqrt(part.mean() / means.shape[1])), 4) if len(part) else 0.0 for part in away],
    }


if __name__ == "__main__":
    main()
