"""Mask: where an edit applies and how much, m in [0, 1] a place of the picture, as a PNG that a Run names.

The PNG has the height and width of the model's data, 8 bits grey, m = value / 255, and stands in `engine.attachments`.
Called by `edits`, the window and the command line. No torch.
"""

from __future__ import annotations

import functools
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import attachments
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.settings.references import MaskReference, plain_label

Mask = NDArray[np.uint8]
"""m times 255 [H, W]."""


def keep(mask: Mask, label: str) -> MaskReference:
    """The name by which a Run finds this mask."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(mask)).save(file, "PNG", compress_level=1)
    return MaskReference(label=plain_label(label), sha256=attachments.put(file.getvalue()))


def read(reference: MaskReference) -> Mask:
    """The mask, not to be written to. Raises `InputError` if it is damaged or not here."""
    return _decoded(reference.sha256, reference.label)


def values(reference: MaskReference, data_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """m [H, W] in [0, 1] for a model of that data.

    Raises `InputError` if it is of another size, is damaged or not here, or if the model has no pictures.
    """
    if not is_picture(data_shape):
        raise InputError("A mask is for models of pictures: choose such a model, or edit without a mask.")
    mask = read(reference)
    if mask.shape != data_shape[1:]:
        own, wanted = (f"{width} × {height}" for height, width in (mask.shape, data_shape[1:]))
        raise InputError(
            f"The mask {reference.label!r:.100} is {own} and the model's pictures are {wanted}: resample it, or choose "
            "another."
        )
    return mask / 255


@functools.lru_cache(maxsize=64)
def _decoded(sha256: str, label: str) -> Mask:
    try:
        with Image.open(io.BytesIO(attachments.get(sha256)), formats=("PNG",)) as file:
            if file.mode != "L":
                raise InputError(f"The mask {label!r:.100} is not 8 bits grey: choose it again.")
            mask: Mask = np.asarray(file)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"The mask {label!r:.100} is damaged: choose it again.") from error
    return mask
