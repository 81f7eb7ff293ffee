"""References: what a Run names by the SHA-256 of its content and does not hold. Never a path. No torch."""

from __future__ import annotations

from pydantic import Field, field_validator

from engine.settings.base import Frozen


class Reference(Frozen):
    """What a Run names: a label for people and the SHA-256 of its content."""

    label: str = Field(min_length=1, max_length=200)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @field_validator("label")
    @classmethod
    def _no_path(cls, label: str) -> str:
        if not label.isprintable() or "/" in label or "\\" in label:
            raise ValueError("must be a name of printable characters without slashes, never a path")
        return label


class ModelReference(Reference):
    """Which model."""


class PictureReference(Reference):
    """Which picture, as `engine.picture` keeps it in `engine.attachments`; `label` is a file's name or "digits 17"."""


class MaskReference(Reference):
    """Which mask, as `engine.mask` keeps it in `engine.attachments`; `label` is its name among the masks."""


class FramesReference(Reference):
    """Which frames a model is given as its condition, as `engine.frames` keeps them in `engine.attachments`; `label`
    says of which sequence.
    """


class LatentReference(Reference):
    """Which latent n, as `engine.latents.stored` keeps it in `engine.attachments`; `label` says of what it is."""


def plain_label(text: str) -> str:
    """`text` as a label: what a label may not hold is replaced, what is too long cut."""
    return "".join(c if c.isprintable() and c not in "/\\" else "_" for c in text)[:200] or "_"
