"""State dictionaries that torch.save wrote, for networks of ours: converted once to safetensors, in another process.

Called by `opening`. A pickle is never read here: `engine.checkpoints.unpickle` does, which can only make tensors and
numbers, in a process whose time and memory are limited, so that what crashes or starves it is one sentence here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from safetensors import SafetensorError, safe_open

from engine import separate
from engine.checkpoints.files import MAX_WEIGHTS, WEIGHTS, json_path, open_with
from engine.errors import InputError
from engine.reading import check, opened, unreadable

if TYPE_CHECKING:
    from engine.models import Model

STATES = (".pt", ".pth")
SUFFIXES = (*STATES, ".ckpt", ".bin", ".pkl", ".pickle")
"""Files that are pickles; the first ones may be opened."""

CONVERTED_FROM = "converted_from"
"""The key in a safetensors file's metadata that says the SHA-256 of the file it was converted from."""

CONVERTED = platformdirs.user_cache_path("latent-loupe", appauthor=False) / "converted"
"""Where conversions are kept if the folder of the original cannot be written to or has another file of the name."""

SECONDS = 120
"""Time the other process may take, and as many again for each `_RATE` bytes."""

_RATE = 2**31


def open_pickle(path: Path) -> Model:
    """The model in NAME.pt or NAME.pth with NAME.json beside it, from NAME.safetensors, which is written if need be.

    Raises `InputError`, one sentence, if the file holds more than tensors, if it is damaged, too large or ambiguous, if
    the JSON is missing, or if the two do not fit.
    """
    if path.suffix not in STATES:
        raise InputError(
            f"{path.name} may need its own code to be read: where you trust it, save the network's weights by "
            f'torch.save(network.state_dict(), "NAME.pt") and write NAME.json as docs/checkpoints.md says.'
        )
    if not path.exists():
        raise InputError(f"{path.name} is missing: check the path.")
    described = json_path(path)
    if not described.exists():
        raise InputError(
            f"{path.name} does not say which network its weights are of: write {described.name} beside it, with "
            '"format", "version", "kind", "label", "data_shape" and "network" as docs/checkpoints.md says.'
        )
    return open_with(described, _converted(path))


def _converted(path: Path) -> Path:
    """The safetensors file of the same tensors: the one from an earlier time, else a new one."""
    if check(path) > MAX_WEIGHTS:
        raise InputError(f"{path.name} is over {MAX_WEIGHTS >> 30} GiB: choose a smaller checkpoint.")
    try:
        with opened(path) as file:
            source = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error
    beside, kept = path.with_suffix(WEIGHTS), CONVERTED / f"{source}{WEIGHTS}"
    for place in (beside, kept):
        if _source(place) == source:
            return place
    target = beside if not beside.exists() and os.access(path.parent, os.W_OK) else kept
    _convert(path, target, source)
    return target


def _source(place: Path) -> str | None:
    """What a file says it was converted from; None if it is not there or says nothing."""
    try:
        if check(place) > MAX_WEIGHTS:
            return None
        with safe_open(place, framework="numpy") as file:
            return (file.metadata() or {}).get(CONVERTED_FROM)
    except (SafetensorError, InputError):
        return None


def _convert(path: Path, target: Path, source: str) -> None:
    """Let another process write `target`. Raises `InputError` with what it says, or that it did not end well."""
    command = [*separate.command("engine.checkpoints.unpickle"), str(path), str(target), source]
    limit = SECONDS * (1 + path.stat().st_size / _RATE)
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=limit
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path.name} took over {limit:.0f} s to read: save it again, or choose another.") from error
    said = ended.stdout.decode(errors="replace").strip()
    if ended.returncode and said:
        raise InputError(said)
    if ended.returncode or not target.exists():
        raise InputError(
            f"{path.name} could not be read (the process that tried ended with code {ended.returncode}), as when it is "
            "damaged or memory runs out: save it again, or as .safetensors."
        )
