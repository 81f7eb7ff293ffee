"""Points as small pictures: a scatter in the plane, a histogram on a line. Called by experiments, for their cells."""

from __future__ import annotations

import numpy as np

from engine.analysis.pictures import Pixels

SIDE = 160
"""Pixels of a picture's side."""

_PAPER, _BEHIND, _INK = (255, 255, 255), (205, 205, 205), (0, 114, 178)
_BINS = 40
_MARGIN = 0.1  # of the span that the points behind have, on either side


def picture(points: np.ndarray, behind: np.ndarray) -> Pixels:
    """points [N, d] in blue on the grey points `behind` [M, d], d = 1 or 2, which say what is seen: [SIDE, SIDE, 3].

    On a line the bars of both have one scale, the points' as outlines. Points that are not finite are left out.
    """
    low, high = behind.min(axis=0), behind.max(axis=0)
    margin = _MARGIN * max(float((high - low).max()), 1e-9)
    bounds = np.stack([low - margin, high + margin], axis=1)
    pixels = np.full((SIDE, SIDE, 3), _PAPER, np.uint8)
    draw = _bars if behind.shape[1] == 1 else _dots
    draw(pixels, behind, points[np.isfinite(points).all(axis=1)], bounds)
    return pixels


def _dots(pixels: Pixels, behind: np.ndarray, points: np.ndarray, bounds: np.ndarray) -> None:
    """Each point as a square of two pixels, y upwards, in one scale for both axes."""
    span = (bounds[:, 1] - bounds[:, 0]).max()
    for part, colour in ((behind, _BEHIND), (points, _INK)):
        away = (part - bounds.mean(axis=1)) / span
        places = np.round((away * (1, -1) + 0.5) * (SIDE - 2)).clip(-1, SIDE).astype(int)
        columns, rows = places[((places >= 0) & (places < SIDE - 1)).all(axis=1)].T
        for down, right in np.ndindex(2, 2):
            pixels[rows + down, columns + right] = colour


def _bars(pixels: Pixels, behind: np.ndarray, points: np.ndarray, bounds: np.ndarray) -> None:
    """Histograms; the higher of the highest bars takes nine tenths of the height."""
    shares = [np.histogram(part, _BINS, bounds[0])[0] / max(len(part), 1) for part in (behind, points)]
    heights = [np.round(share / max(map(np.max, shares)) * 0.9 * SIDE).astype(int) for share in shares]
    width = SIDE // _BINS
    for k, (grey, blue) in enumerate(zip(*heights, strict=True)):
        columns = slice(k * width, (k + 1) * width)
        pixels[SIDE - grey :, columns] = _BEHIND
        pixels[SIDE - blue : SIDE - max(blue - 2, 0), columns] = _INK
