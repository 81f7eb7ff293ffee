"""A stand-in for the model of faces, plans on it, and made-up tables of `latent-edits`."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from engine.data import faces
from engine.experiments.experiment import Context, Measured, Row
from engine.experiments.latent_edits import LatentEdits, Plan
from engine.experiments.latent_edits_cells import SERIES, Place
from engine.models.catalogue import named
from engine.models.ideal import IdealDenoiser
from engine.run import ModelReference

SMALL = Plan(particles=8, reach=(1.0,), compared=(1.0,))
COUNT = 40


@functools.cache
def ideal() -> IdealDenoiser:
    """The exact model of 48 toy faces, under the name of `faces`."""
    pictures = faces.draw(faces.sample(np.random.default_rng(0), 48))
    return IdealDenoiser(pictures, reference=named("faces").reference)


def load(reference: ModelReference) -> IdealDenoiser:
    """That, whatever is asked for."""
    return ideal()


CONTEXT = Context(load)


def made_up(**series: float | list[float]) -> Measured:
    """A measurement of `COUNT` particles that has these series, one value for all or one for each, and 0 elsewhere."""
    given = {name.replace("_", " "): values for name, values in series.items()}
    full = {name: given.get(name, 0.0) for name in SERIES}
    return Measured({}, None, {name: tuple(v) if isinstance(v, list) else (v,) * COUNT for name, v in full.items()})


def table(plan: Plan, content: Callable[[Place], Measured | None]) -> list[Row]:
    """Rows of what `content` makes up of a place, None being still to come."""
    experiment = LatentEdits()
    return [
        Row(experiment.key(cell, plan), cell, content(tuple(cell.place.values())))  # type: ignore[arg-type]
        for cell in experiment.cells(plan)
    ]


def some(hits: int) -> list[float]:
    """An attribute that so many particles have, 0, 2, 4 and so on first: of each pair one, as far as that goes."""
    order = [*range(0, COUNT, 2), *range(1, COUNT, 2)]
    return [float(order.index(particle) < hits) for particle in range(COUNT)]
