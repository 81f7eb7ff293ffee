"""States as pictures: NumPy arrays of uint8 for the command line's PNGs and for the window's canvas.

Values are the engine's ([-1, 1], channel first); pictures are channel last, as Pillow and Qt take them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def is_picture(data_shape: tuple[int, ...]) -> bool:
    """Whether one x0 of this shape [C, H, W] can be shown: grey (C = 1) or RGB (C = 3), more than a point."""
    return len(data_shape) == 3 and data_shape[0] in (1, 3) and min(data_shape[1:]) > 1


def to_uint8(x: NDArray[np.floating], low: float = -1.0, high: float = 1.0) -> Pixels:
    """Pictures [..., H, W] (grey) or [..., H, W, 3] (RGB) of x [..., C, H, W]: low is 0, high 255, beyond is cut.

    NaN is shown as 0. Raises `ValueError` if C is neither 1 nor 3 or if low >= high.
    """
    channels = x.shape[-3]
    if channels not in (1, 3):
        raise ValueError(f"a picture has 1 or 3 channels, not {channels}")
    if not low < high:
        raise ValueError(f"low ({low:g}) must be below high ({high:g})")
    scale = 255.0 / (high - low)
    values = x.astype(np.float32)
    values *= scale
    values += 0.5 - low * scale
    # fmax, not clip: of NaN and 0 it takes 0.
    np.fmax(values, 0.0, out=values)
    np.fmin(values, 255.0, out=values)
    pixels = values.astype(np.uint8)
    return pixels[..., 0, :, :] if channels == 1 else np.moveaxis(pixels, -3, -1)


def signed_limit(x: NDArray[np.floating], quantile: float = 0.995) -> float:
    """The limit L of a symmetric range [-L, L] that holds this share of the finite |x|; never 0.

    Take it over all pictures that are compared, so that one colour means one value.
    """
    sizes = np.abs(x[np.isfinite(x)])
    if not sizes.size:
        return 1.0
    rank = min(int(quantile * sizes.size), sizes.size - 1)
    limit = float(np.partition(sizes, rank)[rank]) or float(sizes.max())
    return limit or 1.0


def contact_sheet(pictures: Pixels, columns: int | None = None, gap: int = 2, background: int = 255) -> Pixels:
    """One picture [H', W'] or [H', W', 3] of N pictures [N, H, W] or [N, H, W, 3], row by row.

    `columns` defaults to the squarest sheet, `gap` is the pixels between and around, `background` (0 .. 255) fills
    them and the places left over. Raises `ValueError` for no pictures.
    """
    count, height, width = pictures.shape[:3]
    if not count:
        raise ValueError("there are no pictures to lay out")
    columns = min(columns or math.ceil(math.sqrt(count)), count)
    rows = -(-count // columns)
    cell = (height + gap, width + gap)
    sheet = np.full((rows * cell[0] + gap, columns * cell[1] + gap, *pictures.shape[3:]), background, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (index // columns) * cell[0] + gap, (index % columns) * cell[1] + gap
        sheet[top : top + height, left : left + width] = picture
    return sheet


def side_by_side(frames: NDArray[np.floating], channels: int) -> NDArray[np.floating]:
    """Frames [..., F C, H, W] of C channels each as pictures [..., C, H, F W + F - 1], a line of zeros between two."""
    *lead, depth, height, width = frames.shape
    strip = np.zeros((*lead, channels, height, depth // channels, width + 1), frames.dtype)
    strip[..., :-1] = np.moveaxis(frames.reshape(*lead, -1, channels, height, width), -4, -2)
    return strip.reshape(*lead, channels, height, -1)[..., :-1]


def enlarge(pixels: Pixels, scale: int) -> Pixels:
    """Each pixel of [H, W] or [H, W, 3] as a square of scale x scale."""
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)
