"""A checkpoint's two files: writing a model to them, and reading one from them with nothing in them trusted.

`opening` and what opens foreign files read with it; `save` is for training, the window and tests.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors import numpy as safetensors

from engine.checkpoints.configuration import Configuration, configure, content_hash, parse
from engine.errors import InputError
from engine.files import numbered, write_atomically
from engine.reading import brief, check, opened, read

if TYPE_CHECKING:
    from engine.models import Model

WEIGHTS, JSON = ".safetensors", ".json"

_STORED = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "U8": "u1"}
"""The precisions that some kind of model is stored in, as NumPy names them."""

MAX_JSON = 16 * 2**20
MAX_WEIGHTS = 8 * 2**30
"""Bytes a file may have at most, asked before it is read."""


def save(path: Path, model: Model, *, label: str | None = None, provenance: Mapping[str, Any] | None = None) -> Path:
    """Write `model` as NAME.safetensors and NAME.json and return the first one's path.

    `path` is either, or NAME alone. Where files of that name hold something else, NAME-2, NAME-3, ... is used. Raises
    `InputError` if the label or the provenance cannot be kept or the disk refuses.
    """
    configuration = configure(
        model.kind, label or model.reference.label, model.data_shape, provenance=dict(provenance or {}), **model.own
    )
    arrays = model.arrays
    weights = safetensors.save(arrays)
    identified = configuration.model_copy(update={"sha256": content_hash(configuration.content, arrays)})
    text = (identified.model_dump_json(indent=2) + "\n").encode()
    name = next(
        name
        for name in numbered(weights_path(path))
        if _holds_at_most(name, weights) and _holds_at_most(json_path(name), text)
    )
    for file, content in ((name, weights), (json_path(name), text)):
        if not file.exists():
            write_atomically(file, content)
    return name


def open_pair(path: Path) -> Model:
    """The model in a checkpoint of ours, given either of its files.

    Raises `InputError`, one sentence, if a file is missing, damaged, too large, of a newer format, or does not hold
    what the other one says. Only numbers and strings are read: nothing in a file is ever executed.
    """
    weights = weights_path(path)
    for file in (path, weights, json_path(weights)):
        if not os.path.exists(file):
            mend = "check the path" if file == path else f"put it beside {path.name}"
            raise InputError(f"{file.name} is missing: {mend}.")
    return open_with(json_path(weights), weights)


def open_with(configuration: Path, weights: Path) -> Model:
    """The model that a JSON describes, with the weights in a safetensors file. Raises as `open_pair`."""
    described = parse(read(configuration, MAX_JSON, "a checkpoint"), configuration.name)
    model = build(described, weights)
    if described.sha256 not in (None, model.reference.sha256):
        raise InputError(
            f"{weights.name} is not what {configuration.name} was written for: fetch both files again, "
            "or delete the line sha256 there if one was changed on purpose."
        )
    return model


def build(configuration: Configuration, weights: Path, renamed: Callable[[str], str] = str) -> Model:
    """The model of that configuration with the weights in a safetensors file, each tensor's name `renamed`.

    Raises `InputError`, one sentence, if the file is damaged or does not hold what the configuration needs.
    """
    arrays = _arrays(weights, configuration, renamed)
    try:
        return configuration.build(arrays)
    except InputError as error:
        raise InputError(f"{weights.name}: {error}") from error


def _arrays(path: Path, configuration: Configuration, renamed: Callable[[str], str]) -> dict[str, np.ndarray]:
    """The tensors, after their names, precisions and shapes were found to be those needed; all finite."""
    try:
        if check(path) > MAX_WEIGHTS:
            raise InputError(f"{path.name} is over {MAX_WEIGHTS >> 30} GiB: choose a smaller checkpoint.")
        with safe_open(path, framework="numpy") as file:
            stored = file.keys()
            names = {renamed(name): name for name in stored}
            slices = {name: file.get_slice(own) for name, own in names.items()}
            shapes = {name: tuple(part.get_shape()) for name, part in slices.items()}
            configuration.check({name: part.get_dtype() for name, part in slices.items()}, shapes, path.name)
            order = {own: file.get_slice(own) for own in file.offset_keys()}
            stands = {own: (_STORED[part.get_dtype()], tuple(part.get_shape())) for own, part in order.items()}
        values = _values(path, stands)
    except SafetensorError as error:
        raise InputError(
            f"{path.name} is not a whole safetensors file ({brief(error)}): fetch or save it again."
        ) from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror or error}): check the path.") from error
    arrays = {name: values[own] for name, own in names.items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(f"{path.name}: the tensor {name} holds values that are not finite: save it again.")
    return arrays


def _values(path: Path, stands: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, np.ndarray]:
    """The values of these dtypes and shapes, which stand one after the other behind the header.

    Read and not mapped into memory: where a mapped file becomes shorter meanwhile, the system ends the whole process.
    Raises `InputError` for such a file, and `OSError`.
    """
    with opened(path) as file:
        file.seek(8 + int.from_bytes(file.read(8), "little"))
        flat = {name: np.fromfile(file, dtype, math.prod(shape)) for name, (dtype, shape) in stands.items()}
    if any(flat[name].size < math.prod(shape) for name, (_, shape) in stands.items()):
        raise InputError(f"{path.name} became shorter while it was read: wait until it is written, then open it again.")
    return {name: flat[name].reshape(shape) for name, (_, shape) in stands.items()}


def _holds_at_most(path: Path, content: bytes) -> bool:
    """Whether nothing is lost by `content` being at `path`: no file is there yet, or one with just that."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return True
    except OSError:
        return False


def weights_path(path: Path) -> Path:
    """NAME.safetensors for NAME, NAME.safetensors or NAME.json."""
    return path.with_name((path.stem if path.suffix in (WEIGHTS, JSON) else path.name) + WEIGHTS)


def json_path(weights: Path) -> Path:
    """NAME.json for NAME with any suffix."""
    return weights.with_name(weights.stem + JSON)
