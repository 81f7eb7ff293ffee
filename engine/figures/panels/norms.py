"""Norms over the steps as curves, how far the particles lie apart, and where guidance is stronger than the drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.analysis.parts import SHOWN, SYMBOLS, Array
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Area, Curve, Lines
from engine.figures.material import Material

ENDS = (10, 90)
"""The percentiles between which particles are shaded."""


def norms(panel: sheet.Norms, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The mean over particles of the Euclidean norms at each step that has them, with their 10th to 90th percentiles;
    each particle's as data [steps, N]. What is 0 has no place on the log axis.
    """
    trajectory = material.trajectories[panel.run]
    data: dict[str, Array] = {"sigma": np.array(trajectory.sigmas)}
    curves: list[Curve] = []
    areas: list[Area] = []
    for hue, name in enumerate(dict.fromkeys(panel.names)):
        found = [(index, norm) for index, norm in enumerate(trajectory.norms(name)) if norm is not None]
        if not found:
            continue
        values, steps = np.stack([norm.cpu().numpy() for _, norm in found]), [index for index, _ in found]
        data |= {name: values, f"{name}_step": np.array(steps)}
        curves.append(Curve(f"‖{SYMBOLS[name]}‖ {SHOWN[name].lower()}", steps, values.mean(1).tolist(), hue=hue))
        if values.shape[1] > 1:
            low, high = np.percentile(values, ENDS, axis=1)
            areas.append(Area("" if areas else _spread(), steps, low.tolist(), high.tolist(), hue))
    if not curves:
        raise InputError("Nothing of this kind was evaluated in the Run: choose other norms.")
    areas += _stronger(data)
    title = panel.title or "Norms, mean over particles"
    mark = None if panel.step is None else float(material.index(panel.run, panel.step))
    return Lines(title, "step", "norm", curves, log_y=True, areas=areas, mark=mark), data


def _spread() -> str:
    return f"{ENDS[0]}th to {ENDS[1]}th percentile"


def _stronger(data: Mapping[str, Array]) -> list[Area]:
    """What lies between drift and guidance where the mean of guidance is the larger; nothing where it never is."""
    if "drift" not in data or "guidance" not in data:
        return []
    steps = np.intersect1d(data["drift_step"], data["guidance_step"])
    drift, guidance = (data[name].mean(1)[np.isin(data[f"{name}_step"], steps)] for name in ("drift", "guidance"))
    if not (guidance > drift).any():
        return []
    x, low, high = _crossed(steps, drift, guidance)
    return [Area("guidance exceeds drift", x.tolist(), low.tolist(), high.tolist(), 5)]


def _crossed(steps: Array, below: Array, above: Array) -> Sequence[Array]:
    """Both curves with the points put in where they cross on a log axis; the upper one no lower than the lower one."""
    positive = (below > 0) & (above > 0)
    x, low, high = steps[positive], np.log(below[positive]), np.log(above[positive])
    gap = high - low
    ends = np.flatnonzero(gap[:-1] * gap[1:] < 0)
    share = gap[ends] / (gap[ends] - gap[ends + 1])
    places = x[ends] + share * (x[ends + 1] - x[ends])
    every = np.union1d(x, places)
    lower = np.exp(np.interp(every, x, low))
    return every, lower, np.maximum(lower, np.exp(np.interp(every, x, high)))
