"""Digits that move in a 32x32 frame: where they go (D2 free directions, D3 circle, D4 horizontal), and their frames.

Called by `data.sets` and by experiments. A place is (rows down, columns right) of the 16x16 digit from the middle of
the frame, whole pixels from -8 to 8, so that a moved digit keeps its very values and a determined motion one outcome.
"""

from __future__ import annotations

import numpy as np

from engine.data.digits import INNER, SHAPE

WALL = (SHAPE[1] - INNER) // 2
"""How far from the middle a digit may go: there it touches the frame's border."""

LENGTH = 16
"""Frames of a sequence."""

SPEED = 4
"""Pixels a frame of the horizontal motion: from wall to wall over the centre, which is always met."""

CIRCLE = np.array([(0, 7), (-5, 5), (-7, 0), (-5, -5), (0, -7), (5, -5), (7, 0), (5, 5)])
"""The eight places of D3, anticlockwise from the right, 45 degrees apart; their radii are 7 and 7.07."""

VELOCITIES = np.array(
    [(sign * a, other * b) for a, b in ((4, 2), (3, 3), (2, 4)) for sign in (1, -1) for other in (1, -1)]
    + [(4, 0), (-4, 0), (0, 4), (0, -4)]
)
"""The sixteen velocities of D2 in pixels a frame, about evenly spread over the circle, 4 to 4.5 fast."""


def circle(generator: np.random.Generator, count: int) -> np.ndarray:
    """Places [count, 2 frames, 2]: the middle, then one of `CIRCLE`, each as likely."""
    places = np.zeros((count, 2, 2), dtype=np.int64)
    places[:, 1] = CIRCLE[generator.integers(len(CIRCLE), size=count)]
    return places


def horizontal(generator: np.random.Generator, count: int, p_right: float = 0.5, length: int = LENGTH) -> np.ndarray:
    """Places [count, length, 2] going left and right: back at the wall, and at the centre anew with p(right)."""
    places = np.zeros((count, length, 2), dtype=np.int64)
    column = SPEED * generator.integers(-2, 3, size=count)
    direction = np.where(generator.random(count) < 0.5, 1, -1)
    for t in range(length):
        places[:, t, 1] = column
        drawn = np.where(generator.random(count) < p_right, 1, -1)
        direction = np.where(column == 0, drawn, np.where(abs(column) == WALL, -np.sign(column), direction))
        column = column + SPEED * direction
    return places


def free_directions(generator: np.random.Generator, count: int, length: int = LENGTH) -> np.ndarray:
    """Places [count, length, 2] of constant velocity; a step beyond the wall ends at it, and from there a new velocity
    that leads away from the wall is drawn.
    """
    places = np.empty((count, length, 2), dtype=np.int64)
    place = generator.integers(-WALL, WALL + 1, size=(count, 2))
    velocity = VELOCITIES[generator.integers(len(VELOCITIES), size=count)]
    for t in range(length):
        places[:, t] = place
        inward = (VELOCITIES * np.sign(place)[:, None] < 0) | ~at_wall(place)[:, None]
        chances = generator.random((count, len(VELOCITIES)))
        drawn = VELOCITIES[np.where(inward.all(axis=2), chances, -1).argmax(axis=1)]
        velocity = np.where(at_wall(place).any(axis=1, keepdims=True), drawn, velocity)
        place = np.clip(place + velocity, -WALL, WALL)
    return places


def at_wall(places: np.ndarray) -> np.ndarray:
    """Whether each coordinate touches the border, in the shape of `places`."""
    wall: np.ndarray = abs(places) == WALL
    return wall


def windows(generator: np.random.Generator, places: np.ndarray, length: int) -> np.ndarray:
    """One run of `length` frames of each sequence [N, T, 2], from anywhere in it: [N, length, 2]."""
    count, frames = places.shape[:2]
    starts = generator.integers(frames - length + 1, size=(count, 1))
    taken: np.ndarray = places[np.arange(count)[:, None], starts + np.arange(length)]
    return taken


def render(digits: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Digits [N, 16, 16] at places [N, T, 2] as frames [N, T, 32, 32] of the same type; the background is 0."""
    count, length = places.shape[:2]
    frames = np.zeros((count, length, *SHAPE[1:]), dtype=digits.dtype)
    corners = places + WALL
    for t in range(length):
        for n, (row, column) in enumerate(corners[:, t].tolist()):
            frames[n, t, row : row + INNER, column : column + INNER] = digits[n]
    return frames
