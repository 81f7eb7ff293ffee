"""Paths of data of one value over the noise levels, the prior's density at the left, that of the data at the right.

Drawn as x / sqrt(1 + sigma^2), the variance-preserving coordinate, in which every level is as wide as the data or as 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis.field import FieldRequest, between, compute
from engine.analysis.parts import Array
from engine.analysis.plane import EDGE, PRIOR, followed, line_reach
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Layer, Points, Polygon, Scene, Strokes
from engine.figures.material import Material
from engine.figures.panels.plane import of_origin, path, shade, size_of
from engine.figures.panels.tiles import level
from engine.spelled import short

RESOLUTION, COLUMNS = 256, 400
"""Cells of the density along x, and its noise levels, at most (where the schedule itself has no more)."""

TICKS = 8
"""Noise levels written below, beside the first."""


def line(panel: sheet.Line, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The states x [T, N] at the `steps` at hand up to the step, the `sigma` of all, and the density [L, cells of the
    scaled x] at levels `density_sigma` [L] inside `bounds` [2].
    """
    if material.infos[panel.run].data_shape != (1,):
        raise InputError(f"{material.infos[panel.run].title} has no line: choose a model of one value.")
    trajectory, index = material.trajectories[panel.run], material.index(panel.run, panel.step)
    sigmas, last = np.array(trajectory.sigmas), trajectory.last
    steps = [step.index for step in trajectory.around(0)]
    whole = path(material, panel.run, last)[..., 0]
    x, at = path(material, panel.run, index)[..., 0], [*(step for step in steps if step < index), index]
    scaled = x / np.hypot(1.0, sigmas[at])[:, None]
    everywhere = whole / np.hypot(1.0, sigmas[[*(step for step in steps if step < last), last]])[:, None]
    reach = line_reach(everywhere, PRIOR)
    ground, data = _density(material, panel.run, reach)
    hues, which = of_origin(material, panel.run), followed(len(at), x.shape[1])
    lines = np.stack([np.broadcast_to(np.array(at, float)[:, None], scaled.shape), scaled], axis=-1)
    layers = [
        *ground,
        Strokes(lines[:, which].swapaxes(0, 1), hues[which], 0.7, halo=True),
        Points(lines[-1], hues, size_of(x.shape[1])),
    ]
    margin = EDGE * last + 0.5
    numbers = sorted({round(last * tick / min(last, TICKS)) for tick in range(min(last, TICKS) + 1)})
    title = panel.title or f"Paths up to {level(trajectory.sigmas[index])}"
    told = f"; lines: paths of {lines[:, which].shape[1]} of {x.shape[1]:,}" if which.step > 1 else ""
    scene = Scene(
        title,
        "noise level σ, from the prior to the data",
        "x / √(1 + σ²)",
        (-margin, last + margin),
        (-reach, reach),
        layers,
        ticks=[(float(step), short(sigmas[step].item())) for step in numbers],
        note=f"shading and edges: density at each σ; colour: the latent, low to high{told}" if data else "",
        mark=float(index),
    )
    return scene, {"x": x, "step": np.array(at), "sigma": sigmas, **data}


def _density(material: Material, place: int, reach: float) -> tuple[list[Layer], dict[str, Array]]:
    """The shaded density over the steps with those of prior and data at its ends; nothing where it is not known."""
    trajectory, model = material.trajectories[place], material.models[place]
    last = trajectory.last
    levels = between(trajectory.sigmas, max(1, COLUMNS // last))
    request = FieldRequest(material.infos[place].reference, levels, ((-reach, reach),), RESOLUTION, scaled=True)
    density = material.once(request, lambda: compute(request, model)).density
    if density is None:
        return [], {}
    half = 0.5 * last / (len(levels) - 1)
    heights = -reach + 2 * reach * (np.arange(RESOLUTION) + 0.5) / RESOLUTION
    ends = ((-half, -1.0, density[0]), (last + half, 1.0, density[-1]))
    edges = [np.column_stack([start + way * EDGE * last * values, heights]) for start, way, values in ends]
    layers: list[Layer] = [shade(density.T, -half, last + half, -reach, reach), *map(Polygon, edges)]
    return layers, {"density": density, "density_sigma": np.array(levels), "bounds": np.array([-reach, reach])}
