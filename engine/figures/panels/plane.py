"""Points of data of two values at a step, over the density and the score, with their paths so far."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis import colours
from engine.analysis.field import Field, FieldRequest, compute
from engine.analysis.parts import Array, array
from engine.analysis.plane import Ends, arrows, followed, reach
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Layer, Pixels, Points, Scene, Shade, Strokes
from engine.figures.material import Material
from engine.figures.panels.tiles import level

Bounds = tuple[Ends, Ends]

RESOLUTION, ARROWS = 192, 24
"""Cells of the density, and arrows, along the longer side."""

INK = (28, 33, 40)
"""Of what has no colour of its own: `theme.LIGHT.text`."""

WHITE = (255, 255, 255)


def plane(panel: sheet.Plane, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The points x [N, 2], the density relative to its peak [rows upwards, columns] inside `bounds` [2, 2], the score
    at `positions` [M, 2], the `modes` [K, 2] and the `paths` so far [T, n, 2], as far as there are such.

    Without bounds the view is the window's: as wide as data and noise are at the step.
    """
    if material.infos[panel.run].data_shape != (2,):
        raise InputError(f"{material.infos[panel.run].title} has no plane: choose a model of two values.")
    trajectory, index = material.trajectories[panel.run], material.index(panel.run, panel.step)
    sigma, x = trajectory.sigmas[index], array(material.step(panel.run, index).x)
    field = find_field(material, panel.run, sigma, panel.bounds or _view(material, panel.run, sigma))
    states = path(material, panel.run, index)
    hues = of_origin(material, panel.run)
    layers, told, data = _ground(panel, field)
    data |= {"x": x, "sigma": np.array(sigma), "step": np.array(index), "bounds": np.array(field.request.bounds)}
    if panel.paths and len(states) > 1:
        which = followed(len(states), len(x))
        data["paths"] = states[:, which]
        layers.append(Strokes(data["paths"].swapaxes(0, 1), hues[which], 0.6, halo=True))
        shown = data["paths"].shape[1]
        told.append("lines: paths so far" if shown == len(x) else f"lines: paths so far of {shown} of {len(x):,}")
    layers.append(Points(x, hues, size_of(len(x))))
    if field.modes is not None:
        layers.append(Points(field.modes, np.tile(np.array([INK], np.uint8), (len(field.modes), 1)), 4.0, "X"))
        data["modes"] = field.modes
        told.append("crosses: modes")
    note = "; ".join([*told, "points: particles, coloured by the angle of their latents"])
    (left, right), (low, high) = field.request.bounds
    title = panel.title or f"Particles at {level(sigma)}"
    return Scene(title, "x₁", "x₂", (left, right), (low, high), layers, equal=True, note=note), data


def find_field(material: Material, place: int, sigma: float, bounds: Bounds) -> Field:
    """Density and score of the Run's model at that level."""
    request = FieldRequest(material.infos[place].reference, (sigma,), bounds, RESOLUTION, ARROWS)
    return material.once(request, lambda: compute(request, material.models[place]))


def path(material: Material, place: int, index: int) -> Array:
    """The states at the Steps at hand up to that one [T, N, D]."""
    steps = material.once(
        ("states", place),
        lambda: {step.index: array(step.x) for step in material.trajectories[place].around(0)},
    )
    kept = [steps[at] for at in sorted(steps) if at < index]
    return np.stack([*kept, array(material.step(place, index).x)])


def of_origin(material: Material, place: int) -> Pixels:
    """The colour of each particle [N, 3] by where its latent lies."""
    first = array(material.step(place, 0).x)
    return colours.of_origins(first.shape[1])[colours.origins(first / material.trajectories[place].sigmas[0])]


def size_of(count: int) -> float:
    """Points of type of a particle among so many."""
    return 4.0 if count <= 100 else 3.0 if count <= 1000 else 2.0


def shade(density: Array, left: float, right: float, bottom: float, top: float) -> Shade:
    """A density in [0, 1] [rows upwards, columns] on white."""
    table = colours.over(colours.density(dark=False), WHITE)
    return Shade(table[colours.shaded(density)], left, right, bottom, top)


def _ground(panel: sheet.Plane, field: Field) -> tuple[list[Layer], list[str], dict[str, Array]]:
    """Density and score as layers, what they are, and their numbers."""
    layers: list[Layer] = []
    told: list[str] = []
    data: dict[str, Array] = {}
    (left, right), (low, high) = field.request.bounds
    if panel.density and field.density is not None:
        data["density"] = field.density[0]
        layers.append(shade(field.density[0], left, right, low, high))
        told.append("shading: density at this σ")
    if panel.arrows and field.positions is not None and field.vectors is not None:
        data |= {"positions": field.positions[0], "score": field.vectors[0]}
        longest = max(right - left, high - low) / ARROWS
        lines = arrows(field.positions[0], field.vectors[0], longest).reshape(-1, 2, 2)
        layers.append(Strokes(lines, np.tile(np.array([INK], np.uint8), (len(lines), 1)), 0.4, 0.4))
        told.append("arrows: score ∇ log p")
    return layers, told, data


def _view(material: Material, place: int, sigma: float) -> Bounds:
    """What the window shows at that level: the last states and the modes, and the noise about them."""
    modes = getattr(material.models[place], "modes", None)
    last = [array(material.step(place, None).x), *([] if modes is None else [array(modes)])]
    low, high = (getattr(np.concatenate(last), end)(axis=0) for end in ("min", "max"))
    middle, half = (low + high) / 2, reach(float((high - low).max()), sigma)
    x, y = ((float(centre - half), float(centre + half)) for centre in middle)
    return x, y
