"""The cells of `latent-edits`: which there are, by their place, compared with the same particles unedited.

Used by the experiment, its figure and its findings. No torch.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from engine import mask
from engine.analysis.chance import NORMAL, difference, proportion
from engine.data import faces
from engine.experiments.experiment import Measured, Row
from engine.latents.measure import Array, span, weights
from engine.latents.presets import presets
from engine.settings.edits import Edit, Intensity, Region, Transfer
from engine.settings.references import MaskReference

CHANNELS = ("red", "green", "blue")

ATTRIBUTES = {"eyes": "sunglasses", "mouth": "smile"}
"""The masks, of `faces.REGIONS`, and the attribute that each is for."""

AREAS = ("whole", *ATTRIBUTES, *CHANNELS)
"""Where edits apply: everywhere, in a mask, or in one channel."""

RAISES = {"eyes": -1, "mouth": 1}
"""The sign of the lambda that should raise the attribute: sunglasses are dark, teeth bright."""

SERIES = ("sunglasses", "smile", "brightness", *CHANNELS, "unlike a face", "inside", "outside")
"""What is known of each particle."""

Outside = Literal["free", "locked", "replaced"]

Place = tuple[str | None, str | None, Outside, float | None]
"""What edit it is (intensity, transfer or none), where, what happens outside of there, and lambda, if it has one."""

UNEDITED: Place = (None, None, "free", 0.0)


def mask_of(area: str) -> MaskReference | None:
    """The mask of that name, now among the attachments; None for `whole` and for channels."""
    return mask.keep(presets(faces.SHAPE, "faces")[area], area) if area in ATTRIBUTES else None


def weights_of(area: str | None) -> Array:
    """m [3, 32, 32] of an edit there; 0 where there is none."""
    if area is None:
        return np.zeros(faces.SHAPE)
    return weights(faces.SHAPE, mask_of(area), CHANNELS.index(area) if area in CHANNELS else None)


def places(reach: Sequence[float], compared: Sequence[float], kept: Sequence[Outside]) -> Iterator[Place]:
    """All places, the most telling first: lambda at `reach` of its default range, for channels and where something is
    `kept` outside at `compared` of it.
    """
    yield UNEDITED
    for area in AREAS[:3]:
        yield from _intensities(area, "free", reach)
    yield from (("transfer", area, "free", None) for area in ATTRIBUTES)
    for area in CHANNELS:
        yield from _intensities(area, "free", compared)
    for outside in kept:
        for area in ATTRIBUTES:
            if outside == "replaced":
                yield None, area, outside, 0.0
            yield from _intensities(area, outside, compared)
            yield "transfer", area, outside, None


def _intensities(area: str, outside: Outside, shares: Sequence[float]) -> Iterator[Place]:
    end = span(weights_of(area))
    for share in sorted([*shares, *(-share for share in shares)]):
        yield "intensity", area, outside, float(f"{share * end:.4g}")


def edits(place: Place, count: int) -> tuple[Edit, ...]:
    """Those of a place for so many particles: transfers are both ways between 0 and 1, 2 and 3 and so on."""
    edit, area, _, strength = place
    if edit is None or area is None:
        return ()
    where = mask_of(area)
    if edit == "transfer":
        pairs = range(0, count - 1, 2)
        return tuple(
            Transfer(kind="transfer", mask=where, particles=(first,), source=first + 1, swap=True) for first in pairs
        )
    channel = CHANNELS.index(area) if area in CHANNELS else None
    return (Intensity(kind="intensity", mask=where, channel=channel, strength=strength or 0.0),)


def region(place: Place) -> Region:
    """What is kept outside of the place's mask."""
    _, area, outside, _ = place
    return Region() if area is None or outside == "free" else Region(outside=outside, mask=mask_of(area))


@dataclass(frozen=True)
class Rate:
    """`hits` of `count`, with Wilson's interval of 95 %; `value`, `low` and `high` are NaN of none."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.count if self.count else math.nan

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return proportion(self.hits, self.count)[0] if self.count else math.nan

    @property
    def high(self) -> float:
        """The upper end."""
        return proportion(self.hits, self.count)[1] if self.count else math.nan

    def above(self, other: Rate) -> tuple[float, float]:
        """The interval of 95 % of how far it is above another rate, of other particles; NaN where one is of none."""
        if not (self.count and other.count):
            return math.nan, math.nan
        return difference(self.hits, self.count, other.hits, other.count)

    def __str__(self) -> str:
        return f"{100 * self.value:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f})" if self.count else "none"


@dataclass(frozen=True)
class Mean:
    """A mean and the half width of its normal interval of 95 %."""

    value: float
    half: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.half:.3f}"


@dataclass(frozen=True)
class Transfers:
    """What became of the attribute in the targets, each given the mask's part of its source: of those without it
    `appears` when the source has it and `anyway` when it has not, of those with it `goes` when the source has it not
    and `goes_anyway` when it has.
    """

    appears: Rate
    anyway: Rate
    goes: Rate
    goes_anyway: Rate


def numbers(measured: Measured, name: str) -> list[float]:
    """A series, one value a particle, in which none is missing."""
    return cast("list[float]", list(measured.series[name]))


def rate(values: Sequence[float]) -> Rate:
    """How many of values that are 0 or 1 are 1."""
    return Rate(int(sum(values)), len(values))


def mean(values: Sequence[float]) -> Mean:
    """Of two values at least."""
    return Mean(statistics.fmean(values), NORMAL * statistics.stdev(values) / math.sqrt(len(values)))


def paired(now: Measured, before: Measured, name: str) -> Mean:
    """The mean of how far the values of a series are above those that the same particles had."""
    return mean([one - other for one, other in zip(numbers(now, name), numbers(before, name), strict=True)])


def transfers(now: Measured, before: Measured, attribute: str) -> Transfers:
    """See `Transfers`; `before` is of the same particles unedited, of which 0 and 1, 2 and 3 and so on are pairs."""
    had, has = numbers(before, attribute), numbers(now, attribute)
    found: dict[tuple[float, float], list[float]] = {(own, given): [] for own in (0, 1) for given in (0, 1)}
    for particle, own in enumerate(had[: len(had) // 2 * 2]):
        found[own, had[particle ^ 1]].append(abs(has[particle] - own))
    return Transfers(rate(found[0, 1]), rate(found[0, 0]), rate(found[1, 0]), rate(found[1, 1]))


class Cells:
    """The rows of a table, measured or not."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows: dict[Place, Row] = {cast("Place", tuple(row.cell.place.values())): row for row in rows}
        self.outside = list(dict.fromkeys(place[2] for place in self.rows))
        """What happens outside of masks in some cell, `free` first."""

    @property
    def unedited(self) -> Measured | None:
        """What was measured of the particles as they are."""
        return self.measured(UNEDITED)

    def measured(self, place: Place) -> Measured | None:
        """What was measured there, None where nothing was."""
        row = self.rows.get(place)
        return row.measured if row else None

    def over(self, area: str, outside: Outside = "free") -> list[tuple[float, Row]]:
        """The rows of intensities there, measured or not, by lambda, rising; at 0 what is drawn without any: where the
        outside is replaced that is inpainting, where it is locked it is the particle unedited.
        """
        plain = UNEDITED if outside != "replaced" else (None, area, outside, 0.0)
        found = [
            (place[3], row)
            for place, row in self.rows.items()
            if place[3] is not None and (place == plain or place[:3] == ("intensity", area, outside))
        ]
        return sorted(found, key=lambda each: each[0])

    def curve(self, area: str, outside: Outside = "free") -> list[tuple[float, Row, Measured]]:
        """Of `over` what is measured."""
        return [(strength, row, row.measured) for strength, row in self.over(area, outside) if row.measured]

    def transfers(self, area: str, outside: Outside = "free") -> Transfers | None:
        """Of the transfers through that mask; None where they are not measured."""
        now, before = self.measured(("transfer", area, outside, None)), self.unedited
        return transfers(now, before, ATTRIBUTES[area]) if now and before else None
