"""What can be sampled without a checkpoint: the exact models, by name, with their references. No torch here.

Used by `models.load` and `models.find`, by the list of models in the window and by `latent-loupe models`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.checkpoints import configure, content_hash
from engine.data import digits, idx, mnist
from engine.errors import InputError
from engine.run import ModelReference

if TYPE_CHECKING:
    from engine.models import Model

MNIST = "digits-ideal-mnist"

_TRANSPORT = "W. Dalheim's thesis on latent modelling, 2023"
_GUIDANCE = "J. Kleutgens's thesis on particle guidance, 2024"


@dataclass(frozen=True)
class ModelInfo:
    """What a list of models says about one of them.

    `name` is what `models.load` takes, `title` and `description` are for people, `source` is where the definition or
    the data comes from, `data_shape` the shape of one x0, `kind` a name in `checkpoints.KINDS`. `build()` makes the
    model: it imports torch, and raises `InputError` if the data has become unusable.
    """

    name: str
    title: str
    data_shape: tuple[int, ...]
    source: str
    description: str
    kind: str
    reference: ModelReference
    build: Callable[[], Model] = field(repr=False, compare=False)


@functools.cache
def bundled() -> tuple[ModelInfo, ...]:
    """The models that come with the program, in the order in which to show them. Takes 15 ms the first time."""
    # Rounded, so that the last bit of a platform's cosine does not change the model's hash.
    angles = [2 * math.pi * k / 10 for k in range(10)]
    ring = [(round(math.cos(angle), 15), round(math.sin(angle), 15)) for angle in angles]
    corners = [(-5.0, -5.0), (-5.0, 5.0), (5.0, -5.0)]
    return (
        _digits(),
        _mixture("ring", "Ring of ten", "Ten narrow modes on the unit circle.", _GUIDANCE, ring, [0.005] * 10),
        _mixture(
            "symmetric-2d",
            "Symmetric square",
            "Four narrow modes at (±5, ±5).",
            _TRANSPORT,
            [*corners, (5, 5)],
            [0.1] * 4,
        ),
        _mixture(
            "asymmetric-2d",
            "Asymmetric square",
            "Four narrow modes at (±5, ±5), the upper right one moved to (3, 3).",
            _TRANSPORT,
            [*corners, (3, 3)],
            [0.1] * 4,
        ),
        _mixture("shifted-2d", "Shifted normal", "One normal distribution at (10, 0).", _TRANSPORT, [(10, 0)], [1.0]),
        _mixture("bimodal-2d", "Two modes", "Two modes at (±7.5, 0).", _TRANSPORT, [(-7.5, 0), (7.5, 0)], [1.0] * 2),
        _mixture(
            "mixture-1d",
            "Three modes on a line",
            "Three modes of different widths on a line.",
            _TRANSPORT,
            [(-1.25,), (-0.25,), (1.5,)],
            [0.25**2, 0.333**2, 0.1667**2],
        ),
    )


def offered(folder: Path | None = None) -> tuple[ModelInfo, ...]:
    """All models known by name: those bundled, and `digits-ideal-mnist` where MNIST is.

    MNIST is looked for at each call, in `folder` if it is given, else (or if it is not there) in the usual places.
    """
    place = (mnist.find(folder) if folder else None) or mnist.find()
    if place is None:
        return bundled()
    try:
        return (*bundled(), _mnist(place, *idx.checksum(mnist.images(place))))
    except OSError:
        return bundled()


def named(name: str, folder: Path | None = None) -> ModelInfo:
    """The model of that name. Raises `InputError` with the names there are."""
    models = {info.name: info for info in offered(folder)}
    if name in models:
        return models[name]
    if name == MNIST:
        raise InputError(
            f"{MNIST} needs MNIST, which is not here: put its files in a folder and let {mnist.FOLDER} name it."
        )
    raise InputError(
        f"There is no model {name!r:.100}: choose {', '.join(models)}, or give the path of a .safetensors file."
    )


def describe(model: Model, source: str) -> ModelInfo:
    """The entry in a list for a model that was opened from `source`, a file's name; its `build` gives that model."""
    label, shape = model.reference.label, model.data_shape
    return ModelInfo(label, label, shape, source, "Opened from a file.", model.kind, model.reference, lambda: model)


def _mixture(
    name: str, title: str, description: str, source: str, centres: Sequence[Sequence[float]], variances: Sequence[float]
) -> ModelInfo:
    """A mixture of equal weights with one variance a component, the same in all directions."""
    d = len(centres[0])
    means, weights = np.array(centres, dtype=np.float64), np.full(len(centres), 1 / len(centres))
    covariances = np.array(variances)[:, None, None] * np.eye(d)
    arrays = {"means": means, "covariances": covariances, "weights": weights}
    sha256 = content_hash(configure("mixture", name, (d,)).content, arrays)

    def build() -> Model:
        from engine.models.mixture import Mixture

        return Mixture(means, covariances, weights, label=name)

    return ModelInfo(
        name, title, (d,), source, description, "mixture", ModelReference(label=name, sha256=sha256), build
    )


def _digits() -> ModelInfo:
    name = "digits-ideal"
    frames, _ = digits.bundled()
    sha256 = content_hash(configure("ideal", name, digits.SHAPE).content, {"data": frames})
    reference = ModelReference(label=name, sha256=sha256)

    def build() -> Model:
        from engine.models.ideal import IdealDenoiser

        return IdealDenoiser(frames, label=name, reference=reference)

    return ModelInfo(
        name,
        "Ideal denoiser of 1,797 digits",
        digits.SHAPE,
        "scikit-learn's handwritten digits",
        "The exact denoiser of 1,797 handwritten digits: it draws these and no others.",
        "ideal",
        reference,
        build,
    )


def _mnist(folder: Path, crc: int, length: int) -> ModelInfo:
    """The reference is hashed from the CRC-32 and the length of the training pictures, uncompressed.

    So it is at hand without reading MNIST, and the same for its files with and without gzip.
    """
    content = {
        **configure("ideal", MNIST, digits.SHAPE).content,
        "pictures": {"crc32": crc, "length": length, "placement": "16x16 bicubic in 32x32"},
    }
    reference = ModelReference(label=MNIST, sha256=content_hash(content, {}))

    def build() -> Model:
        from engine.models.ideal import IdealDenoiser

        return IdealDenoiser(mnist.framed(folder)[0], label=MNIST, reference=reference)

    return ModelInfo(
        MNIST,
        "Ideal denoiser of MNIST",
        digits.SHAPE,
        "MNIST",
        "The exact denoiser of MNIST's training digits: it draws these and no others.",
        "ideal",
        reference,
        build,
    )
