"""The noise levels of a Run over its steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis.parts import Array
from engine.figures import figure, sheet
from engine.figures.material import Material


def schedule(panel: sheet.Schedule, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """`sigma` [steps + 1] on a log axis, which has no place for the 0 at its end; the other axis says where it is."""
    trajectory, index = material.trajectories[panel.run], material.index(panel.run, panel.step)
    steps, sigmas = range(len(trajectory.sigmas)), trajectory.sigmas
    title = panel.title or f"Noise level σ over the steps, {trajectory.run.schedule.label}"
    across = f"step, σ = 0 at step {trajectory.last}" if sigmas[-1] == 0 else "step"
    mark = None if panel.step is None else float(index)
    curves = [figure.Curve("", steps, sigmas)]
    return figure.Lines(title, across, "σ", curves, log_y=True, mark=mark), {"sigma": np.array(sigmas)}
