"""Particles as pictures, beside those of a second Run with their difference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis import colours, parts
from engine.analysis.compare import difference
from engine.analysis.parts import Array
from engine.figures import figure, sheet
from engine.figures.figure import Block, Gallery, Scale
from engine.figures.material import Material
from engine.figures.panels import tiles


def pictures(panel: sheet.Pictures, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """Values [n, C, H, W] of those particles at the step, at most `tiles.MOST` of them; of `against` at the level
    nearest to it.
    """
    tiles.check_pictured(material.infos[panel.run])
    trajectory, index = material.trajectories[panel.run], material.index(panel.run, panel.step)
    sigma, count = trajectory.sigmas[index], trajectory.run.latents.count
    particles = tuple(range(min(count, tiles.MOST))) if panel.particles is None else panel.particles
    tiles.check_count(len(particles))
    tiles.check_particles(particles, count)
    chosen, what = list(particles), parts.SHOWN[panel.show]
    left = tiles.part(material, panel.run, index, panel.show)[chosen]
    title = f"{what} at {tiles.level(sigma)}"
    if panel.particles is None and count > len(particles):
        title = f"{title}, the first {len(particles)} of {count:,}"
    told: dict[str, Array] = {"particles": np.array(chosen), "step": np.array(index), "sigma": np.array(sigma)}
    if panel.against is None:
        limit = tiles.limit(material, panel.run, panel.show, chosen, left, sigma)
        columns = panel.columns or tiles.across(len(chosen), 10)
        block = _block(panel, left, limit, particles, columns)
        return Gallery(panel.title or title, [block]), {panel.show: left, "limit": np.array(limit), **told}
    return _compared(panel, material, panel.against, left, particles, panel.title or title, told)


def _compared(
    panel: sheet.Pictures,
    material: Material,
    against: int,
    left: Array,
    particles: tuple[int, ...],
    title: str,
    told: dict[str, Array],
) -> tuple[figure.Panel, Mapping[str, Array]]:
    """A, B and B − A, the first two on one scale."""
    tiles.check_pictured(material.infos[against])
    chosen, sigma, name = list(particles), float(told["sigma"]), panel.show
    a, b = material.trajectories[panel.run], material.trajectories[against]
    index = int(told["step"]) if a.sigmas == b.sigmas else b.nearest(sigma)
    tiles.check_particles(particles, b.run.latents.count)
    right = tiles.part(material, against, index, name)[chosen]
    apart = difference(right, left)
    limit = max(
        tiles.limit(material, panel.run, name, chosen, left, sigma),
        tiles.limit(material, against, name, chosen, right, b.sigmas[index]),
    )
    furthest = _furthest(material, (panel.run, against), name, particles) if material.film else parts.measured(apart)
    columns = panel.columns or tiles.across(len(chosen), 4)
    changes = tiles.tiles(tiles.paint(apart, furthest, True), _captions(particles))
    diverging = Scale(colours.lookup(colours.DIVERGING), -furthest, furthest, "B − A")
    blocks = [
        _block(panel, left, limit, particles, columns, "A"),
        _block(panel, right, limit, particles, columns, "B"),
        Block(tiles.rows(changes, columns), "B − A", scale=diverging),
    ]
    data = {f"{name}_a": left, f"{name}_b": right, "difference": apart, "step_b": np.array(index)}
    return Gallery(title, blocks), {**data, "limit": np.array(limit), "limit_difference": np.array(furthest), **told}


def _furthest(material: Material, places: tuple[int, int], name: str, particles: tuple[int, ...]) -> float:
    """The limit of the scale of the difference over all Steps that two Runs have at the same level."""

    def over_all() -> float:
        a, b = (dict(tiles.course(material, place, name, particles)) for place in places)
        return max((parts.measured(difference(b[sigma], a[sigma])) for sigma in a.keys() & b.keys()), default=1.0)

    return material.once(("difference", places, name, particles), over_all)


def _block(
    panel: sheet.Pictures, values: Array, limit: float, particles: tuple[int, ...], columns: int, head: str = ""
) -> Block:
    pixels = tiles.paint(values, limit, panel.show in parts.SIGNED)
    single = tiles.tiles(pixels, _captions(particles))
    return Block(tiles.rows(single, columns), head, scale=tiles.scale(panel.show, limit))


def _captions(particles: tuple[int, ...]) -> list[str]:
    return [f"p {particle}" for particle in particles]
