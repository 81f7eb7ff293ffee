"""`next-frame` (A5): many next frames of a moving digit, where the data know one and where they know several.

Of a few sequences each, drawn with churn, as in figure 4.1 of the source, and without. Named in `EXPERIMENTS`; what is
drawn and said of the cells stands in `next_frame_figure` and `next_frame_findings`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from pydantic import Field

from engine import frames
from engine.analysis import chance
from engine.data import sequences
from engine.experiments import lineup, next_frame_figure, next_frame_findings
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.experiments.next_frame_cells import SAMPLERS, SITUATIONS, Cells, Window, of, window, windows
from engine.figures.figure import Figure
from engine.models.catalogue import named
from engine.run import Condition, Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings

if TYPE_CHECKING:
    from torch import Tensor

    from engine.analysis.futures import Futures

STEPS = 22

_SCALE = 3  # pixels of a picture that one of a frame takes


class Plan(Frozen):
    """What is drawn, and how often."""

    models: tuple[str, ...] = Field(
        default=("free-directions", "horizontal-50"),
        min_length=1,
        title="Models",
        description="Models that draw the next frame of a moving digit.",
    )
    sequences: int = Field(
        default=5, ge=1, le=50, title="Sequences", description="Sequences with one outcome, and as many with several."
    )
    futures: int = Field(
        default=100,
        ge=10,
        le=1000,
        title="Futures",
        description="Next frames drawn of each; 100 in the source. These take 9 seconds on one core.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")


class NextFrame(Experiment[Plan]):
    """See the module."""

    name = "next-frame"
    title = "One next frame or many"
    description = "Where 100 next frames of a digit go, whose data allow one place or several, with and without churn."
    source = "J. Kleutgens's thesis on particle guidance, 2024, figure 4.1"
    places: ClassVar[tuple[str, ...]] = ("model", "situation", "sampler", "sequence", "last frame", "digits")
    values: ClassVar[tuple[str, ...]] = (
        "places",
        "largest",
        "rms",
        "lands",
        "ways",
        "taken",
        "off the data",
        "off by chance",
        "Q",
        "unreadable",
    )
    series: ClassVar[tuple[str, ...]] = ("down", "right", "Q")
    over = "future"
    units: ClassVar[dict[str, str]] = {"rms": "pixels"}
    plan = Plan()
    quick = Plan(models=("free-directions",), sequences=2)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model that is not here or draws no next frames of moving
        digits, or if MNIST is unreadable.
        """
        cells = []
        for name, situation in itertools.product(plan.models, SITUATIONS):
            model = named(name)
            known = of(model)
            for (sampler, churn), each in itertools.product(
                SAMPLERS.items(), windows(model, situation, plan.sequences)
            ):
                first = each.last - known.given + 1
                run = Run(
                    model=model.reference,
                    latents=Latents(seed=plan.seed, count=plan.futures),
                    condition=Condition(frames=frames.of_sequence(model, each.number, first)),
                    schedule=EDMSchedule(steps=STEPS),
                    sampler=HeunSettings(churn=churn),
                )
                place = (name, situation, sampler, each.number, each.last, sequences.LABELS[known.source])
                cells.append(Cell(run, dict(zip(self.places, place, strict=True))))
        return cells

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. Of `places`, what lies within a pixel, `largest` is the share of the one with most
        futures; `unreadable` is the share in none, `rms` the distance of the others' centroids to their mean, and `Q`
        the mean score of all against the last frame given. The data know `ways` to go on: `lands` is the share of
        futures that are readable and within a pixel of one, `taken` the number of those ways, `off the data` the total
        variation between their shares and the data's, and `off by chance` that of as many exact draws. The series hold
        the move of each future from the last frame given, in pixels, and its Q.
        """
        from engine.training.sampling import drawing

        model = context.load(cell.run.model)
        x0 = yield from drawing(cell.run, model, interrupted=context.interrupted)
        name, number, last = (cell.place[column] for column in ("model", "sequence", "last frame"))
        return measured_of(cell.run, x0, window(named(str(name)), cast("int", number), cast("int", last)))

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`."""
        drawn = f"{plan.futures} futures of a sequence, Heun with N = {STEPS}"
        return Figure(f"{self.title}: {drawn}", next_frame_figure.panels(Cells(rows)))

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        return next_frame_findings.findings(Cells(rows))

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`."""
        return next_frame_findings.comparison(Cells(rows))


def measured_of(run: Run, x0: Tensor, window: Window) -> Measured:
    """What the futures x0 [N, 1, H, W] of that window show."""
    import torch

    from engine.analysis import directions, futures

    given = torch.from_numpy(frames.of_bytes(window.given))
    found = futures.summary(x0, given)
    moves = torch.from_numpy(found.centroids) - directions.centroids(directions.ink(given[None, -1:]))
    landed = directions.landed(moves, torch.from_numpy(window.moves), futures.WITHIN).numpy()
    landed[list(found.unreadable)] = -1
    counts = np.bincount(landed[landed >= 0], minlength=len(window.moves))
    values: dict[str, Value] = {
        "places": len(found.places),
        "largest": found.places[0].share if found.places else 0.0,
        "rms": lineup.rounded(found.rms) if math.isfinite(found.rms) else None,
        "lands": float(counts.sum() / len(x0)),
        "ways": len(counts),
        "taken": int((counts > 0).sum()),
        "Q": lineup.rounded(float(found.quality.mean())),
        "unreadable": len(found.unreadable) / len(x0),
    }
    if len(counts) > 1:
        off = abs(counts / len(x0) - window.shares).sum() + 1 - counts.sum() / len(x0)  # and what is on no way
        values["off the data"] = lineup.rounded(off / 2)
        values["off by chance"] = lineup.rounded(chance.variation(window.shares.tolist(), len(x0)))
    columns = [*moves.T.tolist(), found.quality.tolist()]
    series = {
        name: tuple(lineup.rounded(value) if math.isfinite(value) else None for value in column)
        for name, column in zip(NextFrame.series, columns, strict=True)
    }
    return Measured(values, _picture(run, window, found), series)


def _picture(run: Run, window: Window, found: Futures) -> bytes:
    """A PNG that carries `run`: the frames given; the next one of the sequence, the mean and the spread of futures."""
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    below = [window.true, to_uint8(found.mean[None], 0, 1), to_uint8(found.spread[None], 0, 0.5)]
    tiles = np.stack([*window.given, *below])
    return png_bytes(contact_sheet(tiles, columns=-(-len(tiles) // 2), gap=1), run, _SCALE)
