"""Picture: a clean x0 of the user's to start from: from a file or a data set, as a PNG that a Run names, as values.

The PNG has the shape of the model's data, 8 bits a value, and stands in `engine.attachments`. Called by `execute`, the
window and the command line. No torch.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import attachments
from engine.analysis.pictures import Pixels, is_picture
from engine.data import headers, items
from engine.data.folder import FORMATS, decode, fitted, unreadable
from engine.embed import carries_run
from engine.errors import InputError
from engine.reading import opened
from engine.settings.references import PictureReference, plain_label

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo

_MODES = {1: "L", 3: "RGB"}


def is_plain(path: Path) -> bool:
    """Whether a file is a picture that carries no Run. Raises `InputError` for a PNG that is cut short."""
    try:
        headers.check(path)
        with opened(path) as content, Image.open(content, formats=tuple(FORMATS)) as file:
            png = file.format == "PNG"
    except Exception:  # it is none, or claims to be a huge one: Pillow raises errors of a dozen kinds
        return False
    return not (png and carries_run(path))


def of_file(path: Path, data_shape: tuple[int, ...]) -> tuple[PictureReference, str]:
    """The picture in a file, for a model of data [C, H, W], and a sentence about what was done to it, or nothing.

    Raises `InputError` if the file is no picture that can be read or the model has no pictures.
    """
    check(data_shape)
    try:
        pixels = decode(path, data_shape)
        with opened(path) as content, Image.open(content, formats=tuple(FORMATS)) as file:
            size = file.size
    except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
        raise unreadable(path, "a picture", error) from error
    return keep(pixels, path.name), _done(size, data_shape)


def of_pixels(pixels: Pixels, label: str, data_shape: tuple[int, ...]) -> tuple[PictureReference, str]:
    """As `of_file`, of a picture [H, W, 3] at hand, such as the clipboard's. Raises `InputError` as that does."""
    check(data_shape)
    made = fitted(Image.fromarray(np.ascontiguousarray(pixels)), data_shape)
    return keep(made, label), _done((pixels.shape[1], pixels.shape[0]), data_shape)


def _done(size: tuple[int, int], data_shape: tuple[int, ...]) -> str:
    """What was done to a picture of that width and height: a sentence, or nothing."""
    _, height, width = data_shape
    done = f"{size[0]} × {size[1]} pixels, cropped about the middle and resampled to {width} × {height}."
    return "" if size == (width, height) else done


def of_item(model: ModelInfo, number: int) -> tuple[PictureReference, str]:
    """Picture `number` of the model's data, and nothing to say about it.

    Raises `InputError` if it is not at hand.
    """
    found = items.of(model)
    if found is None:
        raise InputError(f"The data that {model.name} was made of are not at hand: take a picture's file.")
    return keep(found.pick(number), found.name(number)), ""


def keep(pixels: Pixels, label: str) -> PictureReference:
    """The name by which a Run finds these pixels [C, H, W]; what `label` may not hold of a name is replaced."""
    last = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(last)).save(file, "PNG")
    return PictureReference(label=plain_label(label), sha256=attachments.put(file.getvalue()))


def values(reference: PictureReference, data_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The picture as x0 [C, H, W] in [-1, 1] for a model of that data.

    Raises `InputError` if it has another shape, is damaged or is not here.
    """
    check(data_shape)
    channels, height, width = data_shape
    content = attachments.get(reference.sha256)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as file:
            fits = (file.size, file.mode) == ((width, height), _MODES[channels])
            pixels = np.asarray(file).reshape(height, width, channels) if fits else None
    except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
        raise InputError(f"The picture {reference.label!r:.100} is damaged: choose it again.") from error
    if pixels is None:
        raise InputError(
            f"The picture {reference.label!r:.100} was made for a model of another shape than "
            f"{channels} × {height} × {width}: choose it again, or clear it."
        )
    return pixels.transpose(2, 0, 1) / 127.5 - 1


def check(data_shape: tuple[int, ...]) -> None:
    """Raise `InputError` unless a model of that data can start from a picture."""
    if not is_picture(data_shape):
        raise InputError("A picture can be noised by models of pictures only: choose such a model, then the picture.")
