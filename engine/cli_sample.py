"""`latent-loupe sample`: its options, and the Run that they say, with what they name found in files. Called by `cli`.

Torch is imported only once the arguments are known to be right.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from pydantic import ValidationError

from engine import frames, mask, models, options, picture
from engine.analysis.pictures import is_picture
from engine.data import items, sequences
from engine.edits import misplaced
from engine.errors import InputError
from engine.latents import stored
from engine.run import REGISTRIES, Condition, Latents, ModelReference, PictureReference, Run, explain, parse
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, GuidanceSettings
from engine.settings.edits import Region
from engine.settings.references import FramesReference, MaskReference

if TYPE_CHECKING:
    from torch import Tensor
    from tqdm import tqdm

    from engine.models import Model
    from engine.trajectory import Trajectory

WHERE = "latent-loupe sample"
"""With what a refusal begins."""

ITEM = "A file; or one of the model's data, such as 'digits 17'."

FRAMES = (
    "A PNG in grey, an example a row and its frames side by side; or those of a sequence like the model's data, such "
    "as 'circle 7, frame 0' or 'horizontal 7, frames 3 to 5'."
)

EDITS = (
    'A list as in a run.json, such as \'[{"kind": "intensity", "strength": 0.5, "mask": "eyes.png"}]\'. A mask may be '
    "named by its file, and a latent by the file of its picture, or 'digits 17', which is inverted."
)


def add_options(sample: argparse.ArgumentParser) -> None:
    """An option for each setting of a Run."""
    sample.add_argument("--model", required=True, metavar="NAME|PATH", help="one of `models`, or a checkpoint's file")
    sample.add_argument("--out", type=Path, default=Path("run.npz"), metavar="FILE", help="default run.npz")
    sample.add_argument("--record", action="store_true", help="also write every step's states and evaluations")
    start = sample.add_argument_group("latents")
    options.add_fields(start, Latents, leave_out=("picture", "edits"), none="all")
    for name, metavar, more in (("picture", "FILE|ITEM", ITEM), ("edits", "JSON", EDITS)):
        start.add_argument(f"--{name}", metavar=metavar, help=f"{Latents.model_fields[name].description} {more}")
    _add_condition(sample.add_argument_group("condition"))
    for group, registry in REGISTRIES.items():
        options.add_kinds(sample, group, registry, Run.model_fields[group].default.name)
    options.add_fields(sample.add_argument_group("guidance"), GuidanceSettings)
    _add_region(sample.add_argument_group("region"))
    arithmetic = sample.add_argument_group("arithmetic")
    for name in ("precision", "block"):
        options.add_field(arithmetic, name, Run.model_fields[name])


def _add_condition(condition: argparse._ArgumentGroup) -> None:
    fields = Condition.model_fields
    options.add_field(condition, "example", fields["example"])
    condition.add_argument("--frames", metavar="FILE|FRAMES", help=f"{fields['frames'].description} {FRAMES}")


def _add_region(region: argparse._ArgumentGroup) -> None:
    fields = Region.model_fields
    options.add_field(region, "outside", fields["outside"])
    region.add_argument(
        "--mask", metavar="FILE", help=f"{fields['mask'].description} A picture's file: white is inside."
    )
    region.add_argument("--known", metavar="FILE|ITEM", help=f"{fields['picture'].description} {ITEM}")
    region.add_argument(
        "--resample-masks", action="store_true", help="bring masks of another size to that of the model's pictures"
    )


def sample(arguments: argparse.Namespace) -> None:
    """Draw the Run that the options say, into a run.npz."""
    from engine import output

    asked = given(arguments)
    # Checked before the model is loaded, which may take long.
    output.check_target(arguments.out)
    _checked(asked)
    model = models.load(arguments.model)
    run = _run(asked, model, arguments.resample_masks)
    run.to_json()  # what is too large for a file is refused now and not when all is drawn
    if arguments.record:
        from engine.execute import check_memory

        check_memory(run, model, run.schedule.steps)
    tell([output.write_npz(arguments.out, drawn(run, model, keep_all=arguments.record), recorded=arguments.record)])


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options given, in the groups of a Run; files and items are still named by what was typed.

    Raises `InputError` for one that belongs to another kind of sampler or schedule, and for edits that are no JSON.
    """
    groups: dict[str, Any] = {
        "latents": {"picture": arguments.picture},
        "condition": {"frames": arguments.frames},
        "schedule": {"name": arguments.schedule},
        "sampler": {"name": arguments.sampler},
        "guidance": {},
        "region": {"mask": arguments.mask, "picture": arguments.known},
    }
    fields = {
        "latents": Latents.model_fields,
        "condition": Condition.model_fields,
        "schedule": SCHEDULE_SETTINGS[arguments.schedule].model_fields,
        "sampler": SAMPLER_SETTINGS[arguments.sampler].model_fields,
        "guidance": GuidanceSettings.model_fields,
        "region": Region.model_fields,
    }
    plain = {"precision": arguments.precision, "block": arguments.block}
    handled = {*plain, *groups, "command", "model", "out", "record", "picture", "edits", "frames", "mask", "known"}
    for name, value in vars(arguments).items():
        if value is None or name in {*handled, "resample_masks"}:
            continue
        owners = [group for group in groups if name in fields[group]]
        if not owners:
            raise InputError(
                f"--{name.replace('_', '-')} is no setting of the sampler {arguments.sampler} "
                f"or the schedule {arguments.schedule}: leave it out."
            )
        groups[owners[0]][name] = value
    if arguments.edits is not None:
        groups["latents"]["edits"] = _json(arguments.edits, "--edits")
    return groups | plain


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{option} is not JSON: give a list as `edits` in a run.json, in quotes.") from error


# -- what texts name -------------------------------------------------------------------------------------------------


def _checked(asked: dict[str, Any]) -> Run:
    """The Run, with a stand-in for whatever a text names. Raises `InputError` for what is wrong whatever that is."""
    content = copy.deepcopy(asked)
    for holder, key in _named(content):
        holder[key] = {"label": "named", "sha256": "0" * 64}
    try:
        return Run.model_validate({**content, "model": ModelReference(label="model", sha256="0" * 64)})
    except ValidationError as error:
        raise InputError(explain(error, WHERE)) from error


def _named(content: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Where a text names a mask, a picture, a latent or frames: what has it, and under which key."""
    edits = content["latents"].get("edits")
    holders = [content["latents"], content["condition"], content["region"], *(edits if isinstance(edits, list) else [])]
    return [
        (holder, key)
        for holder in holders
        for key in ("mask", "picture", "latent", "frames")
        if isinstance(holder, dict) and isinstance(holder.get(key), str)
    ]


def _run(asked: dict[str, Any], model: Model, resample: bool) -> Run:
    """The Run that was asked for, with what its texts name."""
    stand_in = _checked(asked)
    for edit in stand_in.latents.edits:
        if reason := misplaced(edit, stand_in, model.data_shape):
            raise InputError(reason)
    content = copy.deepcopy(asked)
    for holder, key in _named(content):
        if key == "mask":
            holder[key] = _mask(holder[key], model, resample)
        elif key == "picture":
            holder[key] = _picture(holder[key], model)
        elif key == "frames":
            holder[key] = _frames(holder[key], model)
    _invert(content, model)
    return _build(content, model.reference)


def _build(content: dict[str, Any], reference: ModelReference) -> Run:
    return parse({**content, "model": reference}, WHERE)


def _mask(text: str, model: Model, resample: bool) -> MaskReference:
    """The mask in the file `text`, under the file's name."""
    path, size = Path(text), model.data_shape[1:]
    pixels = mask.of_file(path)
    if is_picture(model.data_shape) and (problem := mask.mismatch(pixels, size)):
        if not resample:
            raise InputError(f"{path.name} is {problem}: give --resample-masks too, or another mask.")
        pixels = mask.resampled(pixels, *size)
    return mask.keep(pixels, path.stem)


def _picture(text: str, model: Model) -> PictureReference:
    """The picture in the file `text`, or the one of the model's data that bears that name."""
    info = models.find(model.reference)
    known = None if info is None else items.of(info)
    number = None if known is None or os.path.exists(text) else known.number(text)
    if info is not None and number is not None:
        return picture.of_item(info, number)[0]
    reference, note = picture.of_file(Path(text), model.data_shape)
    if note:
        print(f"{text}: {note}", file=sys.stderr)
    return reference


def _frames(text: str, model: Model) -> FramesReference:
    """The frames in the file `text`, or those of a sequence like the model's data that are called so."""
    info = models.find(model.reference)
    known = None if info is None else sequences.of(info)
    if info is None or known is None or os.path.exists(text):
        return frames.of_file(Path(text), model.cond_shape)
    place = known.place(text)
    if place is None:
        raise InputError(
            f"{text} is neither a file nor frames of a sequence: name a PNG, or frames such as {known.name(7, 0)!r}."
        )
    return frames.of_sequence(info, *place)


def _invert(content: dict[str, Any], model: Model) -> None:
    """Put, for each picture whose latent is asked for, both into its edit."""
    edits = [holder for holder, key in _named(content) if key == "latent"]
    if not edits:
        return
    import torch

    from engine.latents.inversion import invert

    run = _build({**content, "latents": {**content["latents"], "edits": []}, "region": {}}, model.reference)
    wanted = list(dict.fromkeys((edit["latent"], _first(edit)) for edit in edits))
    pictures = [_picture(text, model) for text, _ in wanted]
    x0 = torch.from_numpy(np.stack([picture.values(reference, model.data_shape) for reference in pictures]))
    latents = _awaited(invert(x0, run, model, [particle for _, particle in wanted]), "inverting")
    for edit in edits:
        place = wanted.index((edit["latent"], _first(edit)))
        edit["latent"] = stored.keep(latents[place].cpu().numpy(), pictures[place].label)
        edit.setdefault("picture", pictures[place])


def _first(edit: dict[str, Any]) -> int:
    """The first of the particles that an edit changes, whose condition its picture is inverted with."""
    particles: list[int] = edit.get("particles") or [0]
    return particles[0]


# -- carrying it out -------------------------------------------------------------------------------------------------


def drawn(run: Run, model: Model, *, keep_all: bool) -> Trajectory:
    """The whole Trajectory, with every Step in memory or only the first and the last; a bar on stderr meanwhile."""
    from engine.execute import record

    steps: Iterator[Trajectory] = record(run, model, budget=sys.maxsize if keep_all else 0)
    with progress_bar(run.schedule.steps + 1, "step", run.model.label) as bar:
        for trajectory in steps:
            bar.update(trajectory.available - bar.n)
    return trajectory


def _awaited(work: Generator[float, None, Tensor], what: str) -> Tensor:
    """What `work`, which yields the share done, comes to; a bar on stderr meanwhile."""
    with progress_bar(100, "%", what) as bar:
        while True:
            try:
                bar.update(round(100 * next(work)) - bar.n)
            except StopIteration as end:
                result: Tensor = end.value
                return result


def progress_bar(total: int, unit: str, what: str) -> tqdm[NoReturn]:
    """A bar on stderr, if that is a terminal."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # or it starts a thread of its own
    return tqdm(total=total, unit=unit, disable=None, leave=False, desc=what)


def tell(paths: Sequence[Path]) -> None:
    """Print what was written, one path a line."""
    for path in paths:
        print(path)
