"""Strips: columns of pictures in which one thing varies: lambda, steps, models, the way between two latents, a source.

Made by the window's strips and drawn on the worker. No torch at import.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine import offers
from engine.analysis.correlation import FEWEST, Correlation, correlation
from engine.edits import misplaced
from engine.latents import measure
from engine.run import Run
from engine.settings.edits import Intensity, Interpolate, Regional, Transfer

if TYPE_CHECKING:
    from engine.models import Model
    from engine.models.catalogue import ModelInfo

Pictures = NDArray[np.float32]

COLUMNS = 9
"""Values of a strip, where nobody asks for more or fewer."""

STEPS = (5, 10, 22, 50)
"""The step counts that are held against each other (W. Dalheim's thesis, fig. 5.1)."""

COMPARED = 64
"""Particles at most that the correlation of two models is measured on."""


@dataclass(frozen=True)
class Column:
    """One value of what varies: a whole Run, on `model`. `note` is its second line for people, "unchanged" where the
    edit does nothing.
    """

    caption: str
    note: str
    value: Any
    run: Run
    model: ModelInfo


@dataclass(frozen=True)
class Strip:
    """What to draw: of each of `columns` those `particles`. Where it is `compared`, more are drawn, and the columns are
    correlated with each other over them.
    """

    columns: tuple[Column, ...]
    particles: tuple[int, ...]
    compared: bool = False

    @property
    def drawn(self) -> tuple[int, ...]:
        """The particles that are drawn: those shown, then those that are only measured."""
        count = min(COMPARED, *(column.run.latents.count for column in self.columns)) if self.compared else 0
        return tuple(dict.fromkeys((*self.particles, *range(count if count >= FEWEST else 0))))


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is drawn of a strip: for each column its pictures x0 [P, *data_shape] in [-1, 1] and beyond, or the
    estimates while they form, None before. `done` of `total` Steps have come. `correlations` are those of two finished
    columns, by their places.
    """

    pictures: tuple[Pictures | None, ...]
    finished: tuple[bool, ...]
    correlations: Mapping[frozenset[int], Correlation]
    done: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all columns are finished."""
        return all(self.finished)


# -- columns ---------------------------------------------------------------------------------------------------------


def span(run: Run, data_shape: Sequence[int], place: int) -> tuple[float, float]:
    """The default range of lambda of the intensity at that place among the edits. Raises `InputError` for its mask."""
    end = _rounded(_reach(run, data_shape, place)[1])
    return -end, end


def spread(low: float, high: float, count: int = COLUMNS) -> list[float]:
    """So many values from `low` to `high`, evenly spaced; where 0 is between them it is one of them, and they are
    evenly spaced on each side of it.
    """
    if not low < 0 < high or count < 3:
        return [_rounded(float(value)) for value in np.linspace(low, high, count)]
    below = min(max(1, round((count - 1) * low / (low - high))), count - 2)
    values = [*np.linspace(low, 0, below + 1)[:-1], *np.linspace(0, high, count - below)]
    return [_rounded(float(value)) for value in values]


def over_strength(run: Run, model: ModelInfo, place: int, values: Sequence[float]) -> tuple[Column, ...]:
    """The intensity at that place among the edits with each lambda (experiments H.2a and H.2b, figs. 5.10 to 5.13).

    The note says lambda in standard deviations of the latent's mean where the edit is. Raises `InputError` for its
    mask.
    """
    deviation, _ = _reach(run, model.data_shape, place)
    return tuple(
        Column(
            _number(value),
            "unchanged" if value == 0 else f"{_number(value / deviation, 2)} sd",
            value,
            _with(run, place, Intensity, strength=value),
            model,
        )
        for value in values
    )


def over_share(run: Run, model: ModelInfo, place: int, shares: Sequence[float]) -> tuple[Column, ...]:
    """The interpolation at that place among the edits with each share of the way."""
    edit = run.latents.edits[place]
    assert isinstance(edit, Interpolate)
    ends = {0.0: f"particle {edit.between[0]}", 1.0: f"particle {edit.between[1]}"}
    return tuple(
        Column(_number(share), ends.get(share, ""), share, _with(run, place, Interpolate, share=share), model)
        for share in shares
    )


def over_source(run: Run, model: ModelInfo, place: int, sources: Sequence[int]) -> tuple[Column, ...]:
    """The transfer at that place among the edits from each of these particles (experiment H.2c)."""
    return tuple(
        Column(
            f"from {source}",
            "unchanged" if run.latents.edits[place].targets == (source,) else "",
            source,
            _with(run, place, Transfer, source=source),
            model,
        )
        for source in sources
    )


def over_steps(run: Run, model: ModelInfo, steps: Sequence[int] = STEPS) -> tuple[Column, ...]:
    """The same latents in so many steps (fig. 5.1), the Run's own among them, without those in which an edit has no
    place.
    """
    columns = []
    for count in sorted({*steps, run.schedule.steps}):
        varied = run.model_copy(update={"schedule": run.schedule.model_copy(update={"steps": count})})
        if not any(misplaced(edit, varied, model.data_shape) for edit in run.latents.edits):
            columns.append(Column(f"{count} steps", "", count, varied, model))
    return tuple(columns)


def over_models(run: Run, model: ModelInfo, others: Sequence[ModelInfo], most: int = COLUMNS) -> tuple[Column, ...]:
    """The same latents through `model` and those of `others` that can draw them, in their order (experiments H.1a and
    H.1b); the latents are the same because they depend on seed and particle alone.
    """
    found: dict[str, Column] = {}
    for info in (model, *others):
        if info.data_shape != model.data_shape or len(found) == most:
            continue
        varied = offers.carried_over(run, info)
        refused = offers.refusal(run.sampler.name, info, varied) or offers.unguided(varied, info)
        if info is model or not refused:
            found.setdefault(info.reference.sha256, Column(info.title, info.data, info.reference.sha256, varied, info))
    order = [info.reference.sha256 for info in others]
    return tuple(sorted(found.values(), key=lambda column: order.index(column.value) if column.value in order else -1))


def _with(run: Run, place: int, kind: type[Regional], **values: Any) -> Run:
    """The Run with other settings of the edit at that place, which is of that kind."""
    edits = list(run.latents.edits)
    assert isinstance(edits[place], kind)
    edits[place] = edits[place].model_copy(update=values)
    return run.model_copy(update={"latents": run.latents.model_copy(update={"edits": tuple(edits)})})


def _reach(run: Run, data_shape: Sequence[int], place: int) -> tuple[float, float]:
    """The deviation of the latent's mean where the edit at that place is, and the default end of its lambda."""
    edit = run.latents.edits[place]
    assert isinstance(edit, Regional)
    return measure.reach(data_shape, edit.mask, edit.channel)


def _rounded(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits}g}")


def _number(value: float, digits: int = 3) -> str:
    return f"{_rounded(value, digits):g}".replace("-", "−")


# -- drawing ---------------------------------------------------------------------------------------------------------


def draw(
    strip: Strip, load: Callable[[ModelInfo], Model], interrupted: Callable[[], bool] = lambda: False
) -> Iterator[Sheet]:
    """The sheet of `strip` as it grows, with each Step of each column; `load` builds a model.

    Neighbouring columns that differ in edits alone grow together, the others one after the other. Raises `InputError`
    where a column is refused; `Interrupted`.
    """
    from engine.variants import variants

    columns, shown = strip.columns, len(strip.particles)
    whole: list[Pictures | None] = [None] * len(columns)
    total = sum(column.run.schedule.steps + 1 for column in columns)
    sheet = Sheet((None,) * len(columns), (False,) * len(columns), {}, 0, total)
    first = 0
    for _, group in groupby(columns, key=lambda column: column.model.reference):
        alike = list(group)
        runs = [column.run for column in alike]
        for place, step in variants(runs, load(alike[0].model), strip.drawn, interrupted=interrupted):
            last, place = step.index == runs[place].schedule.steps, first + place
            whole[place] = step.estimate.cpu().numpy().astype(np.float32)
            sheet = dataclasses.replace(
                sheet,
                pictures=tuple(None if each is None else each[:shown] for each in whole),
                finished=tuple(done or (last and at == place) for at, done in enumerate(sheet.finished)),
                correlations={
                    **sheet.correlations,
                    **(_correlations(whole, sheet.finished, place) if last and strip.compared else {}),
                },
                done=sheet.done + 1,
            )
            yield sheet
        first += len(alike)


def _correlations(
    whole: Sequence[Pictures | None], finished: Sequence[bool], place: int
) -> dict[frozenset[int], Correlation]:
    """Of the column at that place with each finished one; none where there are too few particles."""
    one = whole[place]
    if one is None or len(one) < FEWEST:
        return {}
    others = [(at, other) for at, other in enumerate(whole) if finished[at] and other is not None]
    return {frozenset((place, at)): correlation(one, other) for at, other in others}


def brightness(pictures: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean of each picture of [P, C, H, W], which is in [-1, 1] and cut beyond, on [0, 1]: [P]."""
    means: NDArray[np.float64] = (np.clip(pictures, -1, 1).mean(axis=(1, 2, 3), dtype=np.float64) + 1) / 2
    return means
