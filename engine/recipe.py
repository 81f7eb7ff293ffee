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
from engine.settings.edits import Edit, Intensity, Interpolate, Move, Region, Regional, Set, Transfer
from engine.settings.references import MaskReference, Reference

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
    """What tells Runs apart at a glance: "circle · heun 22 · k_PG 3 iou · seed 0 · example 3 · photo.png · 2 edits"."""
    sampler, seed = f"{run.sampler.name} {run.schedule.steps}", f"seed {run.latents.seed}"
    edits = run.latents.edits
    by_hand = [edited(edits[0]) if len(edits) == 1 else f"{len(edits)} edits"] if edits else []
    outside = [f"outside {kept(run.region)}"] if run.region.outside != "free" else []
    return " · ".join([run.model.label, sampler, *_guided(run), seed, *_given(run), *_picture(run), *by_hand, *outside])


def as_text(run: Run) -> str:
    """The Run in short lines, one a setting, each with its symbol."""
    lines = [
        ("Model", run.model.label),
        ("  SHA-256", run.model.sha256[:12]),
        *_lines(run.latents),
        *(("Picture", label) for label in _picture(run)),
        *(("Edited", edited(edit)) for edit in run.latents.edits),
        *([("Outside", kept(run.region))] if run.region.outside != "free" else []),
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

    The files of pictures and frames, and of masks under their labels as PNG, have to lie where the command is given; a
    latent is found by inverting its picture again.
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
    names = [name for name in {**left, **right} if left.get(name) != right.get(name)]
    alike = {name for name in names if name in left and name in right and _plain(left[name]) == _plain(right[name])}
    sides = (
        ", ".join(f"{n} {_plain(side[n], exact=n in alike)}" for n in names if n in side) for side in (left, right)
    )
    return " | ".join(sides) if names else ""


def given(condition: Condition) -> str:
    """What particles are given, in words: "example 3", or "each group its own of horizontal 7, frames 3 to 5"."""
    words = {"each": "each its own example", "group": "each group its own example"}
    example = words.get(str(condition.example), f"example {condition.example}")
    if condition.frames is None:
        return example
    return condition.frames.label if condition.example == 0 else f"{example} of {condition.frames.label}"


def edited(edit: Edit, *, exact: bool = False) -> str:
    """An edit in words: "intensity λ +0.1 through eyes, particles 3, 4, at step 7".

    With `exact` numbers are whole, and what it names bears the beginning of its SHA-256.
    """
    if isinstance(edit, Move):
        to = ", ".join(_plain(value) if exact else f"{value:.3g}" for value in edit.to)
        return f"move {edit.particle} at step {edit.step} to ({to})"
    assert isinstance(edit, Regional)
    channel = "" if edit.channel is None else f" in channel {edit.channel}"
    where = channel if edit.mask is None else f"{channel} through {_plain(edit.mask, exact=exact)}"
    particles = [] if edit.particles is None else [_numbered("particle", edit.particles)]
    step = [f"at step {edit.step}"] if edit.step else []
    match edit:
        case Intensity():
            strength = _plain(edit.strength).replace("-", "−")
            words = [f"intensity λ {'+' if edit.strength >= 0 else ''}{strength}{where}", *particles]
        case Transfer():
            to = "all" if edit.particles is None else ", ".join(map(str, edit.particles))
            words = [f"transfer from {edit.source} to {to}{where}", *(["both ways"] if edit.swap else [])]
        case Interpolate():
            one, other = edit.between
            words = [f"between {one} and {other}{where}", f"{_plain(round(100 * edit.share, 10))} %", *particles]
        case Set():
            words = [f"latent of {_plain(edit.latent, exact=exact)}{where}", *particles]
        case _:
            words = [f"{edit.kind}{where}", *particles]
    return ", ".join([*words, *step])


def kept(region: Region, *, exact: bool = False) -> str:
    """What happens outside of the mask, in words: "free", or "of eyes locked, to digits 17"."""
    if region.outside == "free" or region.mask is None:
        return "free"
    known = "" if region.picture is None else f", to {_plain(region.picture, exact=exact)}"
    return f"of {_plain(region.mask, exact=exact)} {region.outside}{known}"


def _numbered(word: str, numbers: tuple[int, ...]) -> str:
    """Numbers with their word: "particle 3", "particles 3, 4"."""
    return f"{word}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _guided(run: Run) -> list[str]:
    """How strongly particles act on each other, and through what, where they do."""
    return [f"k_PG {_plain(run.guidance.k_pg)} {run.guidance.kernel}"] if run.guided else []


def _given(run: Run) -> list[str]:
    """Those words where they differ from the default, which is also what a model without a condition has."""
    return [] if run.condition == Condition() else [given(run.condition)]


def _picture(run: Run) -> list[str]:
    """The name of the picture that the Run starts from, if there is one."""
    return [] if run.latents.picture is None else [run.latents.picture.label]


def _flat(run: Run) -> dict[str, Any]:
    """Every setting by its name on the command line; what may be named only where it is."""
    flat: dict[str, Any] = {"model": run.model}
    for group in _GROUPS:
        for name, value in getattr(run, group):
            flat[group if name == "name" else name.replace("_", "-")] = value
    flat["group"] = flat["group"] or "all"
    flat |= {"outside": run.region.outside, "mask": run.region.mask, "known": run.region.picture}
    named = {name: value for name, value in flat.items() if value is not None}
    return {**named, "precision": run.precision, "block": run.block}


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    text = _plain(value)
    if name == "edits":
        text = json.dumps([_json(edit) for edit in value], separators=(",", ":"), ensure_ascii=False)
    elif isinstance(value, MaskReference):
        text = _file(value)
    return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]


def _lines(group: Frozen, indent: str = "") -> list[tuple[str, str]]:
    """The fields of a group that have a title, with their values."""
    fields = type(group).model_fields
    values = {title: value for name, value in group if (title := fields[name].title)}
    words = {UNBOUNDED: "no limit", None: "all"}
    return [(indent + title, words.get(value) or _plain(value)) for title, value in values.items()]


def _json(edit: Edit) -> dict[str, Any]:
    """The edit as in a run.json, without the defaults, and with names of files and pictures for what it names."""
    values = edit.model_dump(mode="json", exclude_defaults=True)
    if isinstance(edit, Regional) and edit.mask is not None:
        values["mask"] = _file(edit.mask)
    if isinstance(edit, Set):
        values.pop("picture", None)
        values["latent"] = (edit.picture or edit.latent).label
    return values


def _file(mask: MaskReference) -> str:
    return f"{mask.label}.png"


def _plain(value: Any, *, exact: bool = False) -> str:
    """A value as short as it can be written without changing it; what is named bears, if `exact`, its SHA-256 too."""
    if value is None:
        return "the model's own"
    if isinstance(value, tuple):
        return "; ".join(edited(edit, exact=exact) for edit in value) or "none"
    if isinstance(value, Reference):
        return f"{value.label} ({value.sha256[:8]})" if exact else value.label
    if not isinstance(value, float):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
