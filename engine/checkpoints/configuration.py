"""What a checkpoint's JSON says, one class a kind of model, and the hash that is a model's identity. No torch here.

Used by `checkpoints.files` and, for their references, by `models`. Adding a kind = one class and one line in `KINDS`.
"""

from __future__ import annotations

import hashlib
import json
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import numpy as np
from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from engine.errors import InputError
from engine.models.diffusers_settings import DiffusersSettings
from engine.models.networks import EXAMPLES, LearnedSettings, NoisePredictorSettings, PreconditionedSettings
from engine.reading import parsed
from engine.run import CHECKPOINT_FORMAT, explain
from engine.settings import Frozen
from engine.settings.references import plain_label

if TYPE_CHECKING:
    from engine.models import Model

FORMAT: Final = CHECKPOINT_FORMAT
VERSION: Final = 1


class Configuration(Frozen):
    """What is common to every kind. `data_shape` is the shape of one x0, `label` the name shown to people, `sha256` the
    model's identity (see `content_hash`), which a list shows without reading the tensors and which opening checks,
    `provenance` what else there is to say about the model, free JSON. Raises `pydantic.ValidationError`.
    """

    dtypes: ClassVar[tuple[str, ...]]
    """The precisions, as safetensors names them, that this kind's tensors may be stored in."""

    format: Literal["latent-loupe checkpoint"] = FORMAT
    version: Literal[1] = VERSION
    kind: str
    label: str = Field(min_length=1, max_length=200)
    data_shape: tuple[int, ...] = Field(min_length=1, max_length=4, strict=False)  # JSON has lists only
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    provenance: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("label")
    @classmethod
    def _plain(cls, label: str) -> str:
        if label != plain_label(label):
            raise ValueError("must be a name of printable characters without slashes, never a path")
        return label

    @field_validator("data_shape")
    @classmethod
    def _reasonable(cls, shape: tuple[int, ...]) -> tuple[int, ...]:
        if min(shape) < 1 or math.prod(shape) > 2**24:
            raise ValueError("must be sizes of at least 1 with at most 16,777,216 values in all")
        return shape

    @property
    def content(self) -> dict[str, Any]:
        """What counts towards the model's identity: all but the format, the label, the identity and the provenance.

        Only what differs from the defaults, so that a field added later leaves the hashes of older models as they were.
        """
        left_out = {"format", "version", "label", "sha256", "provenance"}
        return self.model_dump(mode="json", exclude=left_out, exclude_defaults=True)

    def check(self, dtypes: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]], where: str) -> None:
        """Raise `InputError`, one sentence with counts and examples, unless tensors of these dtypes and shapes, by
        name, are what this kind needs.
        """
        try:
            needed = self.shapes(shapes)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        odd = {
            "missing": [name for name in needed if name not in shapes],
            "unexpected": [name for name in shapes if name not in needed],
            "of another shape": [
                f"{name}: {_sizes(shapes[name])} where {_sizes(shape)} is needed"
                for name, shape in needed.items()
                if name in shapes and (shapes[name] != shape or 0 in shape)
            ],
        }
        problem = ", ".join(f"{what}: {len(names)} ({_few(names)})" for what, names in odd.items() if names)
        if problem:
            raise InputError(f"{where} does not fit its JSON, tensors {problem}: choose two files saved together.")
        stored = [f"{name} as {dtype}" for name, dtype in dtypes.items() if dtype not in self.dtypes]
        if stored:
            raise InputError(
                f"{where} has tensors stored otherwise than as {' or '.join(self.dtypes)}: "
                f"{len(stored)} ({_few(stored)}): convert them."
            )

    @abstractmethod
    def shapes(self, found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """The shape each tensor needs; where one is free (the number of components, say) it is as in `found`."""

    @abstractmethod
    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """The model itself. Imports torch. Raises `InputError` for values the model cannot have."""


class MixtureConfiguration(Configuration):
    """An exact Gaussian mixture, `models.mixture.Mixture`."""

    dtypes = ("F64",)
    kind: Literal["mixture"]

    def shapes(self, found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """K components of d values each."""
        d, components = math.prod(self.data_shape), _first(found, "means")
        return {"means": (components, d), "covariances": (components, d, d), "weights": (components,)}

    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """A Mixture."""
        from engine.models.mixture import Mixture

        return Mixture(**arrays, data_shape=self.data_shape, label=self.label)


class IdealConfiguration(Configuration):
    """The ideal denoiser of a finite data set, `models.ideal.IdealDenoiser`. Bytes 0 .. 255 stand for -1 .. 1."""

    dtypes = ("U8", "F32", "F64")
    kind: Literal["ideal"]

    def shapes(self, found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """M data points."""
        return {"data": (_first(found, "data"), *self.data_shape)}

    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """An IdealDenoiser."""
        from engine.models.ideal import IdealDenoiser

        return IdealDenoiser(arrays["data"], label=self.label)


class NetworkConfiguration(LearnedSettings, Configuration):
    """What is common to networks, `models.learned.Learned`."""

    dtypes = ("F16", "F32")

    def shapes(self, found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """As the network's own parameters, and K examples of the condition where there are some. Imports torch."""
        from engine.models.learned import shapes

        needed = shapes(self)
        if self.cond_shape is not None and EXAMPLES in found:
            needed[EXAMPLES] = (_first(found, EXAMPLES), *self.cond_shape)
        return needed


class PreconditionedConfiguration(PreconditionedSettings, NetworkConfiguration):
    """A network with EDM's preconditioning, `models.preconditioned.Preconditioned`."""

    kind: Literal["unet", "mlp"]

    @model_validator(mode="after")
    def _one_kind(self) -> PreconditionedConfiguration:
        if self.kind != self.network.kind:
            raise ValueError(f"network.kind: must be {self.kind}, as the model's kind is, not {self.network.kind}")
        return self

    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """A Preconditioned with these weights."""
        from engine.models.preconditioned import Preconditioned

        return Preconditioned.of(self, arrays, self.label)


class NoisePredictorConfiguration(NoisePredictorSettings, NetworkConfiguration):
    """A network that tells the noise, as in DDPM, `models.variance_preserving.NoisePredictor`."""

    kind: Literal["variance-preserving"]

    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """A NoisePredictor with these weights."""
        from engine.models.variance_preserving import NoisePredictor

        return NoisePredictor.of(self, arrays, self.label)


class DiffusersConfiguration(DiffusersSettings, Configuration):
    """A UNet2DModel of diffusers, `models.diffusers_unet.DiffusersUNet`."""

    dtypes = ("F16", "F32")
    kind: Literal["diffusers-unet"]

    def shapes(self, found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """As the network's own parameters. Imports diffusers."""
        from engine.models.diffusers_unet import shapes

        return shapes(self)

    def build(self, arrays: dict[str, np.ndarray]) -> Model:
        """A DiffusersUNet with these weights."""
        from engine.models.diffusers_unet import DiffusersUNet

        return DiffusersUNet.of(self, arrays, self.label)


KINDS: dict[str, type[Configuration]] = {
    "mixture": MixtureConfiguration,
    "ideal": IdealConfiguration,
    "unet": PreconditionedConfiguration,
    "mlp": PreconditionedConfiguration,
    "variance-preserving": NoisePredictorConfiguration,
    "diffusers-unet": DiffusersConfiguration,
}


def _first(found: Mapping[str, tuple[int, ...]], name: str) -> int:
    return next(iter(found.get(name, ())), 0)


def _sizes(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _few(odd: list[str]) -> str:
    """Up to three of them, each cut short and on one line."""
    plain = ("".join(sign if sign.isprintable() else "?" for sign in text[:100]) for text in odd[:3])
    return ", ".join([*plain, *(["…"] if len(odd) > 3 else [])])


def configure(kind: str, label: str, data_shape: tuple[int, ...], **own: Any) -> Configuration:
    """The configuration of a model of this kind. Raises `InputError` naming the field that is wrong."""
    try:
        return KINDS[kind].model_validate({"kind": kind, "label": label, "data_shape": data_shape, **own})
    except ValidationError as error:
        raise InputError(explain(error, "The model")) from error


def parse(content: bytes, where: str) -> Configuration:
    """The configuration in a checkpoint's JSON. Raises `InputError`, one sentence, if it is not one."""
    try:
        fields = parsed(content)
    except ValueError as error:
        raise InputError(f"{where} is not JSON ({error}): choose a checkpoint that Latent Loupe wrote.") from error
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise InputError(f'{where} does not say "format": "{FORMAT}": choose a checkpoint that Latent Loupe wrote.')
    version, kind = fields.get("version"), fields.get("kind")
    if isinstance(version, int) and version > VERSION:
        raise InputError(f"{where} is of format {version} and this program reads up to {VERSION}: update Latent Loupe.")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{where} is of the unknown kind {kind!r:.60}: this program knows {', '.join(KINDS)}.")
    try:
        return KINDS[kind].model_validate(fields)
    except ValidationError as error:
        raise InputError(explain(error, where)) from error


def content_hash(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 (64 hexadecimal digits) of a model: canonical JSON, then the tensors' bytes in order of their names.

    The JSON holds `content` and each tensor's name, dtype and shape, so that no two models share the bytes hashed.
    """
    tensors = {name: [array.dtype.name, *array.shape] for name, array in arrays.items()}
    head = {"content": content, "tensors": tensors}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True, separators=(",", ":")).encode())
    for _, array in sorted(arrays.items()):
        little = array.dtype.newbyteorder("<")
        digest.update(np.ascontiguousarray(array, dtype=little).data)
    return digest.hexdigest()
