"""Particles in rows, Runs in columns, of which one thing varies."""

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
from engine.latents.strips import brightness


def strip(panel: sheet.Strip, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The estimates [R, n, C, H, W] of the particles of each Run at the step, and their brightness [R, n] on [0, 1]."""
    chosen = list(panel.particles)
    tiles.check_count(len(panel.columns) * len(chosen))
    if panel.captions and len(panel.captions) != len(panel.columns):
        raise InputError(
            f"The strip has {len(panel.columns)} columns and {len(panel.captions)} captions: give each column one."
        )
    pictures = []
    for place in panel.columns:
        tiles.check_pictured(material.infos[place])
        tiles.check_particles(chosen, material.trajectories[place].run.latents.count)
        pictures.append(tiles.part(material, place, panel.step, "denoised")[chosen])
    if len({each.shape for each in pictures}) > 1:
        raise InputError("The Runs of the strip draw pictures of different sizes: choose models of one data shape.")
    painted = [tiles.paint(each, 1.0, False) for each in pictures]
    grid = [[Tile(column[row]) for column in painted] for row in range(len(chosen))]
    block = Block(grid, rows=[f"particle {particle}" for particle in chosen], columns=_captions(panel))
    values = np.stack(pictures)
    lightness = np.stack([brightness(each) for each in pictures])
    data = {"denoised": values, "brightness": lightness, "particles": np.array(chosen), "run": np.array(panel.columns)}
    return Gallery(panel.title or f"{parts.SHOWN['denoised']} of each Run", [block]), data


def _captions(panel: sheet.Strip) -> tuple[str, ...]:
    return panel.captions or tuple(f"Run {place}" for place in panel.columns)
