"""The cells of `prior`: models and ways to draw, what each cell counted, and its rounds taken together. No torch.

Used by the experiment, its figure and its findings.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from engine.analysis.chance import clustered
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import gain, labelled, number
from engine.settings.guidance import Kernel

MODELS = {"horizontal-90": 0.9, "horizontal-70": 0.7, "horizontal-50": 0.5}
"""The p(right) that each was trained with, in the order of the source's table."""

CHURN, STRENGTH = 0.9, 3.0
"""S_churn and k_PG of the source."""

Sampler = Literal["deterministic", "stochastic", "guided"]

PUBLISHED: dict[Sampler, dict[float, str]] = {
    "deterministic": {0.9: "0.9944", 0.7: "0.7933", 0.5: "0.4168"},
    "stochastic": {0.9: "0.9598", 0.7: "0.7294", 0.5: "0.5253"},
    "guided": {0.9: "0.5", 0.7: "0.5004", 0.5: "0.5006"},
}
"""What the source found for each p(right) trained with (table 4.1)."""

EXACT = {0.9: 0.888, 0.7: 0.689, 0.5: 0.5}
"""What an exact solution of the ODE makes of each prior, for MNIST's digits: the latents of sigma 80 have mean 0, while
the data's mean is on the likelier side. A test computes it; 22 Heun steps give the same.
"""

FINISHED: dict[Kernel, float] = {"rbf": 240.0, "iou": 1.4}
"""What the median heuristic gives for two finished frames, a digit on the left and the same on the right, about: the
fixed h that is called `finished` here, taken of MNIST's digits themselves before anything was drawn with it.
"""

SIDES = ("left", "right")
"""Where the digit comes from, in even rounds and in odd ones."""

READABLE = 8.0
"""Q from which on the source calls a picture unreadable."""

SERIES = ("right", "left", "apart", "Q")
"""What is known of each digit of a cell: pictures on either side, pairs with one on each, and their mean Q."""


@dataclass(frozen=True)
class Way:
    """How it is drawn; kernel and bandwidth, one of `guided.BANDWIDTHS`, are those of guidance."""

    sampler: Sampler
    kernel: Kernel | None = None
    bandwidth: str | None = None

    @property
    def label(self) -> str:
        """For people."""
        if self.kernel is None:
            return self.sampler
        return f"guided, {labelled(self.kernel, self.bandwidth, FINISHED)}"


@dataclass(frozen=True)
class Share:
    """A share with its interval of 95 %, which counts the pictures of a digit as one cluster."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"

    def holds(self, value: float) -> bool:
        """Whether the interval holds that value."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Found:
    """What some rounds of a model and a way found together.

    `right` is the share of those that went to either side, `apart` that of pairs with one on each; `quality` is the
    mean Q, `landed` the share of pictures within a pixel of a place, and `empty` the number of those without ink.
    `pictures` are all.
    """

    right: Share
    apart: Share
    quality: float
    landed: float
    empty: int
    pictures: int


class Cells:
    """The rows of a table, measured or not."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: dict[tuple[str, Way], list[Row]] = {}
        for row in rows:
            place = row.cell.place
            way = Way(*cast("tuple[Sampler, Kernel, str]", (place["sampler"], place["kernel"], place["bandwidth"])))
            self._rows.setdefault((str(place["model"]), way), []).append(row)
        self.models = list(dict.fromkeys(model for model, _ in self._rows))
        self.ways = list(dict.fromkeys(way for _, way in self._rows))
        self.digits = str(rows[0].cell.place["digits"]) if rows else ""
        """Whose digits they are."""

    def first(self, model: str, way: Way) -> Row:
        """Its first round."""
        return self._rows[model, way][0]

    def found(self, model: str, way: Way) -> Found | None:
        """What its rounds found so far; None while none is measured, and where no picture is on either side."""
        rounds = [row.measured for row in self._rows.get((model, way), []) if row.measured]
        if not rounds:
            return None
        right, left, apart, _ = (_summed(rounds, name) for name in SERIES)
        if not any([*right, *left]):
            return None
        pictures = sum(number(each.values["pictures"]) for each in rounds)
        pairs = [pictures / len(right) / 2] * len(right)
        return Found(
            Share(*clustered(right, [one + other for one, other in zip(right, left, strict=True)])),
            Share(*clustered(apart, pairs)),
            statistics.fmean(number(each.values["Q"]) for each in rounds),
            statistics.fmean(number(each.values["landed"]) for each in rounds),
            round(sum(number(each.values["empty"]) for each in rounds)),
            round(pictures),
        )

    def sides(self, model: str, way: Way) -> tuple[float, float] | None:
        """How much more often it goes on to the right when it comes from the left than when from the right, and the
        standard error of that, paired by digit; None while a side is to come.
        """
        shares = []
        for side in SIDES:
            rows = [row for row in self._rows.get((model, way), []) if row.cell.place["approach"] == side]
            rounds = [row.measured for row in rows if row.measured]
            if not rounds:
                return None
            drawn = sum(number(each.values["pictures"]) for each in rounds)
            right = _summed(rounds, "right")
            shares.append([count * len(right) / drawn for count in right])
        return gain(*shares)


def _summed(rounds: Sequence[Measured], name: str) -> list[float]:
    """A series of several rounds added up, digit by digit; none of its values is missing."""
    series = [cast("tuple[float, ...]", each.series[name]) for each in rounds]
    return [math.fsum(values) for values in zip(*series, strict=True)]
