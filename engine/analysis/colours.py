"""Colours: the categories and maps of the window and of figures. No torch, no Qt.

Categories are Okabe and Ito's and two more, quantities viridis, signed fields a diverging map whose middle is the
ground's colour.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8]

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#777777")
"""Eight colours that colour-blind readers tell apart."""

CATEGORIES = (*OKABE_ITO, "#7A5AF0", "#996633")
"""Colours of categories, as many as there are digits: Okabe and Ito's, then those farthest from them that are seen on
light and on dark, also without the red or the green cones (G. M. Machado et al. 2009).
"""

SEQUENTIAL = "viridis"
DIVERGING, DIVERGING_DARK = "cmocean:balance", "seaborn:icefire"
"""The maps of quantities, and of signed fields on white and on black."""

ORIGINS = 12
"""Colours of particles by where their latents lie: few, because each is drawn at once."""

STRONGEST = 0.55
"""Opacity of the highest density, so that particles stand out before it."""


def rgb(colour: str) -> Colours:
    """A colour "#RRGGBB" as [3]."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8)


@functools.cache
def lookup(name: str) -> Colours:
    """A colour map of that name as [256, 3]."""
    from cmap import Colormap  # when the first picture needs it, not when the window starts

    return np.ascontiguousarray((Colormap(name)(np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8))


def density(dark: bool) -> Colours:
    """The map of densities [256, 4] on a dark or a light ground: peaks far from it and more opaque."""
    map_ = lookup(SEQUENTIAL) if dark else lookup(SEQUENTIAL)[::-1]
    opacity = 255 * STRONGEST * np.clip(np.linspace(0, 2, 256), 0, 1)
    return np.column_stack([map_, opacity.astype(np.uint8)])


def over(colours: Colours, ground: tuple[int, int, int]) -> Colours:
    """Colours [..., 4] as they look on that ground, [..., 3]."""
    opacity = colours[..., 3:] / 255
    mixed: Colours = (colours[..., :3] * opacity + np.array(ground) * (1 - opacity)).astype(np.uint8)
    return mixed


def shaded(density: NDArray[np.floating]) -> Colours:
    """The places in a map of densities in [0, 1], by their square roots, so that faint modes are seen."""
    places: Colours = (np.sqrt(density) * 255).astype(np.uint8)
    return places


def origins(latents: NDArray[np.floating]) -> NDArray[np.intp]:
    """The class, below `ORIGINS`, of each latent n: its angle for n [N, 2], its place between -2 and 2 for n [N, 1]."""
    if latents.shape[1] == 2:
        turn = np.arctan2(latents[:, 1], latents[:, 0]) / (2 * np.pi) + 0.5
    else:
        turn = (latents[:, 0] + 2) / 4
    classes: NDArray[np.intp] = np.clip(turn * ORIGINS, 0, ORIGINS - 1).astype(np.intp)
    return classes


def of_origins(axes: int) -> Colours:
    """The colour of each class [ORIGINS, 3]: round a circle for two axes, along a line for one."""
    places = (np.arange(ORIGINS) + 0.5) / ORIGINS
    if axes == 1:
        places = 0.2 + 0.7 * places  # the low end of this map is too dark for a dark background
    map_ = lookup("cmocean:phase" if axes == 2 else SEQUENTIAL)
    return map_[(places * 255).round().astype(np.intp)]
