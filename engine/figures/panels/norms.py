"""Norms over the steps as curves."""

from __future__ import annotations

import numpy as np

from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.material import Material

NAMES = {
    "x": "state x",
    "denoised": "estimate x₀",
    "drift": "drift d",
    "correction": "drift d′",
    "noise": "added noise",
    "guidance": "guidance",
}
"""The parts of a Step, for people."""


def norms(panel: sheet.Norms, material: Material) -> tuple[figure.Panel, dict[str, np.ndarray]]:
    """The mean over particles of the Euclidean norms at each step that has them; each particle's as data [steps, N]."""
    trajectory = material.trajectories[panel.run]
    sigmas = trajectory.sigmas
    curves, data = [], {"sigma": np.array(sigmas)}
    for name in panel.names:
        found = [(index, norm) for index, norm in enumerate(trajectory.norms(name)) if norm is not None]
        if not found:
            continue
        values = np.stack([norm.cpu().numpy() for _, norm in found])
        data[name], data[f"{name}_step"] = values, np.array([index for index, _ in found])
        curves.append(figure.Curve(NAMES[name], [index for index, _ in found], values.mean(1).tolist()))
    if not curves:
        raise InputError("Nothing of this kind was evaluated in the Run: choose other norms.")
    return figure.Lines(panel.title or "Norms, mean over particles", "step", "norm", curves, log_y=True), data
