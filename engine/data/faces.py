"""Toy faces (D8): 32x32 RGB pictures drawn from known attributes, anti-aliased, and a measure that reads them.

Called by `data.sets` and experiments. The measure is a ridge regression from the means of 2x2 blocks to attributes,
fitted once a process (2 s) on 6,000 faces with some noise. On 4,096 other faces it reads sunglasses and smile rightly
in 100 %, with noise of 0.3 added in 99.9 %, of 0.6 in 99 and 93 %; colours in 100, 87 and 72 %; skin and light
correlate with the truth by 0.99 and more up to 0.3, the hair's length by 0.96, with noise of 0.3 by 0.90.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np

SHAPE = (3, 32, 32)

BACKGROUNDS = np.array([(0.62, 0.80, 0.95), (0.70, 0.90, 0.72), (0.95, 0.72, 0.74), (0.93, 0.86, 0.62)])
HAIR = np.array([(0.12, 0.10, 0.10), (0.42, 0.25, 0.12), (0.90, 0.74, 0.36), (0.74, 0.28, 0.12)])
"""The colours, RGB in [0, 1], that `Attributes` count: sky, mint, rose, sand; black, brown, blond, red."""

REGIONS = {
    "eyes": (slice(12, 19), slice(8, 24)),
    "mouth": (slice(18, 26), slice(10, 22)),
    "hair": (slice(2, 12), slice(5, 27)),
}
"""Boxes, rows by columns: sunglasses and smile lie in theirs wherever a face stands, of the hair all above the brow."""

_SKIN = np.array([(0.98, 0.84, 0.72), (0.45, 0.29, 0.20)])  # the lightest and the darkest
_SHIRT, _WHITE, _DARK, _LIPS = (0.26, 0.36, 0.46), (1.0, 1.0, 1.0), (0.08, 0.08, 0.12), (0.62, 0.16, 0.18)
_CHUNK = 64  # faces drawn at a time: their 0.8 MB stay in a core's cache
_Y, _X = (axis.astype(np.float32) for axis in np.ogrid[:32, :32])


@dataclass(frozen=True)
class Attributes:
    """What N faces look like, each field [N].

    `background` and `hair` count colours; `sunglasses` and `smile` are 0 or 1 (as measured: anything about there);
    `skin` goes from 0, light, to 1, dark; `length`, of the hair, from 0, short, to 1, to the shoulders; `light` from
    -1, from the left, to 1, from the right. `right` and `down` are where the face is, in pixels off its usual place.
    """

    background: np.ndarray
    hair: np.ndarray
    sunglasses: np.ndarray
    smile: np.ndarray
    skin: np.ndarray
    length: np.ndarray
    light: np.ndarray
    right: np.ndarray
    down: np.ndarray

    def part(self, which: slice) -> Attributes:
        """Some of the faces."""
        return Attributes(*(getattr(self, field.name)[which] for field in fields(self)))


def sample(generator: np.random.Generator, count: int) -> Attributes:
    """Attributes of `count` faces, independent of each other; 40 % wear sunglasses, half smile."""
    return Attributes(
        background=generator.integers(len(BACKGROUNDS), size=count),
        hair=generator.integers(len(HAIR), size=count),
        sunglasses=(generator.random(count) < 0.4).astype(np.int64),
        smile=(generator.random(count) < 0.5).astype(np.int64),
        skin=generator.random(count),
        length=generator.random(count),
        light=generator.uniform(-1, 1, count),
        right=generator.uniform(-1, 1, count),
        down=generator.uniform(-1, 1, count),
    )


def draw(attributes: Attributes) -> np.ndarray:
    """Pictures [N, 3, 32, 32] in [-1, 1], float32."""
    count = len(attributes.skin)
    pictures = np.empty((count, *SHAPE), dtype=np.float32)
    for start in range(0, count, _CHUNK):
        _draw(attributes.part(slice(start, start + _CHUNK)), pictures[start : start + _CHUNK])
    return pictures


def _draw(face: Attributes, out: np.ndarray) -> None:
    """Paint the layers from the back to the front; lengths are pixels, x and y are from the middle of the face."""
    x, y = _X - 15.5 - _column(face.right), _Y - 16.0 - _column(face.down)
    skin = _SKIN[0] + face.skin[:, None] * (_SKIN[1] - _SKIN[0])
    hair = HAIR[face.hair]
    out[:] = BACKGROUNDS[face.background][:, :, None, None]

    # Long hair hangs as a box below the ellipse that all hair has; its lower edge is what `length` moves.
    fall = _column(face.length)
    _paint(out, hair, np.minimum(_ellipse(x, y + 2.5, 10, 10.5), _box(x, y - 5 * fall, 9.5, 1 + 6 * fall)))
    _paint(out, _SHIRT, _ellipse(x, y - 18, 13, 6.5), rows=slice(24, 32))
    _paint(out, skin * 0.9, _box(x, y - 9, 2.8, 4), rows=slice(20, 32))
    _paint(out, skin, _ellipse(x, y, 7.5, 9.5))
    _paint(out, hair, np.maximum(_ellipse(x, y + 0.5, 7.8, 9.8), y + 5 - 0.06 * x**2), rows=slice(0, 17))
    _paint(out, skin * 0.8, _box(x, y - 2, 0.5, 1.2), rows=slice(14, 22), columns=slice(13, 19))
    middle = slice(11, 20)
    eyes = np.abs(x) - 3.2
    _paint(out, _WHITE, _ellipse(eyes, y + 1, 1.9, 1.4), middle)
    _paint(out, _DARK, _ellipse(eyes, y + 1, 0.9, 1.1), middle)
    glasses = np.minimum(_ellipse(eyes, y + 0.8, 2.8, 2.2), _box(x, y + 1.4, 7, 0.5))
    _paint(out, _DARK, glasses, middle, weight=face.sunglasses)
    _paint_mouth(out, face, x, y - 4.6)
    shade = 1 + 0.022 * _column(face.light) * x
    np.clip(out * (2 * shade[:, None]) - 1, -1, 1, out=out)


def _paint_mouth(out: np.ndarray, face: Attributes, x: np.ndarray, y: np.ndarray) -> None:
    """A smile shows teeth over a curved lip; without one the mouth is a short line. y is from the mouth's corners."""
    rows, columns = slice(17, 26), slice(9, 23)
    curve = 2.6 * (1 - (x / 3.9) ** 2)
    _paint(out, _WHITE, np.maximum(np.maximum(-y, y - curve), np.abs(x) - 3.8), rows, columns, weight=face.smile)
    lip = np.maximum(np.abs(y - curve) - 0.55, np.abs(x) - 4.2)
    _paint(out, _LIPS, lip, rows, columns, weight=face.smile)
    _paint(out, _LIPS, _box(x, y - 0.8, 2.6, 0.55), rows, columns, weight=1 - face.smile)


def _column(values: np.ndarray) -> np.ndarray:
    """[N] as [N, 1, 1], float32."""
    return values.astype(np.float32)[:, None, None]


def _ellipse(x: np.ndarray, y: np.ndarray, across: float, down: float) -> np.ndarray:
    """About the distance from an ellipse with these half axes, negative inside."""
    distance: np.ndarray = (np.sqrt((x / across) ** 2 + (y / down) ** 2) - 1) * np.float32(min(across, down))
    return distance


def _box(x: np.ndarray, y: np.ndarray, across: float, down: float | np.ndarray) -> np.ndarray:
    """The distance from a box with these half sides, negative inside, too small beyond its corners."""
    distance: np.ndarray = np.maximum(np.abs(x) - np.float32(across), np.abs(y) - down)
    return distance


def _paint(
    out: np.ndarray,
    colour: np.ndarray | tuple[float, ...],
    distance: np.ndarray,
    rows: slice = slice(None),
    columns: slice = slice(None),
    weight: np.ndarray | None = None,
) -> None:
    """Lay a colour [3] or [N, 3] over the inside of a shape, within a window; pixels at the edge are partly covered."""
    cover = np.clip(np.float32(0.5) - distance[:, rows, columns], 0, 1)
    if weight is not None:
        cover = cover * _column(weight)
    window = out[:, :, rows, columns]
    paint = np.asarray(colour, dtype=np.float32).reshape(-1, 3, 1, 1)
    window += cover[:, None] * (paint - window)


def measure(pictures: np.ndarray) -> Attributes:
    """The attributes of pictures [N, 3, 32, 32] in [-1, 1], as near as they can be read.

    Of `background` and `hair` the likeliest is given, all others are values near those drawn: 0.5 or more is a smile.
    """
    scores = _features(pictures) @ _readout()
    colours = len(BACKGROUNDS)
    names = [field.name for field in fields(Attributes)][2:]
    values = {name: scores[:, 2 * colours + i] for i, name in enumerate(names)}
    return Attributes(scores[:, :colours].argmax(axis=1), scores[:, colours : 2 * colours].argmax(axis=1), **values)


@functools.cache
def _readout() -> np.ndarray:
    """The weights from `_features` to attributes, colours one-hot: a ridge regression on faces with some noise."""
    generator = np.random.default_rng(0)
    face = sample(generator, 6000)
    pictures = draw(face)
    pictures += (0.1 * generator.standard_normal(pictures.shape, dtype=np.float32)).astype(np.float32)
    one_hot = [np.eye(len(BACKGROUNDS))[face.background], np.eye(len(HAIR))[face.hair]]
    others = [getattr(face, field.name)[:, None] for field in fields(Attributes)][2:]
    features = _features(pictures)
    targets = np.concatenate([*one_hot, *others], axis=1)
    weights: np.ndarray = np.linalg.solve(features.T @ features + np.eye(features.shape[1]), features.T @ targets)
    return weights


def _features(pictures: np.ndarray) -> np.ndarray:
    """The means of 2x2 blocks, and 1: [N, 769]."""
    count = len(pictures)
    blocks = pictures.reshape(count, 3, 16, 2, 16, 2).mean(axis=(3, 5)).reshape(count, -1)
    return np.concatenate([blocks, np.ones((count, 1), dtype=blocks.dtype)], axis=1).astype(np.float64)
