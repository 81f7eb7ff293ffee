"""Groups of particles at a step: how many are in each mode, and how far those of one group are from each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from engine import offers
from engine.analysis import colours
from engine.analysis.parts import Array
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Bar, Bars, Scale, Scene, Shade
from engine.figures.material import Material
from engine.figures.panels.tiles import level
from engine.spelled import short

if TYPE_CHECKING:
    from engine.analysis.groups import Reading
    from engine.analysis.modes import Reader


def modes(panel: sheet.Modes, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The `labels` [N] of the particles, places among the modes or -1, their `quality` [N] and the `counts` [modes]."""
    from engine.analysis.modes import NOWHERE

    info, trajectory = material.infos[panel.run], material.trajectories[panel.run]
    reader = _reader(material, panel.run)
    if reader is None:
        raise InputError(f"The modes of what {info.title} draws are not known: choose another panel or model.")
    index = material.index(panel.run, panel.step)
    reading = _read(material, panel.run, index, reader)
    assert reading.labels is not None
    assert reading.quality is not None
    counts = np.bincount(reading.labels[reading.labels != NOWHERE], minlength=len(reader.names))
    bars = [Bar(name, int(count), f"{count:,}") for name, count in zip(reader.names, counts, strict=True)]
    lost = int((reading.labels == NOWHERE).sum())
    if lost:
        bars.append(Bar("none", lost, f"{lost:,}"))
    held, known, mean = int((counts > 0).sum()), len(counts), short(float(reading.quality.mean()))
    title = f"{held} of {known} modes found, mean quality {mean}, at {level(trajectory.sigmas[index])}"
    size, groups = trajectory.run.latents.group_size, -(-len(reading.labels) // trajectory.run.latents.group_size)
    told = [f"quality, from 0 to 1: {reader.quality}"]
    found = np.array(reading.found(size))
    if size > 1 and groups > 1:
        told.insert(0, f"a group of {size} holds {short(float(found.mean()))} modes on average")
    data = {"labels": reading.labels, "quality": reading.quality, "counts": counts, "found": found}
    return Bars(panel.title or title, "particles in each mode", bars, "; ".join(told)), data


def distances(panel: sheet.Distances, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The `distances` [B, B] of the first `groups.LARGEST` of the group's `particles` [B], and the bandwidth `h`."""
    from engine.guidance.kernels import KERNELS

    info, trajectory = material.infos[panel.run], material.trajectories[panel.run]
    run, index = trajectory.run, material.index(panel.run, panel.step)
    size = run.latents.group_size
    count = -(-run.latents.count // size)
    if size == 1:
        raise InputError("Each particle is a group of its own, without distances: choose a Run of larger groups.")
    if reason := offers.unsuited(run.guidance.kernel, info):
        raise InputError(reason)
    if panel.group >= count:
        raise InputError(f"There is no group {panel.group}: the Run has {count:,}, from 0 on, so choose among them.")
    reading = _read(material, panel.run, index, None)
    apart, first = reading.distances[panel.group], panel.group * size
    h, last = float(reading.h[panel.group]), first + len(apart) - 1
    ends = (first - 0.5, last + 0.5)
    furthest = float(apart.max()) or 1.0
    table = colours.lookup(colours.SEQUENTIAL)
    shades = table[(255 * np.nan_to_num(apart / furthest)).round().astype(np.uint8)]
    part = "" if len(apart) >= min(size, run.latents.count - first) else f", the first {len(apart)}"
    name = f" of group {panel.group}" if count > 1 else ""
    scene = Scene(
        panel.title or f"Distances{name} at {level(trajectory.sigmas[index])}{part}",
        "particle",
        "particle",
        ends,
        (ends[1], ends[0]),
        [Shade(shades, *ends, *ends, smooth=False)],
        equal=True,
        note=f"bandwidth h = {short(h)} of the kernel exp(−distance / h)",
        scale=Scale(table, 0.0, furthest, KERNELS[run.guidance.kernel].symbol),
    )
    return scene, {"distances": apart, "h": np.array(h), "particles": np.arange(first, last + 1)}


def _reader(material: Material, place: int) -> Reader | None:
    from engine.analysis import modes as known  # torch is needed from here on

    info, condition = material.infos[place], material.trajectories[place].condition
    return material.once(("reader", place), lambda: known.reader(info, condition))


def _read(material: Material, place: int, index: int, reader: Reader | None) -> Reading:
    from engine.analysis.groups import reading

    trajectory, info = material.trajectories[place], material.infos[place]
    return reading(trajectory, info, material.step(place, index), reader)
