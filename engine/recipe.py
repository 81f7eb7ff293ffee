"""Recipe: a Run in words, as a command and as a script. No torch; called by the window and by whatever titles a figure.

Nothing of a Run is pasted as it stands: the command is quoted for the shell, the script holds only the `repr` of
validated values.
"""

from __future__ import annotations

import json
import shlex
from pprint import pformat
from typing import Any

from engine.run import Condition, Run
from engine.settings import UNBOUNDED, Frozen
from engine.settings.edits import Edit, Move

_GROUPS = ("latents", "condition", "schedule", "sampler", "guidance")

_SCRIPT = '''\
"""Draws one Run with Latent Loupe's engine alone; saves x_T and x0 [N, ...], and the picture where x0 is one."""

import numpy
from PIL import Image

from engine import models
from engine.analysis.pictures import contact_sheet, is_picture, to_uint8
from engine.execute import execute
from engine.run import parse

run = parse(
{run}
)
model = models.load({model})  # or the path of a checkpoint
steps = execute(run, model)
first = last = next(steps)
for last in steps:
    print(f"step {{last.index}}: sigma {{last.sigma:.3g}}")
x0 = last.x.cpu().numpy()
name = {name}
numpy.savez(f"{{name}}.npz", x_T=first.x.cpu().numpy(), x0=x0)
if is_picture(model.data_shape):
    Image.fromarray(contact_sheet(to_uint8(x0))).save(f"{{name}}.png")
'''


def title(run: Run) -> str:
    """What tells Runs apart at a glance: "circle · heun 22 · k_PG 3 iou · seed 0 · example 3 · photo.png"."""
    sampler, seed = f"{run.sampler.name} {run.schedule.steps}", f"seed {run.latents.seed}"
    return " · ".join([run.model.label, sampler, *_guided(run), seed, *_given(run), *_picture(run)])


def as_text(run: Run) -> str:
    """The Run in short lines, one a setting, each with its symbol."""
    lines = [
        ("Model", run.model.label),
        ("  SHA-256", run.model.sha256[:12]),
        *_lines(run.latents),
        *(("Picture", label) for label in _picture(run)),
        *(("Edited", _edited(edit)) for edit in run.latents.edits),
        *(("Given", text) for text in _given(run)),
        ("Schedule", run.schedule.label),
        *_lines(run.schedule, "  "),
        ("Sampler", run.sampler.label),
        *_lines(run.sampler, "  "),
        *([("Guidance", "particle guidance"), *_lines(run.guidance, "  ")] if run.guided else []),
        ("Precision", _plain(run.precision)),
        ("Block", _plain(run.block)),
    ]
    return "\n".join(f"{name:<10} {value}" for name, value in lines)


def as_command(run: Run) -> str:
    """`latent-loupe sample ...` with what differs from the defaults, quoted for a POSIX shell: the same Run.

    A picture's file has to lie where the command is given.
    """
    plain = Run(model=run.model)
    kinds = {"schedule": {"name": run.schedule.name}, "sampler": {"name": run.sampler.name}}
    same_kinds = Run.model_validate({"model": run.model, **kinds})
    defaults = {**_flat(same_kinds), "schedule": plain.schedule.name, "sampler": plain.sampler.name, "model": None}
    said = {name: value for name, value in _flat(run).items() if value != defaults.get(name)}
    words = [word for name, value in said.items() for word in _option(name, value)]
    return shlex.join(["latent-loupe", "sample", *words])


def as_python(run: Run) -> str:
    """A script that draws the Run with `engine` alone and writes x_T, x0 and picture to files named by its digest.

    What the Run names it carries. Raises as `Run.to_dict`.
    """
    values = pformat(run.to_dict(), width=100, sort_dicts=False)
    indented = "\n".join(f"    {line}" for line in values.splitlines())
    return _SCRIPT.format(run=indented, model=repr(run.model.label), name=repr(f"run-{run.digest[:12]}"))


def difference(a: Run, b: Run) -> str:
    """What differs, A's side first: "churn 0 | churn 5". Empty for equal Runs."""
    left, right = _flat(a), _flat(b)
    for name, one, other in (("model", a.model, b.model), ("picture", a.latents.picture, b.latents.picture)):
        if one and other and one.label == other.label and one != other:
            left[name], right[name] = (f"{named.label} ({named.sha256[:8]})" for named in (one, other))
    names = [name for name in {**left, **right} if left.get(name) != right.get(name)]
    sides = (", ".join(f"{n} {_plain(side[n])}" for n in names if n in side) for side in (left, right))
    return " | ".join(sides) if names else ""


def given(condition: Condition) -> str:
    """What particles are given, in words: "example 3"."""
    return "each its own example" if condition.example == "each" else f"example {condition.example}"


def _guided(run: Run) -> list[str]:
    """How strongly particles act on each other, and through what, where they do."""
    return [f"k_PG {_plain(run.guidance.k_pg)} {run.guidance.kernel}"] if run.guided else []


def _edited(edit: Edit) -> str:
    """An edit in words: "move 3 at step 5 to (0.12, -1)"."""
    if isinstance(edit, Move):
        return f"move {edit.particle} at step {edit.step} to ({', '.join(f'{value:.3g}' for value in edit.to)})"
    return edit.kind


def _given(run: Run) -> list[str]:
    """Those words where they differ from the default, which is also what a model without a condition has."""
    return [] if run.condition == Condition() else [given(run.condition)]


def _picture(run: Run) -> list[str]:
    """The name of the picture that the Run starts from, if there is one."""
    return [] if run.latents.picture is None else [run.latents.picture.label]


def _flat(run: Run) -> dict[str, Any]:
    """Every setting by its name on the command line; a picture only where there is one."""
    flat: dict[str, Any] = {"model": run.model.label}
    for group in _GROUPS:
        for name, value in getattr(run, group):
            flat[group if name == "name" else name.replace("_", "-")] = value
    if flat.pop("picture") is not None:
        (flat["picture"],) = _picture(run)
    flat["group"] = flat["group"] or "all"
    return {**flat, "precision": run.precision, "block": run.block}


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    text = _json(value) if name == "edits" else _plain(value)
    return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]


def _lines(group: Frozen, indent: str = "") -> list[tuple[str, str]]:
    """The fields of a group that have a title, with their values."""
    fields = type(group).model_fields
    values = {title: value for name, value in group if (title := fields[name].title)}
    words = {UNBOUNDED: "no limit", None: "all"}
    return [(indent + title, words.get(value) or _plain(value)) for title, value in values.items()]


def _json(edits: tuple[Edit, ...]) -> str:
    """The edits as they stand in a run.json, without the defaults, in one line."""
    return json.dumps([edit.model_dump(mode="json", exclude_defaults=True) for edit in edits], separators=(",", ":"))


def _plain(value: Any) -> str:
    """A value as short as it can be written without changing it."""
    if value is None:
        return "the model's own"
    if isinstance(value, tuple):
        return "; ".join(map(_edited, value)) or "none"
    if not isinstance(value, float):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
