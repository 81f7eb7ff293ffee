"""Some particles at some steps, a row a particle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis import parts
from engine.analysis.parts import Array
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Block, Gallery, Tile
from engine.figures.material import Material
from engine.figures.panels import tiles
from engine.spelled import short

COLUMNS = 8
"""Steps, where nobody asks for others."""


def filmstrip(panel: sheet.Filmstrip, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """Values [S, n, C, H, W] of the particles at those steps that have such a part; the others stand empty.

    Signed parts are on one scale over all steps; states are each on the scale of its level.
    """
    tiles.check_pictured(material.infos[panel.run])
    trajectory, chosen = material.trajectories[panel.run], list(panel.particles)
    tiles.check_particles(chosen, trajectory.run.latents.count)
    steps = _steps(panel, trajectory.last)
    tiles.check_count(len(steps) * len(chosen))
    found = {step: tiles.find_part(material, panel.run, step, panel.show) for step in steps}
    there = {step: values[chosen] for step, values in found.items() if values is not None}
    if not there:
        raise InputError(parts.missing(panel.show, steps == (trajectory.last,)))
    signed = panel.show in parts.SIGNED
    common = parts.limit(panel.show, there.values(), 0.0)
    limits = {step: common if signed else parts.limit(panel.show, (), trajectory.sigmas[step]) for step in there}
    painted = {step: tiles.paint(values, limits[step], signed) for step, values in there.items()}
    grid = [[Tile(painted[step][row] if step in painted else None) for step in steps] for row in range(len(chosen))]
    block = Block(
        grid,
        rows=[f"particle {particle}" for particle in chosen],
        columns=[short(trajectory.sigmas[step]) for step in steps],
        corner="σ",
        scale=tiles.scale(panel.show, common) if signed else None,
    )
    data = {
        panel.show: np.stack(list(there.values())),
        "step": np.array(list(there)),
        "sigma": np.array([trajectory.sigmas[step] for step in there]),
        "limit": np.array(list(limits.values())),
        "particles": np.array(chosen),
    }
    return Gallery(panel.title or f"{parts.SHOWN[panel.show]} over the steps{_scaled(panel.show)}", [block]), data


def _steps(panel: sheet.Filmstrip, last: int) -> tuple[int, ...]:
    """The steps wanted, or so many evenly over all that have such a part, as far as is known without looking."""
    if panel.steps is None:
        end = last if panel.show in ("x", "denoised") else last - 1
        return tuple(sorted({round(end * place / (COLUMNS - 1)) for place in range(COLUMNS)}))
    if not panel.steps:
        raise InputError("A filmstrip without steps shows nothing: choose some, or leave the choice open.")
    beyond = next((step for step in panel.steps if step > last), None)
    if beyond is not None:
        raise InputError(f"There is no step {beyond}: the Run has {last:,}, so choose among them.")
    return panel.steps


def _scaled(name: str) -> str:
    return ", black −(1 + 2σ), white 1 + 2σ" if name == "x" else ""
