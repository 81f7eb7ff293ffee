"""The trainings on this machine that were begun in the window: where each is kept and how far it is. No torch here.

Called by the window and its worker. A training is a folder with its state, its previews and the models kept of it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from engine.checkpoints.files import MAX_WEIGHTS
from engine.reading import check, parsed
from engine.training.config import FILE, Training


@dataclass(frozen=True)
class Entry:
    """A training in `folder` after `step` steps of `config`."""

    folder: Path
    config: Training
    step: int

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.config.steps


def entries(folder: Path) -> list[Entry]:
    """The trainings below `folder`, the one that was saved last first; what cannot be read is left out."""
    found = [entry for path in folder.glob(f"*/{FILE}") if (entry := entry_of(path.parent)) is not None]
    return sorted(found, key=lambda entry: (entry.folder / FILE).stat().st_mtime, reverse=True)


def entry_of(folder: Path) -> Entry | None:
    """The training in `folder`; None if there is none that can be read."""
    try:
        if check(folder / FILE) > MAX_WEIGHTS:
            return None
        with safe_open(folder / FILE, framework="numpy") as file:
            header = parsed(file.metadata()["training"])
        return Entry(folder, Training.model_validate(header["config"]), int(header["step"]))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def place(config: Training, folder: Path) -> Path:
    """Where `config` is trained: its name below `folder`, numbered where that holds another training."""
    names = itertools.chain([config.name], (f"{config.name}-{number}" for number in itertools.count(2)))
    return next(folder / name for name in names if _holds_at_most(folder / name, config))


def _holds_at_most(path: Path, config: Training) -> bool:
    """Whether the folder is missing, empty, or holds a training with which `config` can go on."""
    if not path.exists() or not any(path.iterdir()):
        return True
    entry = entry_of(path)
    return entry is not None and entry.config.same_result(config)
