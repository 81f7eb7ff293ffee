"""Mask: where an edit applies and how much, m in [0, 1] a place of the picture, as a PNG that a Run names.

The PNG has the height and width of the model's data, 8 bits grey, m = value / 255, and stands in `engine.attachments`;
any picture's file can be read as one. Called by `edits`, the window and the command line. No torch.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import attachments
from engine.analysis.pictures import is_picture
from engine.data.folder import MAX_PIXELS, opened, unreadable
from engine.errors import InputError
from engine.files import write_atomically
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
    """m [H, W] in [0, 1] for a model of that data. Raises as `fitting`."""
    return fitting(reference, data_shape) / 255


def fitting(reference: MaskReference, data_shape: tuple[int, ...]) -> Mask:
    """The mask, not to be written to, for a model of that data.

    Raises `InputError` if it is of another size, is damaged or not here, or if the model has no pictures.
    """
    if not is_picture(data_shape):
        raise InputError("A mask is for models of pictures: choose such a model, or edit without a mask.")
    mask = read(reference)
    _check_size(mask, data_shape[1:], reference.label)
    return mask


def of_file(path: Path, size: tuple[int, ...] | None = None, *, resample: bool = False) -> Mask:
    """The mask in a picture's file, of that height and width if they are given: m is how light it is.

    What is transparent is 0; of paint of one lightness on nothing, m is how opaque it is. Raises `InputError` if
    the file is no picture that can be read, and if it is of another size, unless it is to be `resample`d then.
    """
    try:
        mask = _weights(opened(path))
    except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
        raise unreadable(path, "a mask", error) from error
    if size is not None and resample:
        return resampled(mask, *size)
    if size is not None:
        _check_size(mask, size, path.name)
    return mask


def write(path: Path, reference: MaskReference) -> None:
    """The mask as a PNG, whole or not at all. Raises `InputError` as `read`, or if the disk refuses."""
    read(reference)
    write_atomically(path, attachments.get(reference.sha256))


def resampled(mask: Mask, height: int, width: int) -> Mask:
    """The mask in another size: where smaller by the means over areas, where larger by linear interpolation."""
    picture = Image.fromarray(np.ascontiguousarray(mask))
    for wanted in ((width, picture.height), (width, height)):
        smaller = wanted[0] < picture.width or wanted[1] < picture.height
        picture = picture.resize(wanted, Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR)
    return np.asarray(picture)


def _weights(picture: Image.Image) -> Mask:
    """How light a picture is, transparent being black, or how opaque if that varies and lightness does not."""
    light = np.asarray(picture.convert("RGB").convert("L"))
    if not picture.has_transparency_data:  # then neither time nor memory for a fourth channel
        return light
    opaque = np.asarray(picture.convert("RGBA").getchannel("A"))
    shown = light[opaque > 0]
    if opaque.min() < 255 and (not shown.size or shown.min() == shown.max()):
        return opaque
    weights: Mask = ((light.astype(np.uint16) * opaque + 127) // 255).astype(np.uint8)
    return weights


def mismatch(mask: Mask, size: tuple[int, ...]) -> str:
    """That it is not of that height and width, to follow its name and "is"; nothing where it is."""
    own, wanted = (f"{width} × {height}" for height, width in (mask.shape, size))
    return "" if mask.shape == size else f"{own} and the model's pictures are {wanted}"


def _check_size(mask: Mask, size: tuple[int, ...], name: str) -> None:
    if problem := mismatch(mask, size):
        raise InputError(f"The mask {name!r:.100} is {problem}: resample it, or choose another.")


@functools.lru_cache(maxsize=16)
def _decoded(sha256: str, label: str) -> Mask:
    content = attachments.get(sha256)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as file:
            grey = file.mode == "L" and file.width * file.height <= MAX_PIXELS
            mask: Mask | None = np.asarray(file) if grey else None
    except Exception as error:  # Pillow's decoder raises errors of several kinds on damaged files
        raise InputError(f"The mask {label!r:.100} is damaged: choose it again.") from error
    if mask is None:
        raise InputError(f"The mask {label!r:.100} is not 8 bits grey, or too large: choose it again.")
    return mask
