"""Sheet: everything a figure depends on, as one frozen value with a JSON form: the paper, the Runs, what of them.

The window's figure dialog, the command line, the script and every file that carries a figure speak Sheet; `make` turns
one into a `figure.Figure`. No torch here.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from engine import attachments, reading
from engine.errors import InputError
from engine.run import LIMIT, Run, explain
from engine.settings import Frozen
from engine.settings.base import listed

VERSION = 1
"""Version of the JSON form. A new field with a default leaves older files alone."""

INCH = 25.4
"""Millimetres."""

Shown = Literal["denoised", "x", "drift", "correction", "noise", "guidance"]
"""What of a Step a picture shows."""

Numbers = Annotated[tuple[int, ...], Field(max_length=4096)]


class Paper(Frozen):
    """What a figure is printed on: light, without a margin, as high as what stands on it needs."""

    width: float = Field(default=160.0, gt=0, title="Width", description="Width of the page.")
    unit: Literal["mm", "in"] = Field(default="mm", title="Unit", description="Of the width.")
    font: float = Field(default=7.0, ge=4, le=24, title="Font", description="Size of the text in points.")
    dpi: int = Field(
        default=300, ge=36, le=1200, title="Resolution", description="Pixels an inch, of all but SVG and PDF."
    )
    columns: int = Field(default=1, ge=1, le=6, title="Columns", description="Panels side by side.")
    letters: bool = Field(default=False, title="Letters", description="Name the panels a, b, c.")
    title: str = Field(default="", max_length=200, title="Title", description="Over all panels; none is also possible.")

    @model_validator(mode="after")
    def _printable(self) -> Paper:
        if not 20 <= self.millimetres <= 1000:
            raise ValueError(f"width should be from 20 to 1000 mm, not {self.millimetres:g}")
        return self

    @property
    def millimetres(self) -> float:
        """The width in mm."""
        return self.width * (INCH if self.unit == "in" else 1.0)


class Panel(Frozen):
    """What every panel has. `run` is the place of its Run among the Sheet's, `step` a Step of it, None the last."""

    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="Over the panel; empty is the one that says what it shows.",
    )
    run: int = Field(default=0, ge=0)
    step: int | None = Field(default=None, ge=0, le=10_000, title="Step", description="Which step, the last if none.")

    @property
    def runs(self) -> tuple[int, ...]:
        """The places of all Runs it shows."""
        return (self.run,)


class Pictures(Panel):
    """The particles as pictures; beside those of a second Run, `against`, with their difference: A, B, B − A."""

    kind: Literal["pictures"] = "pictures"
    show: Shown = "denoised"
    particles: Numbers | None = None
    columns: int | None = Field(default=None, ge=1, le=256)
    against: int | None = Field(default=None, ge=0)

    _from_list = field_validator("particles", mode="before")(listed)

    @property
    def runs(self) -> tuple[int, ...]:
        return (self.run,) if self.against is None else (self.run, self.against)


class Filmstrip(Panel):
    """Some particles at some steps, a row a particle; None are chosen evenly."""

    kind: Literal["filmstrip"] = "filmstrip"
    show: Shown = "denoised"
    particles: Numbers = (0,)
    steps: Numbers | None = None

    _from_list = field_validator("particles", "steps", mode="before")(listed)


class Particle(Panel):
    """One particle at a step, as the inspector shows it: state, estimate, drift, correction, noise, guidance."""

    kind: Literal["particle"] = "particle"
    particle: int = Field(default=0, ge=0)


class Plane(Panel):
    """Points of a 2-D model at a step, over density and score, with their paths so far."""

    kind: Literal["plane"] = "plane"
    density: bool = True
    arrows: bool = True
    paths: bool = True
    bounds: tuple[tuple[float, float], tuple[float, float]] | None = None

    @field_validator("bounds", mode="before")
    @classmethod
    def _tuples(cls, value: Any) -> Any:
        return tuple(listed(pair) for pair in value) if isinstance(value, (list, tuple)) else value


class Line(Panel):
    """A 1-D model: time from left to right, the prior's density at the left and the data's at the right, the paths."""

    kind: Literal["line"] = "line"


class Norms(Panel):
    """Norms over the steps, of "x" and of parts of a Step, the mean over particles."""

    kind: Literal["norms"] = "norms"
    names: tuple[Shown, ...] = ("drift",)

    _from_list = field_validator("names", mode="before")(listed)


class Schedule(Panel):
    """The noise levels over the steps."""

    kind: Literal["schedule"] = "schedule"


class Modes(Panel):
    """How many particles are in each mode at a step."""

    kind: Literal["modes"] = "modes"


class Distances(Panel):
    """Distances between the particles of one group at a step, by the kernel of the guidance."""

    kind: Literal["distances"] = "distances"
    group: int = Field(default=0, ge=0)


class Map(Panel):
    """The particles at a step on a map of known items; `sha256` is that of its file, None the bundled one's."""

    kind: Literal["map"] = "map"
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class Futures(Panel):
    """Next frames: what was given, the mean and spread of all, some of them, and where they are."""

    kind: Literal["futures"] = "futures"
    shown: int = Field(default=10, ge=0, le=100)


class Strip(Panel):
    """Particles in rows, Runs in columns, of which one thing varies: a sweep, step counts, models, or the frames of a
    rollout, each drawn from the one before.
    """

    kind: Literal["strip"] = "strip"
    columns: Numbers = Field(default=(0,), min_length=1)
    captions: tuple[Annotated[str, Field(max_length=200)], ...] = ()
    particles: Numbers = (0,)

    _from_list = field_validator("columns", "captions", "particles", mode="before")(listed)

    @property
    def runs(self) -> tuple[int, ...]:
        return self.columns


class Series(Frozen):
    """One curve of a `Curves`."""

    label: str = Field(max_length=200)
    x: Annotated[tuple[float, ...], Field(max_length=100_000)]
    y: Annotated[tuple[float, ...], Field(max_length=100_000)]

    _from_list = field_validator("x", "y", mode="before")(listed)


class Curves(Panel):
    """Curves that come from no Run, such as a training's loss, with their numbers."""

    kind: Literal["curves"] = "curves"
    x_label: str = Field(default="", max_length=200)
    y_label: str = Field(default="", max_length=200)
    series: tuple[Series, ...] = Field(min_length=1, max_length=64)
    log_x: bool = False
    log_y: bool = False

    _from_list = field_validator("series", mode="before")(listed)

    @property
    def runs(self) -> tuple[int, ...]:
        return ()


AnyPanel = Annotated[
    Pictures
    | Filmstrip
    | Particle
    | Plane
    | Line
    | Norms
    | Schedule
    | Modes
    | Distances
    | Map
    | Futures
    | Strip
    | Curves,
    Field(discriminator="kind"),
]

KINDS: tuple[str, ...] = tuple(kind.model_fields["kind"].default for kind in get_args(get_args(AnyPanel)[0]))
"""The kinds of panels."""


class Film(Frozen):
    """How a Sheet becomes an animation: one frame a step, all panels at that step, or one a column of its strips."""

    over: Literal["steps", "columns"] = "steps"
    rate: float = Field(default=10.0, ge=0.5, le=60, title="Rate", description="Frames a second.")
    hold: float = Field(default=1.0, ge=0, le=30, title="Hold", description="Seconds that the last frame stays.")
    loop: bool = Field(default=True, title="Loop", description="Begin anew after the last frame (GIF and APNG).")


class Sheet(Frozen):
    """What stands on a page: `panels`, row by row, of `runs`. The first Run is the one a file carries for `embed`."""

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    paper: Paper = Paper()
    runs: tuple[Run, ...] = Field(default=(), max_length=256)
    panels: tuple[AnyPanel, ...] = Field(min_length=1, max_length=24)
    film: Film = Film()

    _from_list = field_validator("runs", "panels", mode="before")(listed)

    @model_validator(mode="before")
    @classmethod
    def _newer(cls, value: Any) -> Any:
        version = value.get("version", VERSION) if isinstance(value, dict) else VERSION
        if isinstance(version, int) and version > VERSION:
            raise ValueError(f"version: is newer than {VERSION}, the newest this program reads: update Latent Loupe")
        return value

    @model_validator(mode="after")
    def _found(self) -> Sheet:
        for panel in self.panels:
            for place in panel.runs:
                if place >= len(self.runs):
                    raise ValueError(f"a panel shows Run {place}, and there are {len(self.runs)}: add it to runs")
        return self

    @property
    def attachments(self) -> tuple[str, ...]:
        """The SHA-256 of all that must go where the Sheet goes."""
        return tuple(dict.fromkeys(sha for run in self.runs for sha in run.attachments))

    def to_dict(self) -> dict[str, Any]:
        """What `parse` makes the Sheet of anywhere. Raises `InputError` for an attachment that is not here."""
        content = self.model_dump(mode="json")
        if self.attachments:
            content["attachments"] = attachments.encode(self.attachments)
        return content

    def to_json(self) -> str:
        """`to_dict` as JSON. Raises as that, and `InputError` for more than `parse` reads again."""
        text = json.dumps(self.to_dict(), ensure_ascii=False)
        if len(text.encode()) > LIMIT:
            raise InputError(f"What the figure names is over {LIMIT >> 20} MiB, too large for a file: show fewer Runs.")
        if reading.crowded(text):
            raise InputError("The figure has too many numbers of its own for a file: show fewer curves.")
        return text


def parse(content: str | bytes | dict[str, Any], where: str = "the figure") -> Sheet:
    """A Sheet from JSON text or a dictionary; what it carries under "attachments" goes to `engine.attachments`.

    Raises `InputError`, one sentence naming the wrong field, for anything that is not a valid Sheet.
    """
    try:
        fields = content if isinstance(content, dict) else reading.parsed(content)
    except ValueError as error:
        raise InputError(f"The figure in {where} is damaged ({error}): export it again.") from error
    if not isinstance(fields, dict):
        raise InputError(f"The figure in {where} is damaged (it is no JSON object): export it again.")
    fields = dict(fields)
    carried = fields.pop("attachments", {})
    try:
        sheet = Sheet.model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(error, where)) from error
    attachments.take(carried, sheet.attachments, where)
    return sheet
