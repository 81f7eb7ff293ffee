"""Samplers side by side: those that an experiment can name, what they evaluate, which of them are here. No torch.

Used by experiments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pydantic import AfterValidator

from engine import offers
from engine.errors import InputError
from engine.experiments.experiment import Cell
from engine.models.catalogue import ModelInfo
from engine.settings import Settings
from engine.settings.samplers import ODESettings, PredictorCorrectorSettings


def evaluations(sampler: Settings, steps: int) -> int:
    """How often `sampler` evaluates the model in so many steps, the last of which leads to 0; about, if it is adaptive.

    A test holds it against what each of them does.
    """
    if isinstance(sampler, ODESettings):
        return sampler.per_step * (steps - 1) + 1
    if isinstance(sampler, PredictorCorrectorSettings):
        return steps + sampler.corrections * (steps - 1)
    return {"heun": 2 * steps - 1, "pndm": steps + (steps > 1)}.get(sampler.name, steps)


def within(sampler: Settings, budget: int) -> int:
    """The most steps that take `budget` evaluations or fewer; 0 where one step takes more."""
    return next((steps for steps in range(budget, 0, -1) if evaluations(sampler, steps) <= budget), 0)


def among(entries: Collection[str]) -> AfterValidator:
    """For the type of a plan's names: refuses one that is none of the entries or comes twice."""

    def known(names: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for name in names:
            if name not in entries:
                raise ValueError(f"{name!r:.40} is not known; choose from: {', '.join(entries)}")
            if name in seen:
                raise ValueError(f"{name!r} comes twice: name it once")
            seen.add(name)
        return names

    return AfterValidator(known)


def some(cells: list[Cell], absent: Mapping[str, str]) -> list[Cell]:
    """`cells`. Raises `InputError` where there are none: `absent` is what `refused` gave of those that were named."""
    if not cells:
        raise InputError(next(iter(absent.values()), "The plan holds nothing to measure: name one of each at least."))
    return cells


def refused(names: Iterable[str], entries: Mapping[str, Settings], model: ModelInfo) -> dict[str, str]:
    """Those of `names` that cannot run, or not on `model`, each with the sentence why."""
    reasons = {name: offers.refusal(entries[name].name, model) for name in names}
    return {name: reason for name, reason in reasons.items() if reason}


def told(absent: Mapping[str, str]) -> list[str]:
    """What `refused` gave as sentences, one a reason."""
    return [
        f"Left out: {', '.join(name for name in absent if absent[name] == reason)}. {reason}"
        for reason in dict.fromkeys(absent.values())
    ]


def rounded(value: float) -> float:
    """Six digits, which repeat on one machine whatever the order of a sum."""
    return float(f"{value:.6g}")
