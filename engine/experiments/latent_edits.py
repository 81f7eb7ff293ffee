"""`latent-edits` (A12): what edits of latents do to toy faces, as numbers.

Intensity everywhere, in a channel and in a mask, transfer of a mask's part between two particles, and both with the
outside locked or replaced; every cell is of the same latents. Named in `EXPERIMENTS`; what is drawn and said of the
cells stands in `latent_edits_figure` and `latent_edits_findings`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from engine.data import faces
from engine.errors import InputError
from engine.experiments import latent_edits_figure, latent_edits_findings, lineup
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.experiments.latent_edits_cells import (
    ATTRIBUTES,
    CHANNELS,
    SERIES,
    Cells,
    Outside,
    Place,
    Rate,
    edits,
    mean,
    numbers,
    paired,
    places,
    rate,
    region,
    transfers,
    weights_of,
)
from engine.figures.figure import Figure
from engine.latents import measure as measures
from engine.models.catalogue import named
from engine.run import Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 22

SHOWN = 16
"""Particles of a cell that is opened."""

_PICTURED, _ROW = 6, 2  # particles in a cell's picture, and side by side


class Plan(Frozen):
    """What is edited, how far, and of how many particles."""

    model: str = Field(default="faces", title="Model", description="A model of toy faces, 32 x 32 and RGB.")
    particles: int = Field(
        default=256,
        ge=4,
        le=2000,
        title="Particles",
        description="Latents that every cell edits; particles 0 and 1, 2 and 3 and so on are the pairs of transfers.",
    )
    reach: tuple[float, ...] = Field(
        default=(0.25, 0.5, 0.75, 1.0),
        min_length=1,
        title="Shares of λ",
        description="Up and down, as shares of the default range: 8.9 standard deviations of the latent's mean there.",
    )
    compared: tuple[float, ...] = Field(
        default=(0.5, 1.0),
        min_length=1,
        title="Compared",
        description="The same, for single channels and where the outside of the mask is locked or replaced.",
    )
    kept: Annotated[tuple[Outside, ...], lineup.among(("locked", "replaced"))] = Field(
        default=("locked", "replaced"),
        title="Outside",
        description="What else than nothing is done outside of the mask. locked: it stays what it was without the "
        "edits. replaced: inpainting.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")

    @field_validator("reach", "compared")
    @classmethod
    def _rising(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if list(shares) != sorted(set(shares)) or shares[0] <= 0 or shares[-1] > 3:
            raise ValueError("must rise, from above 0 to 3 at most")
        return shares


class LatentEdits(Experiment[Plan]):
    """See the module."""

    name = "latent-edits"
    title = "Edits of latents"
    description = "Sunglasses, smiles and brightness that follow from edits of the latent, and what else changes."
    source = "W. Dalheim's thesis on manipulating latents, experiments H.2a to H.2c and section 6.1"
    places: ClassVar[tuple[str, ...]] = ("edit", "where", "outside", "λ")
    values: ClassVar[tuple[str, ...]] = (
        "deviations",
        *(f"{name}{end}" for name in ATTRIBUTES.values() for end in ("", " low", " high")),
        "brightness",
        *CHANNELS,
        "brighter",
        "brighter error",
        "unlike a face",
        "unlike a face error",
        *(f"change {where}{error}" for where in ("inside", "outside") for error in ("", " error")),
        *(f"{name}{of}" for name in ("appears", "appears anyway", "goes", "goes anyway") for of in ("", " of")),
    )
    series: ClassVar[tuple[str, ...]] = SERIES
    over = "particle"
    plan = Plan()
    quick = Plan(particles=30, reach=(0.5, 1.0), compared=(1.0,))

    def __init__(self) -> None:
        self._unedited: tuple[Run, Tensor] | None = None

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model of anything but faces."""
        model = named(plan.model)
        if model.data_shape != faces.SHAPE or model.cond_shape is not None:
            raise InputError(f"What {plan.model} draws are no toy faces: choose a model of these, such as faces.")
        unedited = Run(
            model=model.reference,
            latents=Latents(seed=plan.seed, count=plan.particles),
            schedule=EDMSchedule(steps=STEPS),
            sampler=HeunSettings(),
        )
        return [
            Cell(
                unedited.replace(latents={"edits": edits(place, plan.particles)}, region=region(place)),
                dict(zip(self.places, place, strict=True)),
            )
            for place in places(plan.reach, plan.compared, plan.kept)
        ]

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. The series hold one value a particle: whether it has sunglasses and smiles as
        `faces.measure` reads it; in [0, 1] its brightness and colours; how far its values are on average from those of
        the face that is drawn from what is read; and how far from those unedited, where the mask is and outside. Rates
        have Wilson's intervals of 95 %, errors are half of a normal one; `brighter` is paired with the same particles
        unedited, `deviations` is lambda in those of the latent's mean. Of transfers see
        `latent_edits_cells.Transfers`, `of` being the number of targets.
        """
        from engine.training.sampling import drawing

        model, unedited = context.load(cell.run.model), cell.run.unedited
        before, middle = None, 0.0
        if self._unedited is not None and self._unedited[0] == unedited:
            before = self._unedited[1]
        else:
            middle = 1.0 if cell.run == unedited else 0.5
            before = yield from drawing(unedited, model, interrupted=context.interrupted, end=middle)
            self._unedited = unedited, before  # of one Run, so that the cells need not draw it each
        now = before
        if cell.run != unedited:
            now = yield from drawing(cell.run, model, interrupted=context.interrupted, known=before, start=middle)
        return _measured(cell, before.numpy(), now.numpy())

    def shown(self, cell: Cell, plan: Plan) -> Run:
        """See `Experiment.shown`: the first particles."""
        count = min(SHOWN, plan.particles)
        return cell.run.replace(latents={"count": count, "edits": edits(_place(cell), count)})

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`."""
        drawn = f"{plan.particles:,} particles of {plan.model}, Heun with N = {STEPS}"
        return Figure(f"{self.title}: {drawn}", latent_edits_figure.panels(Cells(rows)))

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        return latent_edits_findings.findings(Cells(rows))

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`."""
        return latent_edits_findings.comparison(Cells(rows))


def _place(cell: Cell) -> Place:
    return cast("Place", tuple(cell.place.values()))


def _measured(cell: Cell, before: NDArray[np.float64], now: NDArray[np.float64]) -> Measured:
    """Of pictures [N, 3, 32, 32] in [-1, 1] as they are without the cell's edits, and with them."""
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    edit, area, _, strength = _place(cell)
    m = weights_of(area)
    first, then = (_read(before, pictures, m) for pictures in (before, now))
    values: dict[str, Value] = {}
    if area is not None and strength is not None:
        values["deviations"] = lineup.rounded(strength / measures.deviation(m))
    for name in ATTRIBUTES.values():
        found = rate(numbers(then, name))
        for end, value in (("", found.value), (" low", found.low), (" high", found.high)):
            values[f"{name}{end}"] = lineup.rounded(value)
    for name in ("brightness", *CHANNELS):
        values[name] = lineup.rounded(mean(numbers(then, name)).value)
    told = {"brighter": paired(then, first, "brightness"), "unlike a face": mean(numbers(then, "unlike a face"))}
    told |= {f"change {where}": mean(numbers(then, where)) for where in SERIES[-2:] if None not in then.series[where]}
    for name, each in told.items():
        values |= {name: lineup.rounded(each.value), f"{name} error": lineup.rounded(each.half)}
    if edit == "transfer" and area is not None:
        outcome = transfers(then, first, ATTRIBUTES[area])
        values |= _counted("appears", outcome.appears, outcome.anyway)
        values |= _counted("goes", outcome.goes, outcome.goes_anyway)
    sheet = contact_sheet(to_uint8(now[:_PICTURED]), columns=_ROW, gap=1)
    return Measured(values, png_bytes(sheet, cell.run), then.series)


def _counted(name: str, one: Rate, anyway: Rate) -> dict[str, Value]:
    """The two rates, each with the number of targets; None where there are none."""
    return {
        key: value
        for title, each in ((name, one), (f"{name} anyway", anyway))
        for key, value in ((title, lineup.rounded(each.value) if each.count else None), (f"{title} of", each.count))
    }


def _read(before: NDArray[np.float64], now: NDArray[np.float64], m: NDArray[np.float64]) -> Measured:
    """The series of pictures [N, 3, 32, 32], of which m is the mask [3, 32, 32]."""
    seen = now.clip(-1, 1)
    attributes = faces.measure(seen)
    colours = (seen.mean(axis=(2, 3)) + 1) / 2
    changes = [measures.change(*pair, m) for pair in zip(before, now, strict=True)]
    unlike = measures.difference(_drawn_anew(attributes), seen)
    columns = [
        *((getattr(attributes, name) >= 0.5).astype(float) for name in ATTRIBUTES.values()),
        colours.mean(axis=1),
        *colours.T,
        unlike.mean(axis=(1, 2, 3)),
        *zip(*changes, strict=True),
    ]
    series = {
        name: tuple(None if value is None else lineup.rounded(float(value)) for value in column)
        for name, column in zip(SERIES, columns, strict=True)
    }
    return Measured({}, None, series)


def _drawn_anew(read: faces.Attributes) -> NDArray[np.float32]:
    """The faces with those attributes, of what is read the nearest that a face can have."""
    whole = {name: (getattr(read, name) >= 0.5).astype(np.int64) for name in ATTRIBUTES.values()}
    shares = {name: getattr(read, name).clip(0, 1) for name in ("skin", "length")}
    signed = {name: getattr(read, name).clip(-1, 1) for name in ("light", "right", "down")}
    return faces.draw(dataclasses.replace(read, **whole, **shares, **signed))
