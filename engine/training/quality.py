"""How good a model's samples are, beside the data it was trained on: one measure for each data set, in `MEASURES`.

`quick` is for a training under way, called by the window's worker; `measure` is what `bundle` keeps with a model.
Adding a measure = a function from `Drawn` to rows and a line in `MEASURES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from engine.analysis import classifier, directions, frechet
from engine.data import faces, moving
from engine.data.sets import DataSet
from engine.execute import condition
from engine.models.learned import Learned
from engine.run import Latents, Run
from engine.training import points
from engine.training.config import Training
from engine.training.sampling import pieces, sampling

CONFIDENT = 0.9
"""The probability from which a digit counts as read."""

WITHIN = 1.0
"""Pixels that a centroid may be off for the digit to have landed."""

TOGETHER = 80
"""Samples under one and the same condition."""

_BINS = 5
_PERCENT = "{:.0%}"

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Drawn:
    """Samples and as many `real` data under the same conditions `cond` [N, *cond_shape], and as many `other` data:
    how far real data are from real data is the best that samples can do. All [N, *data_shape].
    """

    samples: Tensor
    real: Tensor
    other: Tensor
    cond: Tensor | None

    @property
    def given(self) -> Tensor:
        """The conditions, of data that have them."""
        assert self.cond is not None
        return self.cond


@dataclass(frozen=True)
class Row:
    """One number of the samples and of the data, or a list of shares; `style` is how a number is written."""

    samples: float | list[float]
    data: float | list[float]
    style: str = "{:.2f}"


Rows = dict[str, Row]


@dataclass(frozen=True)
class Measure:
    """`rows` are the numbers of samples beside data, `how` says what they mean; `more` adds, as JSON, what takes longer
    to find from the model and its samples.
    """

    rows: Callable[[Drawn], Rows]
    how: str
    more: Callable[[Learned, Training, DataSet, np.ndarray], dict[str, Any]] = lambda *_: {}


def quick(
    model: Learned, config: Training, data: DataSet, count: int = 100
) -> Iterator[dict[str, tuple[str, str]] | None]:
    """None after each piece of sampling, then two to four numbers of `count` samples as text: what is measured, in
    words for people, to the value of the samples and that of as many data.
    """
    drawn = yield from _draw(_run(model, count), model, data)
    rows = MEASURES[config.data.name].rows(drawn)
    yield {
        label: (row.style.format(row.samples), row.style.format(row.data))
        for label, row in rows.items()
        if not isinstance(row.samples, list)
    }


def measure(model: Learned, config: Training, data: DataSet, count: int | None = None) -> dict[str, Any]:
    """All that is measured of a model as JSON, each number of the samples beside that of the data, with how.

    `count` is 2,000 points or 1,000 pictures if it is None. Shows a progress bar.
    """
    count = count or (points.COUNT if len(data.data_shape) == 1 else 1000)
    run = _run(model, count)
    drawn = _watched(_draw(run, model, data), pieces(run, model))
    own = MEASURES[config.data.name]
    each = "" if drawn.cond is None else ", each under a condition of its own"
    return {
        "samples": f"{count:,} by the default Run: {run.schedule.steps} Heun steps, seed 0{each}",
        "how": own.how,
        **{
            label: {"samples": _rounded(row.samples), "data": _rounded(row.data)}
            for label, row in own.rows(drawn).items()
        },
        **own.more(model, config, data, drawn.samples.numpy()),
    }


def _run(model: Learned, count: int) -> Run:
    """The default Run with so many particles."""
    return Run(model=model.reference, latents=Latents(count=count))


def _draw(run: Run, model: Learned, data: DataSet) -> Generator[None, None, Drawn]:
    """Samples, under the conditions of fresh data, and such data."""
    (real, cond), (other, _) = (data.batch(points.FRESH, step, run.latents.count) for step in range(2))
    frames = None if cond is None else torch.from_numpy(cond)
    samples = yield from sampling(run, model, frames)
    return Drawn(samples, torch.from_numpy(real), torch.from_numpy(other), frames)


def _watched(generator: Generator[None, None, _Value], total: int) -> _Value:
    """The value of the generator, a progress bar being shown meanwhile."""
    tqdm.monitor_interval = 0  # or it starts a thread of its own
    with tqdm(total=total, desc="samples", unit="step", disable=None) as bar:
        while True:
            try:
                next(generator)
            except StopIteration as done:
                value: _Value = done.value
                return value
            bar.update()


def _row(values: Iterable[Any], style: str = "{:.2f}") -> Row:
    samples, data = values
    return Row(samples, data, style)


def _rounded(value: float | list[float]) -> float | list[float] | None:
    """As JSON has it: without a NaN, which is what nothing to measure gives."""
    if isinstance(value, list):
        return [round(part, 4) for part in value]
    return None if math.isnan(value) else round(value, 4)


def _digits(drawn: Drawn) -> Rows:
    reader = classifier.load(masked=True)
    read = [reader.probabilities(x).max(dim=1) for x in (drawn.samples, drawn.real)]
    sure = [probability >= CONFIDENT for probability, _ in read]
    classes = [digit.bincount(minlength=10).double() / len(digit) for _, digit in read]
    occur = [len(set(digit[certain].tolist())) for (_, digit), certain in zip(read, sure, strict=True)]
    with torch.no_grad():
        own, real, other = (
            frechet.fit(reader.features(x).cpu().numpy()) for x in (drawn.samples, drawn.real, drawn.other)
        )
    return {
        "Read as a digit": _row((part.double().mean().item() for part in sure), _PERCENT),
        "Digits that occur": _row(occur, "{:.0f}"),
        "Frechet distance": Row(frechet.distance(own, real), frechet.distance(other, real)),
        "Shares of 0 to 9": _row(part.tolist() for part in classes),
    }


def _circle(drawn: Drawn) -> Rows:
    before = directions.ink(drawn.given[:, -1:])
    after = [directions.ink(x) for x in (drawn.samples, drawn.real)]
    places = torch.from_numpy(moving.CIRCLE)
    landed = [directions.landed(directions.moves(before, ink), places, WITHIN) for ink in after]
    counts = [place[place >= 0].bincount(minlength=len(places)) for place in landed]
    return {
        "In one of eight places": _row(((place >= 0).double().mean().item() for place in landed), _PERCENT),
        "Places that occur": _row((int((count > 0).sum()) for count in counts), "{:.0f}"),
        "Quality score Q": _row(directions.quality(before, ink).mean().item() for ink in after),
        "Shares of the places": _row((count / len(before)).tolist() for count in counts),
    }


def _circle_together(model: Learned, *_: object) -> dict[str, Any]:
    """Where samples landed that have one condition, by the default Run; and what Q is at worst."""
    run = _run(model, TOGETHER)
    samples = _watched(sampling(run, model), pieces(run, model))
    cond = condition(run, model)
    assert cond is not None
    before = directions.ink(cond[:, -1:].cpu())
    places = torch.from_numpy(moving.CIRCLE)
    landed = directions.landed(directions.moves(before, directions.ink(samples)), places, WITHIN)
    black = directions.quality(before[:1], torch.zeros_like(before[:1]))
    return {
        f"{TOGETHER} samples under one condition": {
            "In one of eight places": round((landed >= 0).double().mean().item(), 4),
            "At each place": landed[landed >= 0].bincount(minlength=len(places)).tolist(),
            "Q of a black picture": round(black.item(), 4),
        }
    }


def _goes_on(drawn: Drawn) -> Rows:
    """Where the next frame of the data goes on as the given ones did: then it is determined."""
    before, last = directions.ink(drawn.given[:, -2:-1]), directions.ink(drawn.given[:, -1:])
    real = directions.moves(last, directions.ink(drawn.real))
    return _determined(drawn, (real - directions.moves(before, last)).norm(dim=1) < 0.5)


def _horizontal(drawn: Drawn) -> Rows:
    """The direction is open where the last given frame has the digit in the middle, else determined."""
    last = directions.ink(drawn.given[:, -1:])
    open_ = directions.centroids(last)[:, 1].abs() < moving.SPEED / 2
    moved = [directions.moves(last[open_], directions.ink(x[open_]))[:, 1] for x in (drawn.samples, drawn.real)]
    shares = _row((right[~right.isnan()] > 0).double().mean().item() for right in moved)  # an empty picture is nowhere
    return {**_determined(drawn, ~open_), "p(right) at the centre": shares}


def _determined(drawn: Drawn, which: Tensor) -> Rows:
    """How far from the data's place the samples have the digit, where that is determined, [N] bool."""
    real, own = (directions.ink(x[which]) for x in (drawn.real, drawn.samples))
    off = directions.moves(real, own).norm(dim=1)
    return {
        "In the place determined": Row((off <= WITHIN).double().mean().item(), 1.0, _PERCENT),
        "Pixels off it": Row(off.nanmean().item(), 0.0),
    }


def _faces(drawn: Drawn) -> Rows:
    seen = [faces.measure(x.numpy()) for x in (drawn.samples, drawn.real)]

    def shares(name: str, low: float, high: float, bins: int = _BINS) -> Row:
        values = (np.clip(getattr(face, name), low, high) for face in seen)
        counts = (np.histogram(part, bins, (low, high))[0] for part in values)
        return _row((count / count.sum()).tolist() for count in counts)

    return {
        "Sunglasses": _row((float((face.sunglasses >= 0.5).mean()) for face in seen), _PERCENT),
        "Smile": _row((float((face.smile >= 0.5).mean()) for face in seen), _PERCENT),
        "Backgrounds": shares("background", 0, len(faces.BACKGROUNDS) - 1, len(faces.BACKGROUNDS)),
        "Colours of hair": shares("hair", 0, len(faces.HAIR) - 1, len(faces.HAIR)),
        "Skin, light to dark": shares("skin", 0, 1),
        "Hair, short to long": shares("length", 0, 1),
        "Light, left to right": shares("light", -1, 1),
        "Place, left to right": shares("right", -1, 1),
        "Place, up to down": shares("down", -1, 1),
    }


def _values(drawn: Drawn) -> Rows:
    return {
        "Mean": Row(drawn.samples.mean().item(), drawn.real.mean().item()),
        "Standard deviation": Row(drawn.samples.std().item(), drawn.real.std().item()),
    }


def _points(drawn: Drawn) -> Rows:
    own, theirs = (torch.cdist(x, drawn.other).amin(dim=1).mean().item() for x in (drawn.samples, drawn.real))
    return {**_values(drawn), "Distance to the nearest of other data": Row(own, theirs, "{:.3f}")}


_PLACED = f"a place is the centroid of the ink above Otsu's threshold; right within {WITHIN:g} pixel"

MEASURES: dict[str, Measure] = {
    "digits": Measure(
        _digits,
        f"by the digit classifier after Otsu's mask: read with a probability of {CONFIDENT} or more, digits that occur "
        "among those; squared Frechet distance in its 128 features to as many data, of data: to as many other data",
    ),
    "circle": Measure(
        _circle,
        f"{_PLACED}; Q is eq 4.5 with v = c(t+1) - c(t) as the shift, of ink from 0 to 1: 0 is the same digit",
        _circle_together,
    ),
    "horizontal": Measure(
        _horizontal, f"{_PLACED}; p(right) where the last given frame has the digit in the middle, a quarter"
    ),
    "free-directions": Measure(_goes_on, f"{_PLACED}; determined where the data go on with the velocity given"),
    "faces": Measure(_faces, "attributes as engine.data.faces.measure reads them off the pictures; shares"),
    "folder": Measure(_values, "of all values"),
    "mixture": Measure(_points, "distances are means", points.measure),
    "s-curve-2d": Measure(_points, "distances are means", points.measure),
}
"""By the name of the data set's settings."""
