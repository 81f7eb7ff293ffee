"""One particle at a step, as the inspector shows it: pictures beside each other, or coordinates in a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis import parts
from engine.analysis.parts import SHOWN, SYMBOLS, Array
from engine.figures import figure, sheet
from engine.figures.figure import Block, Gallery, Table, Tile
from engine.figures.material import Material
from engine.figures.panels import tiles
from engine.spelled import short


def particle(panel: sheet.Particle, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """What the Step holds of the particle, each part [*data_shape] by its name; d and d′ are on one scale."""
    trajectory, index = material.trajectories[panel.run], material.index(panel.run, panel.step)
    tiles.check_particles([panel.particle], trajectory.run.latents.count)
    step, sigma = material.step(panel.run, index), trajectory.sigmas[index]
    found = {name: parts.part(step, name) for name in SYMBOLS}
    values = {name: parts.array(part[panel.particle]) for name, part in found.items() if part is not None}
    title = panel.title or f"Particle {panel.particle} at {tiles.level(sigma)}, step {index} of {trajectory.last}"
    data = {**values, "particle": np.array(panel.particle), "step": np.array(index), "sigma": np.array(sigma)}
    if not tiles.pictured(material.infos[panel.run]):
        return _table(title, values), data
    limits = {name: _limit(material, panel, name, values, sigma) for name in values}
    drawn = [
        Tile(_painted(values[name], limits[name], name), _caption(name, values[name], limits[name])) for name in values
    ]
    data |= {f"{name}_limit": np.array(limit) for name, limit in limits.items()}
    return Gallery(title, [Block([drawn], columns=[SHOWN[name] for name in values])]), data


def _limit(material: Material, panel: sheet.Particle, name: str, values: Mapping[str, Array], sigma: float) -> float:
    """d and d′ share theirs, since they are averaged."""
    together = ("drift", "correction") if name in ("drift", "correction") else (name,)
    own = [panel.particle]
    return max(tiles.limit(material, panel.run, each, own, values[each], sigma) for each in together if each in values)


def _painted(values: Array, limit: float, name: str) -> figure.Pixels:
    pixels: figure.Pixels = tiles.paint(parts.channels(values[None]), limit, name in parts.SIGNED)[0]
    return pixels


def _caption(name: str, values: Array, limit: float) -> str:
    scale = f"±{short(limit)} = 1 + 2σ" if name == "x" else f"scale ±{short(limit)}"
    return f"‖{SYMBOLS[name]}‖ {short(float(np.linalg.norm(values)))}\n{scale}"


def _table(title: str, values: Mapping[str, Array]) -> Table:
    """A row a part: its coordinates and its norm."""
    width = max(part.size for part in values.values())
    numbers = [f"value {place + 1}" for place in range(width)]
    rows = [
        (
            f"{SHOWN[name]}, {SYMBOLS[name]}",
            [*(_number(float(each)) for each in part.ravel()), _number(float(np.linalg.norm(part)))],
        )
        for name, part in values.items()
    ]
    return Table(title, [*numbers, "norm"] if width > 1 else ["value", "norm"], rows)


def _number(value: float) -> str:
    return short(value).replace("-", "−")
