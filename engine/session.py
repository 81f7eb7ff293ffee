"""Session: what a window holds, as one frozen value with a JSON form: Runs, masks, where one looks, models by content.

The window saves it as NAME.loupe and by itself (`engine.autosaves`), and puts it back. It holds no path and names no
user. No torch here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from engine import attachments, reading
from engine.data.sets import SHARED
from engine.errors import InputError
from engine.figures.sheet import Sheet, Shown
from engine.run import SESSION_FORMAT, ModelReference, Run, explain
from engine.settings.base import Frozen, listed
from engine.settings.maps import MapSettings
from engine.settings.references import MaskReference
from engine.training.config import Training

VERSION: Final = 1
"""Version of the JSON form. A new field with a default leaves older files alone; what they mean changes with a version
and a line in `MIGRATIONS`."""

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""What makes the fields of a version those of the next one, by the version that it is given."""

SUFFIX = ".loupe"

LIMIT = 128 * 2**20
"""Bytes of JSON that a session may take in a file."""

MOST_SELECTED = 2**16
"""Particles that stay selected, of more the first ones."""

_BEGINNING = 256  # bytes of a file within which it says what it is

Name = Annotated[str, Field(max_length=200)]
Workspace = Literal["Explore", "Latents", "Guidance", "Analysis", "Train"]
Page = Literal["Experiments", "Map", "Futures"]


class NewerError(InputError):
    """The file is of a later version of the program, and whole for all that is known."""


class KnownModel(Frozen):
    """What there is to know of a model while it is looked for: its content's hash, its label, the shape of one x0."""

    reference: ModelReference
    data_shape: Annotated[tuple[Annotated[int, Field(ge=1, le=2**20)], ...], Field(min_length=1, max_length=4)]

    _from_list = field_validator("data_shape", mode="before")(listed)


class Masks(Frozen):
    """Masks with different labels; `name` is that of the one in use, or ""."""

    masks: tuple[MaskReference, ...] = Field(default=(), max_length=1000)
    name: Name = ""

    _from_list = field_validator("masks", mode="before")(listed)

    @model_validator(mode="after")
    def _told_apart(self) -> Masks:
        labels = {mask.label for mask in self.masks}
        if len(labels) < len(self.masks):
            raise ValueError("two masks have one label: rename one")
        if self.name and self.name not in labels:
            raise ValueError(f"there is no mask {self.name!r:.40}: choose one of the masks, or none")
        return self


class Editing(Frozen):
    """What the controls of Latents are set to, `channel` None being all."""

    tool: Literal["brush", "eraser", "rectangle", "ellipse", "fill"] = "brush"
    size: float = Field(default=5.0, ge=1, le=512)
    soft: float = Field(default=0.0, ge=0, le=1)
    kind: Literal["intensity", "transfer", "interpolate"] = "intensity"
    everyone: bool = False
    at_playhead: bool = False
    masked: bool = True
    channel: int | None = Field(default=None, ge=0, le=1024)


class Experiment(Frozen):
    """The experiment that is chosen, by name, and the plan edited of it; what was measured has files of its own."""

    name: Name
    plan: dict[str, JsonValue] = Field(default_factory=dict)


class View(Frozen):
    """Where one looks: `overlays` are those that are on, `norm` is the one under the timeline, `page` Analysis's."""

    workspace: Workspace = "Explore"
    page: Page = "Experiments"
    shown: Shown = "denoised"
    playhead: int = Field(default=0, ge=0, le=10_000)
    selection: tuple[Annotated[int, Field(ge=0, lt=1_000_000)], ...] = Field(default=(), max_length=MOST_SELECTED)
    overlays: tuple[Name, ...] = Field(default=(), max_length=100)
    levels: bool = False
    map: bool = False
    norm: Name = ""
    speed: float = Field(default=1.0, gt=0, le=100)
    loop: bool = False

    _from_list = field_validator("selection", "overlays", mode="before")(listed)


class Layout(Frozen):
    """Widths of the three panels and heights of canvas and timeline, in points; none are the window's own."""

    widths: tuple[Annotated[int, Field(ge=0, le=100_000)], ...] = Field(default=(), max_length=3)
    heights: tuple[Annotated[int, Field(ge=0, le=100_000)], ...] = Field(default=(), max_length=2)

    _from_list = field_validator("widths", "heights", mode="before")(listed)


class Session(Frozen):
    """Everything a window is put back from. `beside`: A is the current Run without guidance, and `pinned` is None.

    `models` are those of its Runs. `map` is the name of the chosen map's file, None the first that suits; of Analysis
    and Train each field is None until that was looked at.
    """

    version: int = VERSION
    models: tuple[KnownModel, ...] = Field(max_length=2)
    run: Run
    pinned: Run | None = None
    beside: bool = False
    masks: Masks = Masks()
    editing: Editing | None = None
    experiment: Experiment | None = None
    map: Name | None = None
    fit: MapSettings | None = None
    futures: dict[str, JsonValue] | None = None
    training: Training | None = None
    figure: Sheet | None = None
    view: View = View()
    layout: Layout = Layout()

    _from_list = field_validator("models", mode="before")(listed)

    @model_validator(mode="after")
    def _models_known(self) -> Session:
        known = {model.reference.sha256 for model in self.models}
        for run in filter(None, (self.run, self.pinned)):
            if run.model.sha256 not in known:
                raise ValueError(f"the model {run.model.label!r:.40} of a Run is not among models: add it there")
        return self

    @property
    def made(self) -> Session:
        """The same without where one looks: what there is to save."""
        return self.model_copy(update={"view": View(), "layout": Layout()})

    @property
    def attachments(self) -> tuple[str, ...]:
        """The SHA-256 of all that must go where the session goes."""
        holders = (self.run, self.pinned, self.figure)
        carried = (sha256 for each in holders if each is not None for sha256 in each.attachments)
        named = (*(mask.sha256 for mask in self.masks.masks), *carried)
        return tuple(dict.fromkeys(named))

    def model(self, sha256: str) -> KnownModel:
        """What is known of the model with that content, which one of the Runs has."""
        return next(model for model in self.models if model.reference.sha256 == sha256)

    def to_json(self) -> str:
        """What `parse` makes the session of anywhere: every value written out, its attachments in base64.

        Raises `InputError` for an attachment that is not here, and for more than `LIMIT` or than is read of a JSON.
        """
        content: dict[str, Any] = {"format": SESSION_FORMAT, **self.model_dump(mode="json", context=SHARED)}
        content["attachments"] = attachments.encode(self.attachments)
        text = json.dumps(content, indent=1, ensure_ascii=False)
        if len(text.encode()) > LIMIT:
            raise InputError(
                f"What the session names is over {LIMIT >> 20} MiB, too large for a file: set fewer latents."
            )
        if reading.crowded(text):
            raise InputError("The session has more numbers than a file of one may have: make fewer edits.")
        if reading.crowded(text):
            raise InputError("The session has more values than a file may: name fewer particles in edits.")
        return text


def parse(content: str | bytes, where: str = "the session") -> Session:
    """A session from JSON of this version or an earlier one; what it carries goes to `engine.attachments`.

    Raises `InputError`, one sentence that begins with `where`, for anything else, `NewerError` for a later version.
    """
    try:
        fields = reading.parsed(content)
    except ValueError as error:
        raise InputError(f"{where} is cut short or damaged: open the last whole copy of it.") from error
    if not isinstance(fields, dict) or fields.get("format") != SESSION_FORMAT:
        raise InputError(f"{where} is no session: choose a {SUFFIX} file that Latent Loupe saved.")
    fields = _migrated({key: value for key, value in fields.items() if key != "format"}, where)
    carried = fields.pop("attachments", {})
    try:
        session = Session.model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(error, where)) from error
    attachments.take(carried, session.attachments, where)
    return session


def _migrated(fields: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields as those of `VERSION`."""
    version = fields.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f"{where}: version: should be a whole number from 1 to {VERSION}.")
    if version > VERSION:
        raise NewerError(f"{where} is of a newer Latent Loupe than this one: update Latent Loupe, then open it again.")
    for earlier in range(version, VERSION):
        fields = {**MIGRATIONS[earlier](fields), "version": earlier + 1}
    return fields


def read(path: Path) -> Session:
    """The session in a file. Raises `InputError` if it cannot be read or is no session, `NewerError` as `parse`."""
    return parse(reading.read(path, LIMIT, "a session"), path.name)


def holds_session(path: Path) -> bool:
    """Whether an existing file is to be opened as a session: by its name, or by its first bytes."""
    if not path.is_file():
        return False
    if path.suffix == SUFFIX:
        return True
    with reading.opened(path) as file:
        return f'"{SESSION_FORMAT}"'.encode() in file.read(_BEGINNING)
