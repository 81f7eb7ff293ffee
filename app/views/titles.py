"""Titles: what tells two compared Runs apart, in a few words. Called by `canvas.Canvas`."""

from __future__ import annotations

from typing import Any

from app.views.numerals import significant
from engine import recipe
from engine.run import Run
from engine.settings import UNBOUNDED, Frozen
from engine.settings.references import Reference


def compared(a: Run, b: Run) -> tuple[str, str]:
    """A line for A and one for B: every setting in which they differ, then the sampler with its steps, which stands
    first where it differs too: the end of a line may have no room.
    """
    first, second = _flat(a), _flat(b)
    keys = [key for key in (*first, *second) if first.get(key) != second.get(key) and key not in ("steps", "sampler")]
    same = _sampler(first) == _sampler(second)
    return _line("A", first, keys, same), _line("B", second, keys, same)


def _line(letter: str, values: dict[str, Any], keys: list[str], same: bool) -> str:
    differs = [f"{key} {_text(values[key])}" for key in dict.fromkeys(keys) if key in values]
    return " · ".join([letter, *differs, _sampler(values)] if same else [letter, _sampler(values), *differs])


def _sampler(values: dict[str, Any]) -> str:
    return f"{values['sampler']} {values['steps']}"


def _flat(run: Run) -> dict[str, Any]:
    """The settings of `run` by the names people know them by."""
    values: dict[str, Any] = {
        "sampler": run.sampler.name,
        "model": run.model.label,
        "schedule": run.schedule.name,
    }
    for group in (run.latents, run.condition, run.schedule, run.sampler, run.guidance):
        values |= _named(group)
    values["Group size"] = run.latents.group or "all"
    values["outside"] = recipe.kept(run.region)
    values["steps"] = run.schedule.steps
    if run.precision is not None:
        values["precision"] = run.precision
    return values


def _named(group: Frozen) -> dict[str, Any]:
    titles = {key: field.title or key for key, field in type(group).model_fields.items()}
    return {t.lower() if (t := titles[key]).isalpha() else t: value for key, value in group if key != "name"}


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return recipe.edited(value[0]) if len(value) == 1 else str(len(value) or "none")
    if value is None or isinstance(value, Reference):
        return "none" if value is None else value.label
    if isinstance(value, float):
        return "∞" if value >= UNBOUNDED else significant(value) if value % 1 else f"{value:.0f}"
    return str(value)
