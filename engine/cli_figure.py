"""`latent-loupe figure`: a figure of a Run, or the one that a file carries, as a file of any kind. Called by `cli`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from engine import models, options
from engine.cli_sample import progress_bar, tell
from engine.errors import InputError, Interrupted
from engine.run import STARTS_ALONE, Run, explain

if TYPE_CHECKING:
    from engine.figures.sheet import Sheet
    from engine.models.catalogue import ModelInfo

WHERE = "latent-loupe figure"
"""With what a refusal begins."""


OVER = "a frame a step of the Runs, or a column of the strips [default steps]"


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to draw, of what, on which paper."""
    from engine.figures.sheet import KINDS, Film, Paper

    parser.add_argument("file", type=Path, metavar="FILE", help="a figure or anything that carries a Run")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="its suffix is the kind: pdf svg png, gif apng mp4, csv npz, or py, a script",
    )
    parser.add_argument(
        "--panel",
        action="append",
        choices=[kind for kind in KINDS if kind != "curves"],
        help="one of the panels of the Run, in this order; may be given again [default: those of the figure, else what "
        "the model draws, and norms]",
    )
    parser.add_argument(
        "--step", type=int, metavar="I", help="which step the panels show [default: as it was, or last]"
    )
    paper = parser.add_argument_group("paper")
    paper.add_argument("--width", type=_width, metavar="85mm|3.3in", help="of the page [default 160mm]")
    options.add_fields(paper, Paper, leave_out=("width", "unit"))
    film = parser.add_argument_group("film")
    film.add_argument("--film", choices=get_args(Film.model_fields["over"].annotation), help=OVER)
    options.add_fields(film, Film, leave_out=("over",))
    parser.add_argument("--model", metavar="PATH", help="the checkpoint of the Run, if `models` does not list it")
    parser.add_argument("--yes", action="store_true", help="start even if the Runs take more than about a minute")


def figure(arguments: argparse.Namespace) -> None:
    """Draw the figure that the options say and write it."""
    from engine import output
    from engine.figures import write

    write.kind_of(arguments.out)
    output.check_target(arguments.out)
    opened = [write.checkpoint(arguments.model)] if arguments.model else []
    sheet = _sheet(arguments, opened)
    _check_cost(sheet, opened, arguments)
    from engine.training.command import until_interrupted

    with until_interrupted() as interrupted, progress_bar(100, "%", arguments.out.name) as bar:
        try:
            written = write.to_file(
                sheet, arguments.out, opened, lambda share: bar.update(round(100 * share) - bar.n), interrupted
            )
        except Interrupted:
            raise Interrupted("Interrupted: nothing was written.") from None
    tell([written])


def _sheet(arguments: argparse.Namespace, opened: list[ModelInfo]) -> Sheet:
    """The figure that the file carries, or one of its Run, as the options change it."""
    from engine.embed import read_run
    from engine.figures import carried
    from engine.figures.sheet import Sheet

    sheet = carried.read(arguments.file)
    content: dict[str, Any] = sheet.model_dump() if sheet else {"runs": [read_run(arguments.file).model_dump()]}
    if arguments.panel:
        content["panels"] = [{"kind": kind} for kind in arguments.panel]
    elif sheet is None:
        content["panels"] = _usual(read_run(arguments.file), opened)
    if arguments.step is not None:
        content["panels"] = [{**panel, "step": arguments.step} for panel in content["panels"]]
    paper = _given(arguments, "font", "dpi", "columns", "letters", "title")
    if arguments.width:
        paper["width"], paper["unit"] = arguments.width
    film = _given(arguments, "rate", "hold", "loop") | ({"over": arguments.film} if arguments.film else {})
    content["paper"] = content.get("paper", {}) | paper
    content["film"] = content.get("film", {}) | film
    try:
        return Sheet.model_validate(content)
    except ValidationError as error:
        raise InputError(explain(error, WHERE)) from error


def _given(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _usual(run: Run, opened: list[ModelInfo]) -> list[dict[str, Any]]:
    """The view of what the model draws, and norms."""
    from engine.figures.panels import suits

    info = models.find(run.model, opened)
    views = [kind for kind in ("pictures", "plane", "line") if info is not None and suits(kind, info)]
    return [{"kind": kind} for kind in (*views[:1], "norms")]


def _check_cost(sheet: Sheet, opened: list[ModelInfo], arguments: argparse.Namespace) -> None:
    """Raises `InputError` for what takes long and was not said to start all the same."""
    infos = [(run, models.find(run.model, opened)) for run in sheet.runs]
    cost = sum(run.cost(info.data_shape) for run, info in infos if info is not None)
    if cost > STARTS_ALONE and not arguments.yes and arguments.out.suffix.lower() != ".py":
        raise InputError(
            f"{arguments.file.name} takes {cost / STARTS_ALONE:.0f} times what starts without being asked to: "
            "add --yes to start it."
        )


def _width(text: str) -> tuple[float, str]:
    """A width with its unit, mm if it has none."""
    found = re.fullmatch(r"([0-9.]+)\s*(mm|in|)", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no width: give one such as 85mm or 3.3in")
    return float(found[1]), found[2] or "mm"
