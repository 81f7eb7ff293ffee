"""Measured cells as files, one JSON a cell and its picture beside it; what is damaged or foreign counts as missing.

Called by `runner`. A cell's file bears its key as a name, so experiments and plans share a folder.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import Field, ValidationError

from engine import reading
from engine.embed import read_run
from engine.errors import InputError
from engine.experiments.experiment import Cell, Experiment, Measured, Row, Value
from engine.files import write_atomically
from engine.run import Run, parse
from engine.settings import Frozen

LARGEST_TEXT, LARGEST_PICTURE = 2**24, 2**26
"""Bytes of a cell's JSON and of its picture up to which they are read."""

LARGEST_SIDE = 8192
"""Pixels of a picture's side up to which it is decoded."""


class Kept(Frozen):
    """A cell's file: what was measured of `run` (as `Run.to_dict` gives it), with where it stood in the table (`place`,
    for people) and the SHA-256 of the picture beside it. `series` is left out where there are none.
    """

    experiment: str
    version: int
    run: dict[str, Any]
    place: dict[str, Value]
    values: dict[str, Value]
    picture: str | None = Field(pattern="^[0-9a-f]{64}$")
    series: dict[str, list[float | None]] = Field(default={})


def write(folder: Path, experiment: Experiment[Any], row: Row) -> None:
    """Write what was measured of a finished row into `folder`: the picture first, so that a JSON is a finished cell.

    Raises `InputError` if the disk refuses, `pydantic.ValidationError` for a value that is no finite number or text.
    """
    assert row.measured is not None
    values, picture = row.measured.values, row.measured.picture
    kept = Kept(
        experiment=experiment.name,
        version=experiment.version,
        run=row.cell.run.to_dict(),
        place=dict(row.cell.place),
        values=dict(values),
        picture=None if picture is None else hashlib.sha256(picture).hexdigest(),
        series={name: list(series) for name, series in row.measured.series.items()},
    )
    path = folder / f"{row.key}.json"
    if picture is not None:
        write_atomically(path.with_suffix(".png"), picture)
    write_atomically(path, kept.model_dump_json(indent=2, exclude_defaults=True).encode())


def read(folder: Path, experiment: Experiment[Any], cell: Cell, key: str) -> Measured | None:
    """What `folder` holds of a cell; None where it holds nothing, or something else than this program wrote of it."""
    path = folder / f"{key}.json"
    content = _content(path, LARGEST_TEXT)
    if content is None or reading.crowded(content.decode(errors="replace")):
        return None
    try:
        kept = Kept.model_validate_json(content)
        run = parse(kept.run)
    except (ValidationError, InputError):
        return None
    same = (kept.experiment, kept.version, run) == (experiment.name, experiment.version, cell.run)
    named = kept.values.keys() <= set(experiment.values) and kept.series.keys() <= set(experiment.series)
    if not (same and named):
        return None
    series = {name: tuple(series) for name, series in kept.series.items()}
    if kept.picture is None:
        return Measured(kept.values, series=series)
    picture = _picture(path.with_suffix(".png"), kept.picture, run)
    return None if picture is None else Measured(kept.values, picture, series)


def _content(path: Path, largest: int) -> bytes | None:
    try:
        return reading.read(path, largest, "a cell")
    except InputError:
        return None


def _picture(path: Path, sha256: str, run: Run) -> bytes | None:
    """The picture of a cell: whole, no larger than any that is made here, and one that carries `run`."""
    content = _content(path, LARGEST_PICTURE)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        return None
    try:
        if read_run(path) != run:
            return None
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if max(picture.size) > LARGEST_SIDE:
                return None
            picture.load()
    except Exception:  # Pillow's decoder raises errors of a dozen kinds on damaged files
        return None
    return content
