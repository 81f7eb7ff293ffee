"""A `UNet2DModel` of diffusers as a Denoiser, with the noise levels and the kind of prediction its scheduler names.

Made by checkpoints. It needs the extra `diffusers`, whose import takes seconds, and takes from it only the network and
the table of the scheduler: nothing is fetched, and no code in a file is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.models.diffusers_settings import DiffusersSettings, SchedulerSettings, UNet2DSettings
from engine.models.learned import Learned
from engine.models.variance_preserving import VariancePreserving

_ZERO = 1e-12
"""What stands for the abar_T = 0 of a schedule that ends in pure noise: so sigma_T = 10^6 and not infinity."""


class DiffusersUNet(Learned):
    """D(x; sigma) as diffusers' pipeline of that network and scheduler has it, "pred_original_sample", at its levels.

    Step t of ours, 1 to T, is its timestep t - 1; between two the timestep is no whole number, which the network takes.
    Where the network tells a variance, too, the first half of its channels is the prediction. D is limited where the
    scheduler says clip_sample. The network always computes in float32, as in the pipeline, and what is around it in
    float64: so x_vp is the pipeline's to the bit, and x - sigma eps loses no digits however large sigma is.
    """

    Settings: ClassVar[Any] = DiffusersSettings
    kind = "diffusers-unet"
    settings: DiffusersSettings

    def __init__(self, settings: DiffusersSettings, network: nn.Module, label: str = "model") -> None:
        """As `Learned`; `network` is a UNet2DModel."""
        scheduler = settings.scheduler
        self.view = VariancePreserving(self._predict, betas(scheduler), scheduler.clip, scheduler.prediction_type)
        self.levels = self.view.sigmas
        self.sigma_min, self.sigma_max = self.levels[0].item(), self.levels[-1].item()
        super().__init__(settings, network, label)
        self.dtype = torch.float64

    @classmethod
    def of(cls, settings: DiffusersSettings, arrays: Mapping[str, np.ndarray], label: str) -> Self:
        """As `Learned.of`."""
        with torch.device("meta"):
            network = build(settings.network)
        weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
        network.load_state_dict(weights, assign=True)
        return cls(settings, network.requires_grad_(False), label)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """As `Learned.denoise`; there is no condition."""
        return self.view.denoise(x, sigma)

    def _predict(self, x_vp: Tensor, t: Tensor, cond: Tensor | None) -> Tensor:
        single = x_vp.float()
        told: Tensor = self._network(single)(single, (t - 1).float()).sample
        return told[:, : self.data_shape[0]]


def build(settings: UNet2DSettings) -> nn.Module:
    """The network, for evaluation. Raises `InputError` where diffusers is missing, too old, or refuses the settings."""
    try:
        from diffusers.models.unets.unet_2d import UNet2DModel
    except ImportError as error:
        raise InputError(
            "a UNet2DModel needs the package diffusers, which is not here: install the extra, latent-loupe[diffusers]."
        ) from error
    unknown = sorted(settings.arguments.keys() - signature(UNet2DModel.__init__).parameters.keys())
    if unknown:
        raise InputError(f"the diffusers installed here does not know {unknown[0]!r:.60}: update it.")
    try:
        network: nn.Module = UNet2DModel(**settings.arguments).eval()
    except Exception as error:  # whatever some block of it raises for numbers that do not fit together
        raise InputError(_refused(error)) from error
    return network


def shapes(settings: DiffusersSettings) -> dict[str, tuple[int, ...]]:
    """The shape of each weight, by name, and a trial of the network on pictures of its size; no memory is taken."""
    with torch.device("meta"):
        network, x = build(settings.network), torch.zeros(1, *settings.data_shape)
        try:
            told = network(x, torch.zeros(1)).sample
        except Exception as error:  # as in `build`
            raise InputError(_refused(error)) from error
    if told.shape[2:] != x.shape[2:]:
        raise InputError(_refused(f"it makes pictures of {tuple(told.shape[2:])} from {tuple(x.shape[2:])}"))
    return {name: tuple(weight.shape) for name, weight in network.named_parameters()}


def betas(settings: SchedulerSettings) -> np.ndarray:
    """beta_1 .. beta_T [T], float64, whose products abar_t are, to the bit, the scheduler's own, which are float32."""
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    kept = DDPMScheduler(**settings.model_dump()).alphas_cumprod.double().numpy()
    if kept[-1] == 0:
        kept[-1] = _ZERO
    values: np.ndarray = 1 - kept / np.concatenate([[1.0], kept[:-1]])
    if not ((values > 0) & (values < 1)).all():
        raise InputError("the betas of its scheduler leave no noise level at some step: mend beta_start or beta_end.")
    return values


def _refused(why: Exception | str) -> str:
    said = " ".join(str(why).split()).rstrip(".")[:120] or type(why).__name__
    return f"diffusers cannot use the network's configuration ({said}): mend it or fetch the model again."
