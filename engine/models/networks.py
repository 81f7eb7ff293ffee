"""What a network and the denoiser around it are made of, as validated frozen values. No torch here.

Read by training configurations and by checkpoints. `models.unet` and `models.mlp` build the networks themselves. Adding
a kind of network = one class, its name in `Network` and one line in `learned.build`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from engine.models.betas import Betas
from engine.settings import Frozen
from engine.settings.base import listed

EXAMPLES = "examples"
"""The name of the tensor [K, *cond_shape] beside a conditional model's weights: what it can be given."""


Sizes = Annotated[tuple[Annotated[int, Field(ge=1, le=4096)], ...], BeforeValidator(listed)]
"""Whole numbers from 1 to 4096."""


class UNetSettings(Frozen):
    """A U-Net for pictures: `models.unet.UNet`. Level k works at 1 / (patch 2^k) of the picture's resolution."""

    kind: Literal["unet"] = "unet"
    channels: int = Field(default=48, ge=8, le=1024, multiple_of=8, description="Base width.")
    multipliers: Sizes = Field(
        default=(1, 2, 2), min_length=1, max_length=8, description="Width of each level in base widths."
    )
    blocks: Sizes = Field(
        default=(2, 2, 1), min_length=1, max_length=8, description="Residual blocks on each level, on either side."
    )
    attention: Sizes = Field(
        default=(), max_length=8, description="Heights in rows of the levels whose blocks attend to all places."
    )
    patch: Literal[1, 2, 4, 8] = Field(default=2, description="Side of the squares of pixels that become channels.")

    def problem(self, data_shape: tuple[int, ...]) -> str | None:
        """Which key does not suit x0 of `data_shape`, and the allowed range; None if all do."""
        if len(data_shape) != 3:
            return f"kind: a unet needs pictures, not data of shape {list(data_shape)}: choose mlp"
        if len(self.blocks) != len(self.multipliers):
            return f"blocks: has {len(self.blocks)} values for {len(self.multipliers)} multipliers: give as many"
        factor = self.patch * 2 ** (len(self.multipliers) - 1)
        if any(side % factor for side in data_shape[1:]):
            levels, (height, width) = len(self.multipliers), data_shape[1:]
            return (
                f"multipliers: {levels} levels of patch {self.patch} need multiples of {factor}, not {height}x{width}"
            )
        rows = [data_shape[1] // (self.patch * 2**level) for level in range(len(self.multipliers))]
        wrong = sorted(set(self.attention) - set(rows))
        return f"attention: {wrong[0]} is no level's height; choose from {rows}" if wrong else None


class MLPSettings(Frozen):
    """Fully connected layers with LeakyReLU for low dimensions: `models.mlp.MLP`."""

    kind: Literal["mlp"] = "mlp"
    width: int = Field(default=128, ge=1, le=8192, description="Values in each hidden layer.")
    layers: int = Field(default=4, ge=1, le=64, description="Hidden layers.")

    def problem(self, data_shape: tuple[int, ...]) -> str | None:
        """As `UNetSettings.problem`."""
        if len(data_shape) != 1:
            return f"kind: an mlp needs points, not data of shape {list(data_shape)}: choose unet"
        return None


Network = Annotated[UNetSettings | MLPSettings, Field(discriminator="kind")]


class LearnedSettings(Frozen):
    """What every learned denoiser is beside its weights: a `models.learned.Learned`.

    `sigma_data` is the standard deviation of all values of the data about their mean, measured on the data. The
    condition, where there is one, has the data's height and width and a multiple of its channels.
    """

    network: Network
    data_shape: Sizes = Field(min_length=1, max_length=3)
    cond_shape: Sizes | None = None
    sigma_data: float = Field(gt=0, le=1e6)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        cond = self.cond_shape
        if cond is not None and (not cond or cond[1:] != self.data_shape[1:] or cond[0] % self.data_shape[0]):
            raise ValueError(f"cond_shape: {list(cond)} is not frames like the data's {list(self.data_shape)}")
        if problem := self.network.problem(self.data_shape):
            raise ValueError(f"network.{problem}")
        return self


class PreconditionedSettings(LearnedSettings):
    """`models.preconditioned.Preconditioned`. `mean` is the mean of the data, measured too, one value for each channel
    (of points, each coordinate).
    """

    mean: Annotated[tuple[float, ...], BeforeValidator(listed)]
    sigma_min: float = Field(default=0.002, gt=0, le=1e6, description="Lowest noise level that the model learns.")
    sigma_max: float = Field(default=80.0, gt=0, le=1e9, description="Highest noise level that the model learns.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if len(self.mean) != self.data_shape[0]:
            raise ValueError(f"mean: has {len(self.mean)} values for {self.data_shape[0]} channels: give one each")
        if self.sigma_min >= self.sigma_max:
            raise ValueError(f"sigma_min: must be below sigma_max ({self.sigma_max:g}), not {self.sigma_min:g}")
        return self


class NoisePredictorSettings(LearnedSettings):
    """`models.variance_preserving.NoisePredictor`: the noise levels are those of `betas`."""

    betas: Betas
    clip: float | None = Field(
        default=None, gt=0, le=1e6, description="Largest value of the estimate x0, to either side; null for no limit."
    )
