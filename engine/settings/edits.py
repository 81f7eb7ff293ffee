"""Edits: what is changed by hand on the way of a trajectory, as values of a Run. No torch.

`engine.latents.operations` carries them out. Adding an edit = one class and one line in `EDITS`, one function and one
line there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from engine.settings.base import Frozen, listed
from engine.settings.references import LatentReference, MaskReference, PictureReference

Particle = Annotated[int, Field(ge=0, lt=1_000_000)]
"""The number of a particle."""


class Edit(Frozen):
    """A change of some particles where Step `step` begins; step 0 is the latent itself.

    What an edit speaks of is n, the noise in the state x = base + sigma n: at step 0 the latent, its base 0 or the
    picture that the Run starts from; later (x - D) / sigma with the estimate D as its base.
    """

    kind: str
    step: int = Field(default=0, ge=0, le=10_000)

    @property
    def targets(self) -> tuple[int, ...] | None:
        """The particles that it changes; None are all."""
        raise NotImplementedError

    def changes(self, particle: int) -> bool:
        """Whether it changes that particle."""
        return self.targets is None or particle in self.targets

    @property
    def sources(self) -> tuple[int, ...]:
        """The particles whose state it reads beside that of those it changes."""
        return ()

    @property
    def attachments(self) -> tuple[str, ...]:
        """The SHA-256 of what it names."""
        return ()


class Move(Edit):
    """Particle `particle` is put, where Step `step` begins, to `to`: its state x there, flattened."""

    kind: Literal["move"] = "move"
    step: int = Field(ge=0, le=10_000)  # without a default it is part of the digest, which Runs of before have
    particle: Particle
    to: tuple[float, ...] = Field(min_length=1, max_length=16)

    _from_list = field_validator("to", mode="before")(listed)

    @property
    def targets(self) -> tuple[int, ...] | None:
        """See `Edit.targets`."""
        return (self.particle,)


class Regional(Edit):
    """An edit of all particles or of some, everywhere or where `mask` m says how much, in one channel or in all.

    Without a mask m is 1. A mask makes of what the edit alone would do to n, n', the mean m n' + (1 - m) n, divided by
    sqrt(m^2 + (1 - m)^2) where the two differ, so that between independent latents the variance stays 1; of bases the
    mean alone.
    """

    particles: tuple[Particle, ...] | None = Field(
        default=None, min_length=1, max_length=10_000, description="Those that are changed; None are all."
    )
    mask: MaskReference | None = Field(default=None, description="Where, and how much; None is everywhere.")
    channel: int | None = Field(
        default=None, ge=0, le=1_000, description="The channel that is changed, from 0; None are all."
    )

    _from_list = field_validator("particles", mode="before")(listed)

    @property
    def targets(self) -> tuple[int, ...] | None:
        """See `Edit.targets`."""
        return self.particles

    @property
    def attachments(self) -> tuple[str, ...]:
        """See `Edit.attachments`."""
        return () if self.mask is None else (self.mask.sha256,)


class Intensity(Regional):
    """n + strength m: W. Dalheim's thesis, experiments H.2a and H.2b. Here m is added as it is, nothing is divided."""

    kind: Literal["intensity"]
    strength: float = Field(
        ge=-1e6, le=1e6, title="λ", description="What is added to n where the mask is 1, in units of its deviation."
    )


class Transfer(Regional):
    """m n_source + (1 - m) n: W. Dalheim's thesis, experiment H.2c; `swap` also gives `source` what stood there."""

    kind: Literal["transfer"]
    source: Particle = Field(description="The particle whose latent is taken.")
    swap: bool = Field(default=False, description="Both ways: the source is given what it replaces; of one particle.")

    @model_validator(mode="after")
    def _one_to_one(self) -> Transfer:
        if self.swap and (self.particles is None or len(self.particles) != 1):
            raise ValueError("swap is between two particles: name one in particles")
        return self

    @property
    def targets(self) -> tuple[int, ...] | None:
        """See `Edit.targets`."""
        return (*(self.particles or ()), self.source) if self.swap else self.particles

    @property
    def sources(self) -> tuple[int, ...]:
        """See `Edit.sources`."""
        return (self.source, *(self.particles or ())) if self.swap else (self.source,)


class Interpolate(Regional):
    """n' on the great circle from n of the first to that of the second of `between` (slerp), `share` of the way."""

    kind: Literal["interpolate"]
    between: tuple[Particle, Particle] = Field(description="The two particles.")
    share: float = Field(ge=0, le=1, title="share", description="0 is the first of them, 1 the second.")

    _pair = field_validator("between", mode="before")(listed)

    @property
    def sources(self) -> tuple[int, ...]:
        """See `Edit.sources`."""
        return self.between


class Set(Regional):
    """n' = `latent`, such as that which a picture was inverted to: `picture`, where it is known."""

    kind: Literal["set"]
    step: int = Field(default=0, ge=0, le=0)
    latent: LatentReference
    picture: PictureReference | None = Field(default=None, description="The picture that this is the latent of.")

    @property
    def whole(self) -> bool:
        """Whether it sets all of a latent."""
        return self.mask is None and self.channel is None

    @property
    def attachments(self) -> tuple[str, ...]:
        """See `Edit.attachments`."""
        named = (self.latent, self.picture)
        return (*super().attachments, *(each.sha256 for each in named if each is not None))


EDITS: dict[str, type[Edit]] = {
    "intensity": Intensity,
    "transfer": Transfer,
    "interpolate": Interpolate,
    "set": Set,
    "move": Move,
}
"""The edits by their `kind`; one that is not said is a move."""


def edit(value: Any) -> Any:
    """The edit that a JSON object stands for, validated."""
    if isinstance(value, Edit):
        return value
    if not isinstance(value, dict):
        raise ValueError('should be a JSON object such as {"kind": "intensity", "strength": 0.1}')
    kind = value.get("kind", "move")
    if not isinstance(kind, str) or kind not in EDITS:
        problem = PydanticCustomError("kind", "is not known; choose one of: {kinds}", {"kinds": ", ".join(EDITS)})
        raise ValidationError.from_exception_data("Edit", [{"type": problem, "loc": ("kind",), "input": kind}])
    return EDITS[kind].model_validate(value)


class Region(Frozen):
    """What happens to the state outside of a mask, at every step.

    Locked: it is put back to x0 + sigma n, with the x0 and the latent n that the particle has without its edits:
    q(x_t | x_T, x0) (W. Dalheim's thesis, section 6.3). Replaced: to x0 + sigma z with fresh noise z at each step,
    q(x_t | x0), which is inpainting (Sohl-Dickstein et al. 2015, as told in section 6.1).
    """

    outside: Literal["free", "locked", "replaced"] = Field(
        default="free",
        title="Outside",
        description="free: the model draws it. locked: it stays what it was without the edits. replaced: it is "
        "put back at each step with fresh noise, as inpainting does; what is known is the same.",
    )
    mask: MaskReference | None = Field(default=None, description="Inside of it the model draws freely.")
    picture: PictureReference | None = Field(
        default=None, description="What is known outside; None is each particle's own picture without its edits."
    )

    @model_validator(mode="after")
    def _has_mask(self) -> Region:
        if self.outside != "free" and self.mask is None:
            raise ValueError(f"{self.outside} needs a mask: name one, or leave the outside free")
        return self

    @property
    def attachments(self) -> tuple[str, ...]:
        """The SHA-256 of what it names."""
        return tuple(each.sha256 for each in (self.mask, self.picture) if each is not None)
