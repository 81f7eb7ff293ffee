"""Experiments by name: tables and figures of many Runs, for `latent-loupe reproduce` and for the window. No torch here.

Adding one = a file with an `Experiment` and a line in `EXPERIMENTS`.
"""

from typing import Any

from engine.experiments.digit_modes import DigitModes
from engine.experiments.directions import Directions
from engine.experiments.experiment import Experiment
from engine.experiments.guidance_norms import GuidanceNorms
from engine.experiments.high_noise import HighNoise
from engine.experiments.latent_edits import LatentEdits
from engine.experiments.next_frame import NextFrame
from engine.experiments.prior import Prior
from engine.experiments.ring_modes import RingModes
from engine.experiments.sampler_comparison import SamplerComparison
from engine.experiments.solver_orders import SolverOrders

EXPERIMENTS: dict[str, Experiment[Any]] = {
    experiment.name: experiment
    for experiment in (
        SamplerComparison(),
        SolverOrders(),
        RingModes(),
        DigitModes(),
        GuidanceNorms(),
        LatentEdits(),
        Directions(),
        HighNoise(),
        NextFrame(),
        Prior(),
    )
}
