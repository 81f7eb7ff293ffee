"""Parts of Steps as tiles of a gallery: whose, in which colours, between which limits. Used by panels of pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from engine.analysis import colours, parts
from engine.analysis.parts import Array
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.figures.figure import Pixels, Scale, Tile
from engine.figures.material import Material
from engine.models.catalogue import ModelInfo
from engine.spelled import short

MOST = 400
"""Pictures of a panel."""


def pictured(info: ModelInfo) -> bool:
    """Whether that model's data are shown as pictures."""
    return len(info.data_shape) == 2 or is_picture(info.data_shape)


def check_pictured(info: ModelInfo) -> None:
    """Raise `InputError` for a model of other data."""
    if not pictured(info):
        shape = " × ".join(map(str, info.data_shape))
        raise InputError(f"{info.title} draws {shape} values, which are no pictures: choose a panel that suits them.")


def check_particles(particles: Sequence[int], count: int) -> None:
    """Raise `InputError` for a particle that a Run of so many has not."""
    beyond = next((particle for particle in particles if not 0 <= particle < count), None)
    if beyond is not None:
        raise InputError(f"There is no particle {beyond}: the Run has {count:,}, from 0 on, so choose among them.")


def check_count(count: int) -> None:
    """Raise `InputError` for more pictures than a panel holds."""
    if count > MOST:
        raise InputError(f"A panel holds {MOST} pictures, and these are {count:,}: show fewer.")


def find_part(material: Material, place: int, index: int | None, name: str) -> Array | None:
    """That part of a Step of the Run at that place [N, C, H, W], None where the Step has none."""
    found = parts.part(material.step(place, index), name)
    return None if found is None else parts.channels(parts.array(found))


def part(material: Material, place: int, index: int | None, name: str) -> Array:
    """`find_part`. Raises `InputError` where the Step has none."""
    found = find_part(material, place, index, name)
    if found is None:
        last = material.index(place, index) == material.trajectories[place].last
        raise InputError(parts.missing(name, last))
    return found


def limit(material: Material, place: int, name: str, particles: Sequence[int], shown: Array, sigma: float) -> float:
    """The limit of the scale of what is `shown` of that part; in a film, of one with a sign, that of all its Steps."""
    if not material.film or name not in parts.SIGNED:
        return parts.limit(name, [shown], sigma)
    return material.once(
        ("limit", place, name, tuple(particles)),
        lambda: max(parts.measured(values) for _, values in course(material, place, name, particles)),
    )


def course(material: Material, place: int, name: str, particles: Sequence[int]) -> Iterator[tuple[float, Array]]:
    """That part of those particles at all Steps at hand that have one, with their levels."""
    for step in sorted(material.trajectories[place].around(0), key=lambda step: step.index):
        found = parts.part(step, name)
        if found is not None:
            yield step.sigma, parts.channels(parts.array(found))[list(particles)]


def paint(values: Array, limit: float, signed: bool) -> Pixels:
    """Pictures [n, H, W], grey, or [n, H, W, 3] of values [n, C, H, W] between -limit and limit."""
    pixels = parts.shades(values, limit, signed)
    return colours.lookup(colours.DIVERGING)[pixels] if signed else pixels


def scale(name: str, limit: float) -> Scale | None:
    """What the colours of that part mean; None for estimates, which are pictures themselves."""
    if name == "denoised":
        return None
    table = colours.lookup(colours.DIVERGING if name in parts.SIGNED else "gray")
    return Scale(table, -limit, limit, parts.SHOWN[name])


def tiles(pixels: Pixels, captions: Sequence[str]) -> list[Tile]:
    """A tile of each picture with its caption."""
    return [Tile(each, caption) for each, caption in zip(pixels, captions, strict=True)]


def rows(single: Sequence[Tile], columns: int) -> list[list[Tile]]:
    """Tiles in rows of so many."""
    return [list(single[start : start + columns]) for start in range(0, len(single), columns)]


def across(count: int, least: int) -> int:
    """How many of so many tiles stand in a row: `least` at most where that is enough, else about as many as there are
    rows, so that the last row is as full as can be.
    """
    if count <= least:
        return count
    low = max(least - 2, math.isqrt(count))
    return min(range(low, low + low // 2 + 1), key=lambda columns: (-count % columns, columns))


def level(sigma: float) -> str:
    """A noise level in words."""
    return f"σ {short(sigma)}"
