"""Run: everything a picture depends on, as one frozen, validated value with a JSON form and a digest.

The window, the command line, files and tests all speak Run; `execute` turns one into Steps. No torch here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, field_validator, model_validator

from engine import attachments, reading
from engine.errors import InputError
from engine.settings import (
    SAMPLER_SETTINGS,
    SCHEDULE_SETTINGS,
    EDMSchedule,
    Frozen,
    GuidanceSettings,
    HeunSettings,
    ScheduleSettings,
    Settings,
)
from engine.settings.base import listed
from engine.settings.edits import Edit, Region, Set, edit
from engine.settings.references import FramesReference as FramesReference
from engine.settings.references import ModelReference as ModelReference
from engine.settings.references import PictureReference as PictureReference

VERSION = 1
"""Version of the JSON form. A new field with a default leaves older files and their digests alone."""

CHECKPOINT_FORMAT: Final = "latent-loupe checkpoint"
"""What the JSON beside a checkpoint's weights, which is no Run, says under "format"."""

SESSION_FORMAT: Final = "latent-loupe session"
"""What a session says there."""

LIMIT = 64 * 2**20
"""Bytes of JSON that a Run may take in a file."""

STARTS_ALONE = 2_000_000_000
"""Evaluations x values up to which a Run from a file starts by itself: a minute on two cores."""

MOST_EDITS = 1000
"""Edits that a Run may have."""

MOST_EXAMPLES = 65_536
"""More examples of a condition than any model, or any frames, carry."""

REGISTRIES: dict[str, Mapping[str, type[Settings]]] = {"schedule": SCHEDULE_SETTINGS, "sampler": SAMPLER_SETTINGS}
"""The settings that `name` chooses from, for each group of a Run that has one."""


class Latents(Frozen):
    """The unit-variance latents n of particles 0 .. count - 1; particle p depends on (seed, p) alone.

    A trajectory starts at noise, or at `picture` x0 with noise added: x0 + sigma n.
    """

    seed: int = Field(
        default=0,
        ge=0,
        lt=2**63,
        title="Seed",
        description="Latent and noise of particle p follow from (seed, p).",
    )
    count: int = Field(default=10, ge=1, le=1_000_000, title="Count", description="Number of particles drawn.")
    picture: PictureReference | None = Field(
        default=None,
        description="A picture that all particles start from, noised to the first level: x₀ + σ n, each with its own "
        "n. The sampler noising shows it at every level; any other, from a lower σ max, draws it anew (SDEdit).",
    )
    group: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title="Group size",
        description="Particles B that act on each other under particle guidance, and whose modes are counted together: "
        "0 to B − 1 are the first group, and so on. None is one group of all.",
    )
    edits: tuple[Annotated[SerializeAsAny[Edit], BeforeValidator(edit)], ...] = Field(
        default=(),
        max_length=MOST_EDITS,
        description="What is changed by hand, applied in this order where their steps begin: of intensity, transfer, "
        "interpolate, set and move.",
    )

    @field_validator("edits", mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        if isinstance(value, list) and len(value) > MOST_EDITS:  # before each of them is looked at
            raise ValueError(f"should have {MOST_EDITS} items at most, not {len(value)}")
        return listed(value)

    @property
    def group_size(self) -> int:
        """B: particles a group; the last one has fewer where the count is no multiple of it."""
        return min(self.group or self.count, self.count)


class Condition(Frozen):
    """What a model with a condition is given; without effect on any other."""

    example: int | Literal["each", "group"] = Field(
        default=0,
        title="Example",
        description="Which example of its condition all particles are given, counted from 0; "
        '"each" gives particle p example p, "group" group g example g, and both begin anew after the last.',
    )
    frames: FramesReference | None = Field(
        default=None,
        description="The examples to choose from, in place of those that the model carries: frames of a sequence of "
        "the user's choice, or of several.",
    )

    @field_validator("example", mode="plain")
    @classmethod
    def _one_sentence(cls, value: Any) -> Any:
        if value in ("each", "group") or (type(value) is int and 0 <= value < MOST_EXAMPLES):
            return value
        raise ValueError(f'should be a whole number from 0 to {MOST_EXAMPLES - 1:,}, "each" or "group"')


class Run(Frozen):
    """What to draw. Two equal Runs give equal bytes on one device.

    Raises `pydantic.ValidationError` for a bad value; `parse` turns that into one sentence for people.
    """

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    model: ModelReference
    latents: Latents = Latents()
    condition: Condition = Condition()
    schedule: SerializeAsAny[ScheduleSettings] = EDMSchedule()
    sampler: SerializeAsAny[Settings] = HeunSettings()
    guidance: GuidanceSettings = GuidanceSettings()
    region: Region = Region()
    precision: Literal["float32", "float64"] | None = Field(
        default=None,
        description="Precision of the model's arithmetic; None is the model's own. The state is float64.",
    )
    block: int | None = Field(
        default=None,
        ge=1,
        le=65_536,
        description="Particles a network evaluates at once; None is the model's own.",
    )

    @field_validator("schedule", mode="before")
    @classmethod
    def _schedule(cls, value: Any) -> Any:
        return _by_name(value, REGISTRIES["schedule"])

    @field_validator("sampler", mode="before")
    @classmethod
    def _sampler(cls, value: Any) -> Any:
        return _by_name(value, REGISTRIES["sampler"])

    @model_validator(mode="before")
    @classmethod
    def _newer(cls, value: Any) -> Any:
        version = value.get("version", VERSION) if isinstance(value, dict) else VERSION
        if isinstance(version, int) and version > VERSION:
            raise ValueError(f"version: is newer than {VERSION}, the newest this program reads: update Latent Loupe")
        return value

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of all that differs from the defaults (64 hexadecimal digits)."""
        content = self.model_dump(mode="json", exclude={"version"}, exclude_defaults=True)
        content["schedule"] = _differing(self.schedule)
        content["sampler"] = _differing(self.sampler)
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def attachments(self) -> tuple[str, ...]:
        """The SHA-256 of all that stands in `engine.attachments` and must go where the Run goes."""
        whole = (self.latents.picture, self.condition.frames)
        named = (
            *(each.sha256 for each in whole if each is not None),
            *self.region.attachments,
            *(sha for edit in self.latents.edits for sha in edit.attachments),
        )
        return tuple(dict.fromkeys(named))

    @property
    def guided(self) -> bool:
        """Whether particles act on each other."""
        return self.guidance.k_pg > 0 and self.latents.group_size > 1

    @property
    def unedited(self) -> Run:
        """The same particles as they were before they were edited: only latents that were `set` stay, and nothing is
        locked or replaced.
        """
        kept = tuple(edit for edit in self.latents.edits if isinstance(edit, Set) and edit.whole)
        latents = self.latents.model_copy(update={"edits": kept})
        return self.model_copy(update={"latents": latents, "region": Region()})

    def cost(self, data_shape: Sequence[int]) -> int:
        """Evaluations x values that drawing this Run takes, at most or about.

        Each pair of particles that act on each other counts for a quarter of an evaluation: of points it takes up to
        as long as an exact model does, of pictures far less.
        """
        evaluations = self.sampler.per_step * self.schedule.steps * self.latents.count
        if self.region.outside != "free":
            evaluations *= 2  # what is known of the outside is drawn first
        pairs = evaluations * self.latents.group_size if self.guided else 0
        return (evaluations + pairs // 4) * math.prod(data_shape)

    def to_dict(self) -> dict[str, Any]:
        """What `parse` makes the Run of anywhere: every value written out, and its attachments in base64.

        Raises `InputError` for an attachment that is not here.
        """
        content = self.model_dump(mode="json")
        if self.attachments:
            content["attachments"] = attachments.encode(self.attachments)
        return content

    def to_json(self) -> str:
        """`to_dict` as indented JSON. Raises as that, and `InputError` for more than `LIMIT`, which nothing reads."""
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        if len(text.encode()) > LIMIT:
            raise InputError(f"What the Run names is over {LIMIT >> 20} MiB, too large for a file: set fewer latents.")
        if reading.crowded(text):
            raise InputError("The Run has more values than a file may: name fewer particles in its edits.")
        return text

    def replace(self, **groups: Any) -> Run:
        """A validated copy; a dict given for a group changes the named fields of that group only.

        Example: `run.replace(latents={"seed": 3}, sampler={"churn": 5.0})`. With another `name` a schedule or
        sampler keeps what was changed of those settings that the other one has too, such as the number of steps.
        Raises `pydantic.ValidationError`.
        """
        content = self.model_dump()
        for key, value in groups.items():
            content[key] = _merged(content.get(key), value, REGISTRIES.get(key, {}))
        return Run.model_validate(content)


def _by_name(value: Any, registry: Mapping[str, type[Settings]]) -> Any:
    """The settings that `value["name"]` names, validated."""
    if isinstance(value, Settings):
        value = value.model_dump()
    if not isinstance(value, dict):
        raise ValueError(f'should be a JSON object such as {{"name": "{next(iter(registry))}"}}')
    name = value.get("name", next(iter(registry)))
    if not isinstance(name, str) or name not in registry:
        raise ValueError(f"{name!r:.40} is not known; choose one of: {', '.join(registry)}")
    return registry[name].model_validate(value)


def _merged(old: Any, new: Any, registry: Mapping[str, type[Settings]]) -> Any:
    """`new` with what it leaves out taken from `old`; where `new` names other settings, with what of `old` they know
    and was not its default.
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    name = new.get("name", old.get("name"))
    if name != old.get("name"):
        known = registry[name].model_fields if isinstance(name, str) and name in registry else {}
        defaults = registry[old["name"]].model_fields
        old = {key: value for key, value in old.items() if key in known and value != defaults[key].default}
    return {**old, **new}


def _differing(settings: Settings) -> dict[str, Any]:
    return {"name": settings.name, **settings.model_dump(mode="json", exclude_defaults=True)}


def parse(content: str | bytes | dict[str, Any], where: str = "the Run") -> Run:
    """A Run from JSON text or from a dictionary; what it carries under "attachments" goes to `engine.attachments`.

    Raises `InputError`, one sentence naming the wrong field, for anything that is not a valid Run.
    """
    fields = content if isinstance(content, dict) else _from_json(content, where)
    if isinstance(fields, dict) and fields.get("format") == CHECKPOINT_FORMAT:
        raise InputError(f"{where} is a checkpoint's JSON, no Run: put its .safetensors beside it and open that.")
    if isinstance(fields, dict) and fields.get("format") == SESSION_FORMAT:
        raise InputError(f"{where} is a session, no Run: open it in the window.")
    carried: Any = {}
    if isinstance(fields, dict) and "attachments" in fields:
        fields = dict(fields)
        carried = fields.pop("attachments")
    try:
        run = Run.model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(error, where)) from error
    attachments.take(carried, run.attachments, where)
    return run


def _from_json(content: str | bytes, where: str) -> Any:
    """What the JSON says; where it breaks off only for what looks like a Run, for anything else what could be one."""
    try:
        return reading.parsed(content)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.doc.lstrip("\ufeff \t\r\n").startswith("{"):
            raise InputError(f"{where} is not JSON ({error}): mend it there, or choose another file.") from error
        raise InputError(
            f"{where} is neither a Run nor a checkpoint: choose a run.json, a PNG or run.npz that Latent Loupe wrote, "
            "or a .safetensors file."
        ) from error


def read(path: Path) -> Run:
    """The Run in a run.json. Raises `InputError` if the file cannot be read or holds none."""
    return parse(reading.read(path, LIMIT, "a Run"), path.name)


def explain(error: ValidationError, where: str, *, named: bool = False) -> str:
    """One sentence for the first thing wrong in `error`: which field (if `where` has not `named` it), what is wrong."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) if str(part).isidentifier() else repr(part) for part in first["loc"])[:100]
    plainer = _PROBLEMS.get(first["type"], "").format(**first.get("ctx", {}))
    problem = plainer or first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    more = f", and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"{where}: {f'{field}: ' if field and not named else ''}{problem}{_got(first['input'])}{more}."


_PROBLEMS = {
    "extra_forbidden": "is not a known field: remove it",
    "missing": "is missing: add it",
    "model_type": "should be a JSON object",
    "model_attributes_type": "should be a group of fields",
    "tuple_type": "should be a list",
    "too_short": "should have {min_length} or more items, not {actual_length}",
    "too_long": "should have {max_length} items at most, not {actual_length}",
    "union_tag_invalid": "{discriminator} should be one of {expected_tags}, not {tag!r:.40}",
    "union_tag_not_found": "{discriminator} is missing: add it",
}
"""Plainer words than pydantic's for its types of error."""


def _got(value: Any) -> str:
    """The bad value in brackets, cut short; nothing for what is not a number or text."""
    if isinstance(value, int) and value.bit_length() > 256:  # longer ones Python may refuse to write out
        return " (got a number of over 77 digits)"
    return f" (got {value!r:.40})" if isinstance(value, (int, float, str)) else ""
