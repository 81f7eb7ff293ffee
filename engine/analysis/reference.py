"""What the classifier's features of MNIST look like, so that digits can be measured where MNIST is not at hand.

`python -m engine.analysis.reference` writes assets/digit-features.* from MNIST, in a minute on one core. Used by
experiments.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load as read_arrays
from safetensors.numpy import save

from engine.analysis import classifier, frechet
from engine.data import mnist
from engine.errors import InputError
from engine.files import write_atomically

ASSET = "digit-features"

COUNTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Numbers of digits for which the floor is kept."""

_SETS = 10  # sets of real digits whose distances are averaged for a floor
_BATCH = 5000


@dataclass(frozen=True)
class Reference:
    """The Gaussian of the features of MNIST's 60,000 training digits, framed as D1 and masked by Otsu's threshold.

    `floors` [K] are the Frechet distances to it of so many real digits that it does not hold as `counts` [K] says: what
    perfect samples would have, since few of them make the distance larger.
    """

    gaussian: frechet.Gaussian
    counts: np.ndarray
    floors: np.ndarray

    def distance(self, x: torch.Tensor) -> float:
        """The squared Frechet distance of frames x [N, 1, 32, 32] in [-1, 1] to MNIST. Raises as `frechet.fit`."""
        return frechet.distance(frechet.fit(features(x)), self.gaussian)

    def floor(self, count: int) -> float:
        """What `distance` is of so many real digits; between the counts measured on a line of log against log."""
        return float(np.exp(np.interp(np.log(count), np.log(self.counts), np.log(self.floors))))


def features(x: torch.Tensor) -> np.ndarray:
    """The classifier's features of frames x [N, 1, 32, 32] in [-1, 1]: [N, 128], float64."""
    reader = classifier.load(masked=True)
    with torch.no_grad():
        parts = [reader.features(part).cpu().double().numpy() for part in torch.split(x, _BATCH)]
    return np.concatenate(parts)


@functools.cache
def load() -> Reference:
    """The reference that comes with the program."""
    arrays = read_arrays((importlib.resources.files("assets") / f"{ASSET}.safetensors").read_bytes())
    gaussian = frechet.Gaussian(arrays["mean"], arrays["covariance"])
    return Reference(gaussian, arrays["counts"], arrays["floors"])


def make(folder: Path, source: Path) -> None:
    """Write digit-features.safetensors and .json into `folder`, from MNIST in `source`. Raises `InputError`."""
    train, test = (features(_frames(source, split)) for split in ("train", "test"))
    gaussian = frechet.fit(train)
    floors = [_floor(test, count, gaussian) for count in COUNTS]
    content = save(
        {
            "mean": gaussian.mean,
            "covariance": gaussian.covariance,
            "counts": np.array(COUNTS, dtype=np.float64),
            "floors": np.array(floors),
        }
    )
    read = (importlib.resources.files("assets") / f"{classifier.ASSET}.safetensors").read_bytes()
    provenance = {
        "file": f"{ASSET}.safetensors",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": "float64: mean [128] and covariance [128, 128] of the digit classifier's features, masked by Otsu's "
        "threshold; floors [10]: Frechet distances to them of so many test digits as counts [10] says, the mean of "
        f"{_SETS} sets drawn with seed 0",
        "data": "MNIST's 60,000 training and 10,000 test digits (Y. LeCun, C. Cortes, C. Burges), 16x16 in the middle "
        "of 32x32",
        "classifier sha256": hashlib.sha256(read).hexdigest(),
        "command": "python -m engine.analysis.reference",
        "threads": torch.get_num_threads(),
        "floors": {str(count): round(floor, 3) for count, floor in zip(COUNTS, floors, strict=True)},
    }
    write_atomically(folder / f"{ASSET}.safetensors", content)
    write_atomically(folder / f"{ASSET}.json", (json.dumps(provenance, indent=2) + "\n").encode())


def _frames(source: Path, split: mnist.Split) -> torch.Tensor:
    """All digits of a split in [-1, 1]."""
    return torch.from_numpy(mnist.framed(source, split)[0]).float() / 127.5 - 1


def _floor(real: np.ndarray, count: int, gaussian: frechet.Gaussian) -> float:
    """The mean Frechet distance of sets of `count` of the features `real` [M, F], at most M, to the Gaussian."""
    generator = np.random.default_rng(0)
    sets = (real[generator.permutation(len(real))[:count]] for _ in range(_SETS))
    return float(np.mean([frechet.distance(frechet.fit(part), gaussian) for part in sets]))


def main() -> int:
    """Write the reference into assets/; the exit code."""
    try:
        source = mnist.find()
        if source is None:
            raise InputError(f"MNIST was not found: name the folder that holds its four files in {mnist.FOLDER}.")
        make(Path(str(importlib.resources.files("assets"))), source)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
