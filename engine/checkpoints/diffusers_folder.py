"""A folder that diffusers wrote: a pipeline of a `UNet2DModel` and a scheduler, or the model with a scheduler's JSON.

Called by `opening`. Only JSON and safetensors are read; what is in another form is refused with how to convert it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.checkpoints.configuration import configure
from engine.checkpoints.files import JSON, MAX_JSON, WEIGHTS, build, json_path, weights_path
from engine.errors import InputError
from engine.models.diffusers_settings import SchedulerSettings, UNet2DSettings
from engine.reading import parsed, read
from engine.run import explain

if TYPE_CHECKING:
    from engine.models import Model

INDEX, NETWORK, SCHEDULER = "model_index.json", "config.json", "scheduler_config.json"

SCHEDULERS = (
    "DDPMScheduler",
    "DDIMScheduler",
    "PNDMScheduler",
    "LMSDiscreteScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DEISMultistepScheduler",
    "UniPCMultistepScheduler",
)
"""Those of a variance-preserving schedule with the same defaults; only the first two limit x0 unless told not to."""

Value = TypeVar("Value", bound=BaseModel)

_CLASS = "_class_name"

_OLD_NAMES = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""What the layers of attention are called today, by their names before diffusers 0.17, which many files still have."""


def belongs(path: Path) -> bool:
    """Whether `path` is a folder, or a JSON or weights of diffusers rather than of ours."""
    if path.is_dir():
        return True
    if path.suffix == JSON:
        return not weights_path(path).exists() and bool({_CLASS, "weight_map"} & _fields_if_any(path).keys())
    return (
        path.suffix in (WEIGHTS, ".bin")
        and not json_path(path).exists()
        and _CLASS in _fields_if_any(path.parent / NETWORK)
    )


def open_folder(path: Path) -> Model:
    """The model in the folder `path`, or in the one that the file `path` is of.

    The scheduler's JSON may stand in the folder, in `scheduler` in it or beside it. Raises `InputError`, one sentence,
    if something is missing, damaged, no UNet2DModel, or would need code to be read.
    """
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    unet = _network(folder)
    root = unet.parent if (unet.parent / INDEX).is_file() else unet
    label = re.sub(r"[/\\]|[^\S ]", "_", root.name)[:200] or "model"
    if (root / INDEX).is_file():
        _check_parts(_fields(root / INDEX), label)
    config = _fields(unet / NETWORK)
    kind = config.get(_CLASS)
    if kind != "UNet2DModel":
        raise InputError(f"{label} holds a {kind!r:.60}: choose a model of the class UNet2DModel.")
    network = _validated(UNet2DSettings, _public(config), f"{label}: {NETWORK}")
    scheduler = _scheduler(_find_scheduler(unet, label), label)
    weights = path if path.suffix in (WEIGHTS, ".bin") else _weights(unet)
    if weights.suffix != WEIGHTS:
        raise InputError(
            f"{weights.name} could only be read by running code in it: where you trust it, convert it by "
            'UNet2DModel.from_pretrained("FOLDER").save_pretrained("FOLDER", safe_serialization=True).'
        )
    configuration = configure("diffusers-unet", label, network.data_shape, network=network, scheduler=scheduler)
    return build(configuration, weights, _renamed)


def _network(folder: Path) -> Path:
    """The folder with the network's config.json: `folder`, `unet` in it or, from the scheduler's folder, beside it."""
    roots = (folder, folder.parent) if (folder / SCHEDULER).is_file() else (folder,)
    places = [place for root in roots for place in (root / "unet", root)]
    found = next((place for place in places if (place / NETWORK).is_file()), None)
    if found is not None:
        return found
    if (folder / INDEX).is_file():
        _check_parts(_fields(folder / INDEX), folder.name)
    raise InputError(
        f"{folder.name} is a folder without a model of diffusers: choose one with a {INDEX} or the {NETWORK} of a "
        "UNet2DModel, or a checkpoint's file."
    )


def _check_parts(index: Mapping[str, Any], label: str) -> None:
    """Raise `InputError` if a pipeline has other parts than a network and a scheduler."""
    parts = [name for name, part in index.items() if isinstance(part, list) and part != [None, None]]
    other = sorted(set(parts) - {"unet", "scheduler"})
    if other:
        raise InputError(
            f"{label} is a {index.get(_CLASS)!r:.60} with {', '.join(other)[:100]}: choose a pipeline of a UNet2DModel "
            "and a scheduler alone."
        )


def _find_scheduler(unet: Path, label: str) -> Path:
    places = [place for root in (unet, unet.parent) for place in (root, root / "scheduler")]
    found = next((place / SCHEDULER for place in places if (place / SCHEDULER).is_file()), None)
    if found is None:
        raise InputError(
            f"{label} has no {SCHEDULER}, which says the noise levels: put it into the folder, "
            'e.g. by DDPMScheduler(...).save_pretrained("FOLDER") with the settings of its training.'
        )
    return found


def _scheduler(path: Path, label: str) -> SchedulerSettings:
    """What matters of a scheduler's JSON, with the defaults of its class."""
    fields = _fields(path)
    kind = fields.get(_CLASS)
    if kind not in SCHEDULERS:
        raise InputError(
            f"{label}: its scheduler is a {kind!r:.60}, whose levels are not known here: "
            f"write the {SCHEDULER} of a {', '.join(SCHEDULERS[:2])} or {SCHEDULERS[2]} that has its betas."
        )
    known = {key: value for key, value in fields.items() if key in SchedulerSettings.model_fields}
    return _validated(SchedulerSettings, {"clip_sample": kind in SCHEDULERS[:2], **known}, f"{label}: {SCHEDULER}")


def _weights(unet: Path) -> Path:
    """The file with the weights: safetensors of the usual name, else of a variant, else another form."""
    usual = unet / f"diffusion_pytorch_model{WEIGHTS}"
    variants = sorted(unet.glob(f"{usual.stem}*{WEIGHTS}"))
    if any(unet.glob(f"{usual.stem}*.index.json")):
        raise InputError(
            f"{unet.name} has its weights in several files: save them as one by "
            'UNet2DModel.from_pretrained("FOLDER").save_pretrained("FOLDER", max_shard_size="8GB").'
        )
    found = [usual] if usual.is_file() else [*variants, *sorted(unet.glob(f"{usual.stem}*.bin"))]
    if not found:
        raise InputError(f"{usual.name} is missing: put it beside {NETWORK}.")
    return found[0]


def _renamed(name: str) -> str:
    """The name of a tensor as diffusers has it today."""
    block, _, layer = name.partition(".attentions.")
    parts = [_OLD_NAMES.get(part, part) for part in layer.split(".")]
    return f"{block}.attentions.{'.'.join(parts)}" if layer else name


def _fields(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises `InputError`."""
    try:
        fields = parsed(read(path, MAX_JSON, "a checkpoint"))
    except ValueError as error:
        raise InputError(f"{path.name} is not JSON ({error}): fetch the model again.") from error
    if not isinstance(fields, dict):
        raise InputError(f"{path.name} is no JSON object: fetch the model again.")
    return fields


def _fields_if_any(path: Path) -> dict[str, Any]:
    try:
        return _fields(path)
    except InputError:
        return {}


def _public(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what diffusers notes about itself, its version and the path from which it was loaded."""
    return {key: value for key, value in fields.items() if not key.startswith("_")}


def _validated(kind: type[Value], fields: Mapping[str, Any], where: str) -> Value:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(error, where)) from error
