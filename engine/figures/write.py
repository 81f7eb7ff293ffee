"""A Sheet as a file of any kind, with the Sheet inside. Called by the window's export, the command line and scripts.

The same Sheet gives the same bytes, whatever was drawn before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.figures.sheet import Sheet

if TYPE_CHECKING:
    from engine.figures.material import Material
    from engine.models.catalogue import ModelInfo

PAGES = ("pdf", "svg", "png")
FILMS = ("gif", "apng", "mp4")
DATA = ("csv", "npz")
SCRIPT = "py"
KINDS = (*PAGES, *FILMS, *DATA, SCRIPT)
"""The kinds of file there are, each the suffix of its name."""


def content(
    sheet: Sheet, material: Material, kind: str, interrupted: Callable[[], bool] = lambda: False
) -> Iterator[float | bytes]:
    """The bytes of the file of that kind, one of `KINDS`, last; before them the share done, in (0, 1).

    A script needs no material.

    Raises `InputError`, one sentence, where a panel has nothing to show or the page cannot be drawn so; `Interrupted`.
    """
    from engine.figures import carried, data, draw, encode, film, make, script

    if kind == SCRIPT:
        yield script.of(sheet).encode()
    elif kind in FILMS:
        count = len(film.sheets(sheet, material))
        encoder = encode.ENCODERS[kind](sheet.film, count)
        for index, frame in enumerate(film.frames(sheet, material, interrupted), 1):
            encoder.add(frame)
            yield index / (count + 1)
        yield carried.embed(kind, encoder.finish(), sheet)
    else:
        made = make.make(sheet, material)
        yield 0.5
        if kind in PAGES:
            yield carried.embed(kind, draw.draw(made.figure, kind, sheet.paper), sheet)
        else:
            yield carried.embed(kind, data.as_csv(made) if kind == "csv" else data.as_npz(made), sheet)


def kind_of(path: Path) -> str:
    """The kind of file that the suffix names. Raises `InputError` for another one."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise InputError(f"{path.name} says no kind of figure: end its name in one of {', '.join(KINDS)}.")
    return kind


def checkpoint(path: Path | str) -> ModelInfo:
    """The model in a file. Raises as `models.load`."""
    from engine import models
    from engine.models.catalogue import describe

    return describe(models.load(Path(path)), "file")


def to_file(
    sheet: Sheet,
    path: Path | str,
    opened: Sequence[ModelInfo] = (),
    progress: Callable[[float], object] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Path:
    """Draw the Runs, make the figure and write it as the kind of file that the suffix of `path` says; where it lies.

    Models are found by their hash among those `opened` and those that the program offers; `progress` is told the share
    done. A file that holds something else is never replaced. Raises as `content` and `material.gather`, and
    `InputError` for a file that cannot be written.
    """
    from engine import models, output
    from engine.figures.material import Material, gather

    path = Path(path)
    kind = kind_of(path)
    output.check_target(path)
    gathered: Iterator[Material | float] = gather(
        sheet, lambda run: models.find(run.model, opened), lambda info: info.build(), interrupted=interrupted
    )
    material = Material((), (), ())
    for found in gathered if kind != SCRIPT else ():
        if isinstance(found, Material):
            material = found
        else:
            progress(found / 2)
    for made in content(sheet, material, kind, interrupted):
        if isinstance(made, bytes):
            return output.write_new(path, made)
        progress(0.5 + made / 2)
    raise AssertionError("content ends with the bytes")
