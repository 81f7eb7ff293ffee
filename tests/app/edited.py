"""An Editing to change, and what to read of it. Shared by the tests of editing."""

from __future__ import annotations

import dataclasses

import numpy as np

from app.editing import Editing
from app.state import State
from engine import mask
from engine.mask import Mask
from engine.models.catalogue import ModelInfo
from engine.run import ModelReference
from engine.settings.edits import Regional
from tests.app.views.stage import TinyPictures, staged

SHAPE = (12, 16)


def smaller() -> ModelInfo:
    """Another model, of pictures of 4 x 6."""
    return dataclasses.replace(staged(TinyPictures()).model, reference=ModelReference(label="smaller", sha256="b" * 64))


def spot(row: int, value: int = 255) -> Mask:
    """A mask of which one row is painted."""
    pixels = np.zeros(SHAPE, np.uint8)
    pixels[row] = value
    return pixels


def paint(editing: Editing, row: int, text: str = "brush stroke") -> None:
    """One stroke."""
    pixels = editing.pixels().copy()
    pixels[row % len(pixels)] = 255
    editing.state.end_gesture()
    editing.paint(pixels, text)
    editing.state.end_gesture()


def edits(editing: Editing) -> list[Regional]:
    """The edits of the Run."""
    found = editing.state.run.latents.edits
    assert all(isinstance(edit, Regional) for edit in found)
    return [edit for edit in found if isinstance(edit, Regional)]


def painted(edit: Regional) -> Mask:
    """The mask of that edit."""
    assert edit.mask is not None
    return mask.read(edit.mask)


def told(state: State) -> list[str]:
    """The sentences in the status line from now on."""
    sentences: list[str] = []
    state.message.connect(sentences.append)
    return sentences


def changed(editing: Editing) -> list[None]:
    """One entry for each time that it says that it changed, from now on."""
    times: list[None] = []
    editing.changed.connect(lambda: times.append(None))
    return times
