"""Frames: what a model with a condition is given, of the user's choice: examples in a PNG that a Run names, as values.

The PNG is grey, 8 bits a value, an example a row and its frames side by side, and stands in `engine.attachments`.
Called by `condition`, by experiments and by the window. No torch.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import attachments
from engine.errors import InputError
from engine.run import MOST_EXAMPLES
from engine.settings.references import FramesReference, plain_label

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


def values(reference: FramesReference, cond_shape: Sequence[int]) -> NDArray[np.float32]:
    """The examples [M, *cond_shape] in [-1, 1].

    Raises `InputError` if they are of another shape, damaged, or not here.
    """
    return of_bytes(pixels(reference, cond_shape))


def of_bytes(frames: Frames) -> NDArray[np.float32]:
    """Values 0 .. 255 as float32 in [-1, 1], as the models' data are."""
    return frames.astype(np.float32) * np.float32(1 / 127.5) - 1


def pixels(reference: FramesReference, cond_shape: Sequence[int]) -> Frames:
    """As `values`, from 0 to 255."""
    planes, height, width = cond_shape
    content = attachments.get(reference.sha256)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as file:
            size, mode = file.size, file.mode
            suits = mode == "L" and size[0] == planes * width and size[1] % height == 0 and size[1] > 0
            sheet = np.asarray(file) if suits and size[0] * size[1] <= LARGEST else None
    except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
        raise InputError(f"The frames {reference.label!r:.100} are damaged: choose them again.") from error
    if sheet is None:
        raise InputError(
            f"The frames {reference.label!r:.100} are not {planes} of {height} × {width} in grey, as the model needs "
            "them: choose frames of its own data."
        )
    return np.ascontiguousarray(sheet.reshape(-1, height, planes, width).transpose(0, 2, 1, 3))
