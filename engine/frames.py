"""Frames: what a model with a condition is given, of the user's choice: examples in a PNG that a Run names, as values.

The PNG is grey, 8 bits a value, an example a row and its frames side by side, and stands in `engine.attachments`.
Called by `condition`, the command line, experiments and the window. No torch.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import attachments
from engine.data import sequences
from engine.data.folder import unreadable
from engine.errors import InputError
from engine.run import MOST_EXAMPLES
from engine.settings.references import FramesReference, plain_label

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo

Frames = NDArray[np.uint8]

LARGEST = 2**26
"""Values of all examples together up to which they are kept or read."""


def keep(frames: Frames, label: str) -> FramesReference:
    """The name by which a Run finds these examples [M, F, H, W], M >= 1.

    Raises `InputError` for more of them than a Run can name.
    """
    count, planes, height, width = frames.shape
    if not 0 < count <= MOST_EXAMPLES or frames.size > LARGEST:
        raise InputError(
            f"{count:,} examples of {planes} frames are more than a Run can name: give it {MOST_EXAMPLES:,} at most, "
            f"of {LARGEST:,} values together."
        )
    sheet = np.ascontiguousarray(frames.transpose(0, 2, 1, 3)).reshape(count * height, planes * width)
    file = io.BytesIO()
    Image.fromarray(sheet, "L").save(file, "PNG")
    return FramesReference(label=plain_label(label), sha256=attachments.put(file.getvalue()))


def of_sequence(model: ModelInfo, number: int, first: int) -> FramesReference:
    """As many frames as the model is given, from frame `first` on, of that sequence like those that it was made of.

    Raises `InputError` for a model without sequences, and where there is no such sequence, or it is over too soon.
    """
    found = sequences.of(model)
    if found is None:
        raise InputError(f"{model.name} draws no next frames of sequences: choose a model that does, such as circle.")
    taken = found.pick(number).frames
    latest = len(taken) - found.given
    if not 0 <= first <= latest:
        raise InputError(f"A sequence has {len(taken)} frames, {found.given} of them given: begin at 0 to {latest}.")
    return keep(taken[None, first : first + found.given], found.name(number, first))


def of_file(path: Path, cond_shape: Sequence[int] | None) -> FramesReference:
    """The examples in a PNG's file, under its name.

    Raises `InputError` if it is no PNG that can be read, or not as a model with that condition needs it.
    """
    shape = _shape(cond_shape)
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise ValueError("it is not a file")
        found = _decoded(path, shape)
    except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
        raise unreadable(path, "frames", error, "a PNG") from error
    return keep(_suited(found, path.name, shape), path.name)


def suit(reference: FramesReference, cond_shape: Sequence[int] | None) -> bool:
    """Whether a model with that condition can be given them."""
    try:
        pixels(reference, cond_shape)
    except InputError:
        return False
    return True


def values(reference: FramesReference, cond_shape: Sequence[int] | None) -> NDArray[np.float32]:
    """The examples [M, *cond_shape] in [-1, 1].

    Raises `InputError` if they are of another shape, damaged, or not here.
    """
    return of_bytes(pixels(reference, cond_shape))


def of_bytes(frames: Frames) -> NDArray[np.float32]:
    """Values 0 .. 255 as float32 in [-1, 1], as the models' data are."""
    return frames.astype(np.float32) * np.float32(1 / 127.5) - 1


def pixels(reference: FramesReference, cond_shape: Sequence[int] | None) -> Frames:
    """As `values`, from 0 to 255."""
    shape, content = _shape(cond_shape), attachments.get(reference.sha256)
    try:
        found = _decoded(io.BytesIO(content), shape)
    except Exception as error:
        raise InputError(f"The frames {reference.label!r:.100} are damaged: choose them again.") from error
    return _suited(found, reference.label, shape)


def _shape(cond_shape: Sequence[int] | None) -> tuple[int, int, int]:
    """F, H, W of such a condition."""
    if cond_shape is None or len(cond_shape) != 3:
        raise InputError("The model is given no frames: choose one that draws the next frame, such as circle.")
    planes, height, width = cond_shape
    return planes, height, width


def _decoded(source: Path | io.BytesIO, shape: tuple[int, int, int]) -> Frames | None:
    """The examples in a PNG, None where it is not made of such. Not decoded before its size is known to be right."""
    planes, height, width = shape
    with Image.open(source, formats=["PNG"]) as file:
        across, down = file.size
        suits = file.mode == "L" and across == planes * width and down % height == 0 and across * down <= LARGEST
        if not suits or down > height * MOST_EXAMPLES:
            return None
        sheet = np.asarray(file)
    return np.ascontiguousarray(sheet.reshape(-1, height, planes, width).transpose(0, 2, 1, 3))


def _suited(found: Frames | None, label: str, shape: tuple[int, int, int]) -> Frames:
    if found is None:
        planes, height, width = shape
        raise InputError(
            f"The frames {label!r:.100} are not {planes} of {height} × {width} in grey, as the model needs them: "
            "choose frames of its own data."
        )
    return found
