"""Pixels: values as images of Qt, on one scale. Used by the views of pictures, `grid.GridView` and `easel.Easel`."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage

from app import theme
from app.views.shown import Array
from engine.analysis.parts import shades
from engine.analysis.pictures import to_uint8

HOTTEST, VEIL = 230, 130
"""How opaque, of 255, the largest change and a full mask are over the picture."""


def pictures(values: Array, limit: float, signed: bool) -> Array:
    """Pictures [n, H, W] of values [n, C, H, W], uint8 (grey) or uint32 (0xffRRGGBB): black is -limit, white limit;
    signed ones are in the diverging map, those of several channels as their mean.
    """
    bytes_ = shades(values, limit, signed)
    if signed:
        return packed(theme.diverging())[bytes_]
    if bytes_.ndim == 3:
        return np.ascontiguousarray(bytes_)
    return packed(bytes_)


def packed(colours: Array) -> Array:
    """Colours [..., 3], uint8, as 0xffRRGGBB [...]."""
    whole = np.full(colours.shape[:-1], 0xFF, np.uint32)
    for channel in range(3):
        whole <<= 8
        whole |= colours[..., channel]
    return whole


def tinted(colour: QColor, opacity: Array) -> Array:
    """That colour at opacities [...], uint8 of 255, as premultiplied 0xAARRGGBB [...]."""
    whole = opacity.astype(np.uint32) << 24
    for shift, part in ((16, colour.red()), (8, colour.green()), (0, colour.blue())):
        whole |= (opacity.astype(np.uint32) * part + 127) // 255 << shift
    return whole


def translucent(colours: Array, opacity: Array) -> Array:
    """Colours [..., 3] at opacities [...], both uint8, as premultiplied 0xAARRGGBB [...]."""
    alpha = opacity.astype(np.uint32)
    whole = alpha.copy()
    for channel in range(3):
        whole <<= 8
        whole |= (colours[..., channel] * alpha + 127) // 255
    return whole


def heat(change: Array, limit: float) -> Array:
    """Sizes [H, W] in the map of quantities, premultiplied 0xAARRGGBB: nothing is seen of 0, most of `limit`."""
    table = translucent(theme.sequential(), np.linspace(0, HOTTEST, 256).astype(np.uint8))
    return table[to_uint8(change[None], 0.0, limit)]


def masked(mask: Array, fill: bool, width: int, colour: QColor, ground: QColor) -> Array:
    """A mask, uint8 [H, W], premultiplied 0xAARRGGBB: the line of that `width` inside of where it is a half or more,
    with a thin one of `ground` around it, so that it is seen on any picture, and with `fill` a veil of opacity m.
    """
    inside, ink = mask >= 128, _rgb(colour)
    veil = translucent(ink, np.linspace(0, VEIL * fill, 256).astype(np.uint8))
    drawn = veil[mask]
    drawn[~inside & ~_core(~inside, 1, True)] = translucent(_rgb(ground), np.array(VEIL, np.uint8))
    drawn[inside & ~_core(inside, width, False)] = packed(ink)
    return drawn


def _core(inside: Array, width: int, beyond: bool) -> Array:
    """What lies farther than `width` from the outside; `beyond` says whether what is past the array lies inside."""
    core = inside
    for _ in range(width):
        wide = np.pad(core, 1, constant_values=beyond)
        core = wide[1:-1, 1:-1] & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    return core


def _rgb(colour: QColor) -> Array:
    return np.array([colour.red(), colour.green(), colour.blue()], np.uint8)


def image(pixels: Array, *, translucent: bool = False) -> QImage:
    """An image of pixels [H, W], which must outlive it: uint8 is grey, uint32 is 0xffRRGGBB or, `translucent`,
    premultiplied 0xAARRGGBB.
    """
    height, width = pixels.shape
    colours = QImage.Format.Format_ARGB32_Premultiplied if translucent else QImage.Format.Format_RGB32
    form = QImage.Format.Format_Grayscale8 if pixels.dtype == np.uint8 else colours
    return QImage(pixels.data, width, height, pixels.strides[0], form)
