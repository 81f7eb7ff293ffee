"""What can be sampled by name: exact models and the trained ones in assets/, with their references. No torch here.

Used by `models.load` and `models.find`, by the list of models in the window and by `latent-loupe models`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.resources
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
from safetensors import SafetensorError, safe_open

from engine.checkpoints import FORMAT, Configuration, configure, content_hash, open_checkpoint, parse
from engine.checkpoints.files import MAX_JSON, MAX_WEIGHTS
from engine.data import digits, idx, lowdim, mnist
from engine.errors import InputError
from engine.models.betas import levels
from engine.models.networks import EXAMPLES, LearnedSettings, NoisePredictorSettings, PreconditionedSettings
from engine.reading import check, read
from engine.run import ModelReference

if TYPE_CHECKING:
    from engine.models import Model

MNIST = "digits-ideal-mnist"

TRAININGS = platformdirs.user_data_path("latent-loupe", appauthor=False) / "trainings"
"""Where the window keeps trainings and the models made of them, each training in a folder of its own."""

_ASSETS = Path(str(importlib.resources.files("assets")))

_TRAINED = "-ddpm"  # what the name of a model trained on a mixture adds to the mixture's

_TRANSPORT = "W. Dalheim's thesis on latent modelling, 2023"
_GUIDANCE = "J. Kleutgens's thesis on particle guidance, 2024"

_TEXTS = {
    "symmetric-2d": ("Symmetric square", "Four narrow modes at (±5, ±5)."),
    "asymmetric-2d": ("Asymmetric square", "Four narrow modes at (±5, ±5), the upper right one moved to (3, 3)."),
    "shifted-2d": ("Shifted normal", "One normal distribution at (10, 0)."),
    "bimodal-2d": ("Two modes", "Two modes at (±7.5, 0)."),
    "mixture-1d": ("Three modes on a line", "Three modes of different widths on a line."),
}
"""Title and description of the mixtures in `data.lowdim`."""


@dataclass(frozen=True)
class ModelInfo:
    """What a list of models says about one of them.

    `name` is what `models.load` takes, `title` and `description` are for people, `source` is where the definition or
    the data comes from, `data_shape` the shape of one x0, `kind` a name in `checkpoints.KINDS`, `sigma_min` and
    `sigma_max` the noise levels that it knows. `build()` makes the model: it imports torch, and raises `InputError` if
    the data has become unusable. `cond_shape` is the shape of its condition or None, `examples()` are those that it
    carries [K, *cond_shape], None without any. `levels` are sigma_1 .. sigma_T of a discrete-time model [T], else None.
    `data` is the name of the data set that it was made of, as in `data.items.ITEMS`, or another or none.
    """

    name: str
    title: str
    data_shape: tuple[int, ...]
    source: str
    description: str
    kind: str
    reference: ModelReference
    build: Callable[[], Model] = field(repr=False, compare=False)
    sigma_min: float = 0.0
    sigma_max: float = math.inf
    cond_shape: tuple[int, ...] | None = None
    examples: Callable[[], np.ndarray | None] = field(default=lambda: None, repr=False, compare=False)
    levels: np.ndarray | None = field(default=None, repr=False, compare=False)
    data: str = ""


@functools.cache
def bundled() -> tuple[ModelInfo, ...]:
    """The exact models that come with the program, in the order in which to show them. Takes 15 ms the first time."""
    # Rounded, so that the last bit of a platform's cosine does not change the model's hash.
    angles = [2 * math.pi * k / 10 for k in range(10)]
    ring = [(round(math.cos(angle), 15), round(math.sin(angle), 15)) for angle in angles]
    return (
        _digits(),
        _mixture("ring", "Ring of ten", "Ten narrow modes on the unit circle.", _GUIDANCE, ring, [0.005] * 10),
        *(_mixture(name, *_TEXTS[name], _TRANSPORT, *definition) for name, definition in lowdim.MIXTURES.items()),
    )


@functools.cache
def learned() -> tuple[ModelInfo, ...]:
    """The trained models in assets/, by name; each takes as long as its JSON takes to read."""
    return tuple(info for path in sorted(_ASSETS.glob("*.json")) if (info := checkpoint(path)) is not None)


def trained() -> tuple[ModelInfo, ...]:
    """The models made of the trainings in `TRAININGS`, by name; one that cannot be read is left out."""
    found = []
    for path in sorted(TRAININGS.glob("*/*.json")):
        with contextlib.suppress(OSError, InputError):
            found.append(checkpoint(path))
    return tuple(info for info in found if info is not None)


def checkpoint(path: Path) -> ModelInfo | None:
    """The model in a checkpoint, given its JSON, which alone is read; None for a JSON that is no checkpoint's.

    Raises `InputError` where it is one that cannot be used.
    """
    content = read(path, MAX_JSON, "a checkpoint")
    if FORMAT.encode() not in content:
        return None
    configuration = parse(content, path.name)
    return None if configuration.sha256 is None else _learned(path, configuration, configuration.sha256)


def offered(folder: Path | None = None) -> tuple[ModelInfo, ...]:
    """All models known by name: the exact ones, `digits-ideal-mnist` where MNIST is, then the trained ones, first those
    that come with the program.

    MNIST is looked for at each call, in `folder` if it is given, else (or if it is not there) in the usual places.
    """
    place = (mnist.find(folder) if folder else None) or mnist.find()
    found: list[ModelInfo] = []
    if place is not None:
        with contextlib.suppress(OSError, InputError):
            found.append(_mnist(place, *idx.checksum(mnist.images(place))))
    return (*bundled(), *found, *learned(), *trained())


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


def describe(model: Model, source: str, description: str = "Opened from a file.") -> ModelInfo:
    """The entry in a list for a model at hand, from `source`, a file's name, say; its `build` gives that model."""
    label, shape = model.reference.label, model.data_shape
    return ModelInfo(
        label,
        label,
        shape,
        source,
        description,
        model.kind,
        model.reference,
        lambda: model,
        model.sigma_min,
        model.sigma_max,
        model.cond_shape,
        lambda: None if model.cond_shape is None else model.arrays.get(EXAMPLES),
        None if model.levels is None else model.levels.numpy(),
    )


def mixture_of(info: ModelInfo) -> ModelInfo | None:
    """The exact mixture of one or two dimensions that the model is, or was trained on."""
    if info.data_shape not in ((1,), (2,)):
        return None
    if info.kind == "mixture":
        return info
    data = info.name.removesuffix(_TRAINED)
    return named(data) if data != info.name and data in lowdim.MIXTURES else None


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


def _learned(path: Path, configuration: Configuration, sha256: str) -> ModelInfo:
    """A checkpoint of that identity, which opening it checks; what people read stands in its provenance."""
    told = configuration.provenance
    steps = levels(configuration.betas.values) if isinstance(configuration, NoisePredictorSettings) else None
    return ModelInfo(
        path.stem,
        str(told.get("title") or path.stem),
        configuration.data_shape,
        str(told.get("source", "")),
        str(told.get("description", "")),
        configuration.kind,
        ModelReference(label=configuration.label, sha256=sha256),
        lambda: open_checkpoint(path),
        *_ends(configuration, steps),
        configuration.cond_shape if isinstance(configuration, LearnedSettings) else None,
        lambda: _examples(path),
        steps,
        _data(configuration),
    )


def _data(configuration: Configuration) -> str:
    """The name of the data set in the provenance, which is free JSON."""
    told: object = configuration.provenance
    for name in ("training", "data", "name"):
        told = told.get(name) if isinstance(told, dict) else None
    return told if isinstance(told, str) else ""


def _examples(path: Path) -> np.ndarray | None:
    """The examples in a checkpoint, read without its weights; why there are none is said when the model is opened."""
    weights = path.with_suffix(".safetensors")
    try:
        if check(weights) > MAX_WEIGHTS:
            return None
        with safe_open(weights, framework="numpy") as file:
            examples: np.ndarray = file.get_tensor(EXAMPLES)
            return examples
    except (SafetensorError, OSError, InputError):
        return None


def _ends(configuration: Configuration, steps: np.ndarray | None) -> tuple[float, float]:
    """The lowest and the highest noise level that the model knows, as it will say itself."""
    if steps is not None:
        return float(steps[0]), float(steps[-1])
    if isinstance(configuration, PreconditionedSettings):
        return configuration.sigma_min, configuration.sigma_max
    return 0.0, math.inf


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
        data="handwritten-digits",
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
        data="mnist",
    )
