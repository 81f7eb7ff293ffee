"""What a Run leaves on disk: run.npz, run.json and, for models of pictures, run.png. Called by the command line.

Equal Runs give equal bytes on one device, and no file that holds something else is ever replaced.
"""

from __future__ import annotations

import contextlib
import filecmp
import math
import os
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine import npz
from engine.analysis.pictures import contact_sheet, is_picture, to_uint8
from engine.embed import png_bytes
from engine.errors import InputError
from engine.files import numbered, unwritable, write_atomically
from engine.step import FIELDS

if TYPE_CHECKING:
    from engine.run import Run
    from engine.step import Step
    from engine.trajectory import Trajectory

ADDED = ("guidance", "noise")
"""The fields that are 0, not NaN, in a step that has none: nothing was added there."""

PICTURES = 1024
"""Pictures a run.png shows at most."""

_PICTURE_SIDE = 128  # pixels to which a small picture is enlarged, by a whole factor


def write_npz(path: Path, trajectory: Trajectory, *, recorded: bool) -> Path:
    """Write x_T, x0 [N, ...], sigmas [steps + 1] and run (its JSON) to `path`; where it lies is returned.

    Of a model with a condition also what it was given, condition [N, *cond_shape].
    With `recorded`, of a Trajectory that kept every Step, also states [steps + 1, N, ...] and `FIELDS` [steps, N, ...];
    NaN stands where nothing was evaluated, 0 where nothing was added.
    """

    def write(file: BinaryIO) -> None:
        # Written by hand and not by numpy.savez, so that the recorded arrays are never in memory twice.
        with zipfile.ZipFile(file, "w") as archive:
            npz.add(archive, "x_T", _array(trajectory, 0))
            npz.add(archive, "x0", _array(trajectory, trajectory.last))
            npz.add(archive, "sigmas", np.array(trajectory.sigmas))
            if trajectory.condition is not None:
                npz.add(archive, "condition", trajectory.condition.cpu().numpy())
            npz.add(archive, "run", np.array(trajectory.run.to_json()))
            if recorded:
                _record(archive, trajectory)

    return write_new(path, write)


def write_results(folder: Path, trajectory: Trajectory) -> list[Path]:
    """Write run.npz, run.json and, where x0 is a picture, run.png (which carries the Run) into `folder`."""
    run = trajectory.run
    paths = [
        write_npz(folder / "run.npz", trajectory, recorded=False),
        write_new(folder / "run.json", run.to_json().encode()),
    ]
    x0 = _array(trajectory, trajectory.last)
    if is_picture(x0.shape[1:]):
        paths.append(write_new(folder / "run.png", picture(x0, run)))
    return paths


def picture(x0: NDArray[np.floating], run: Run) -> bytes:
    """A PNG of the first `PICTURES` of x0 [N, C, H, W], laid out in a grid, that carries `run`."""
    scale = max(1, _PICTURE_SIDE // max(x0.shape[2:]))
    return png_bytes(contact_sheet(to_uint8(x0[:PICTURES]), gap=1), run, scale)


def write_new(path: Path, data: bytes | Callable[[BinaryIO], object]) -> Path:
    """Write `data` to `path`, or to the first of NAME-2, NAME-3, ... that is free or holds the same; returns which.

    Raises `InputError` if the disk refuses or no file can ever be there.
    """
    check_target(path)
    fresh = path.with_name(f".{uuid.uuid4().hex}.new")
    try:
        write_atomically(fresh, data, name=path.name)
        for candidate in numbered(path):
            if not candidate.exists():
                os.replace(fresh, candidate)
                return candidate
            if filecmp.cmp(fresh, candidate, shallow=False):
                return candidate
    except OSError as error:
        raise unwritable(path.name, error) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()
    raise AssertionError("the numbers have come to an end")


def check_target(path: Path) -> None:
    """Raise `InputError` where no file can ever be: `path` is a folder, or what should be its folder is a file.

    Asked before the work that is to be written there.
    """
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder: give the name of a file in it.")
    nearest = next((parent for parent in path.parents if os.path.lexists(parent)), None)
    if nearest is not None and not os.path.isdir(nearest):
        raise InputError(f"{path} cannot be written: {nearest.name} is a file, so choose another folder.")


def _record(archive: zipfile.ZipFile, trajectory: Trajectory) -> None:
    indices = range(trajectory.last + 1)
    first = _array(trajectory, 0)
    npz.add_frames(archive, "states", (_array(trajectory, i) for i in indices), len(indices), first)
    for name in FIELDS:
        frames = (_values(_step(trajectory, i), name, first) for i in indices[:-1])
        npz.add_frames(archive, name, frames, len(indices) - 1, first)


def _values(step: Step, name: str, like: NDArray[Any]) -> NDArray[Any]:
    tensor = getattr(step, name)
    if tensor is None:
        return np.full_like(like, 0.0 if name in ADDED else math.nan)
    return np.asarray(tensor.cpu().numpy(), dtype=like.dtype)


def _array(trajectory: Trajectory, index: int) -> NDArray[Any]:
    array: NDArray[Any] = _step(trajectory, index).x.cpu().numpy()
    return array


def _step(trajectory: Trajectory, index: int) -> Step:
    step = trajectory[index]
    if step is None:
        raise ValueError(f"step {index} was not kept")
    return step
