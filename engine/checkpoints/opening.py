"""Opening a model from a file or a folder, whoever wrote it: ours, diffusers, or a state dictionary. No torch here.

`open_checkpoint` is reached through `models.load`; the window asks `holds_model` what to do with a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.checkpoints import diffusers_folder, pickles
from engine.checkpoints.files import JSON, WEIGHTS, open_pair, weights_path
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.models import Model


def holds_model(path: Path) -> bool:
    """Whether an existing file or folder is to be opened as a model, not as a Run."""
    return (
        path.suffix in (WEIGHTS, *pickles.SUFFIXES)
        or diffusers_folder.belongs(path)
        or (path.suffix == JSON and weights_path(path).exists())
    )


def open_checkpoint(path: Path) -> Model:
    """The model in a checkpoint, given either of its files; in a .pt or .pth file with its JSON beside it; in a folder
    of diffusers, or one of the folder's files.

    Raises `InputError`, one sentence, if it cannot be used. Nothing in a file is ever executed.
    """
    if diffusers_folder.belongs(path):
        return diffusers_folder.open_folder(path)
    if path.suffix in pickles.SUFFIXES:
        return pickles.open_pickle(path)
    if path.suffix in (WEIGHTS, JSON):
        return open_pair(path)
    if not path.exists():
        raise InputError(f"{path.name} does not exist: check the path.")
    raise InputError(
        f"{path.name} is not a checkpoint: choose a {WEIGHTS} file or the {JSON} beside it, a .pt or .pth file, or a "
        "folder of diffusers."
    )
