"""What a model of diffusers is beside its weights: what configures its network and its scheduler, validated. No torch.

Read by `checkpoints` from a folder of diffusers and from a checkpoint of ours; `diffusers_unet` makes the model. The
fields bear diffusers' own names.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from engine.models.betas import Prediction
from engine.settings import Frozen
from engine.settings.base import listed

Size = Annotated[int, Field(ge=1, le=8192)]
Betas = Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], BeforeValidator(listed)]


def _height_and_width(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else listed(value)


class UNet2DSettings(Frozen):
    """The arguments of diffusers' `UNet2DModel`: those that bound its size or tell whether it can be drawn; others are
    kept as they are and checked when the network is made.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    kind: Literal["UNet2DModel"] = "UNet2DModel"
    sample_size: Annotated[tuple[Size, Size] | None, BeforeValidator(_height_and_width)] = None
    in_channels: Size = 3
    out_channels: Size = 3
    block_out_channels: Annotated[tuple[Size, ...], BeforeValidator(listed)] = Field(
        default=(224, 448, 672, 896), min_length=1, max_length=12
    )
    layers_per_block: int = Field(default=2, ge=1, le=64)
    time_embedding_type: str = "positional"
    class_embed_type: str | None = None
    num_class_embeds: int | None = None

    @model_validator(mode="after")
    def _drawable(self) -> Self:
        if self.class_embed_type is not None or self.num_class_embeds is not None:
            raise ValueError("num_class_embeds: the model needs a class, which cannot be given yet: choose one without")
        if self.time_embedding_type != "positional":
            raise ValueError(
                f"time_embedding_type: {self.time_embedding_type!r:.40} is not for steps of a variance-preserving "
                "schedule: choose a model with 'positional'"
            )
        if self.sample_size is None:
            raise ValueError("sample_size: is not given: write the pictures' height and width there, e.g. [32, 32]")
        return self

    @property
    def data_shape(self) -> tuple[int, ...]:
        """The shape of one x0: channels, height, width."""
        return (self.in_channels, *(self.sample_size or ()))

    @property
    def arguments(self) -> dict[str, Any]:
        """The keyword arguments for `UNet2DModel`."""
        return self.model_dump(exclude={"kind"})


class SchedulerSettings(Frozen):
    """What diffusers' schedulers say of the noise levels and of what the network tells; not how they sample.

    The defaults are those of its `DDPMScheduler`.
    """

    num_train_timesteps: int = Field(default=1000, ge=1, le=10_000)
    beta_schedule: Literal["linear", "scaled_linear", "squaredcos_cap_v2", "laplace", "sigmoid"] = "linear"
    beta_start: float = Field(default=1e-4, gt=0, lt=1)
    beta_end: float = Field(default=0.02, gt=0, lt=1)
    trained_betas: Betas | None = None
    rescale_betas_zero_snr: bool = False
    prediction_type: Prediction = "epsilon"
    variance_type: str | None = "fixed_small"
    clip_sample: bool = True
    clip_sample_range: float = Field(default=1.0, gt=0, le=1e6)
    thresholding: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.thresholding:
            raise ValueError("thresholding: is not offered: set it to false, and clip_sample to true")
        if self.trained_betas is not None and len(self.trained_betas) != self.num_train_timesteps:
            count = len(self.trained_betas)
            raise ValueError(f"trained_betas: has {count} values for num_train_timesteps {self.num_train_timesteps}")
        return self

    @property
    def clip(self) -> float | None:
        """Largest value of the estimate x0, to either side; None for no limit."""
        return self.clip_sample_range if self.clip_sample else None


class DiffusersSettings(Frozen):
    """`models.diffusers_unet.DiffusersUNet`. `sigma_data` is not known: 0.5 is usual for pictures from -1 to 1."""

    cond_shape: ClassVar[None] = None
    sigma_data: ClassVar[float] = 0.5

    network: UNet2DSettings
    scheduler: SchedulerSettings
    data_shape: tuple[int, ...] = Field(min_length=3, max_length=3, strict=False)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.data_shape != self.network.data_shape:
            raise ValueError(f"data_shape: must be the network's {list(self.network.data_shape)}")
        channels, told = self.network.in_channels, self.network.out_channels
        learned = (self.scheduler.variance_type or "").startswith("learned")
        if told != channels * (2 if learned else 1):
            raise ValueError(
                f"network.out_channels: {told} do not tell the noise in {channels} with the scheduler's variance_type "
                f"{self.scheduler.variance_type!r:.40}: choose a model of pictures without a condition"
            )
        return self
