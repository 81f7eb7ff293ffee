"""Models that diffusers itself makes and saves, tiny ones, for the tests of what opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

TINY: dict[str, Any] = {
    "sample_size": (8, 12),
    "in_channels": 1,
    "out_channels": 1,
    "block_out_channels": (8, 16),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "norm_num_groups": 4,
    "layers_per_block": 1,
}


def network(**changes: Any) -> UNet2DModel:
    """A UNet2DModel of some thousand random weights."""
    torch.manual_seed(0)
    return UNet2DModel(**{**TINY, **changes}).eval()


def pipeline(folder: Path, scheduler: Any = None, **changes: Any) -> DDPMPipeline:
    """A pipeline of such a network, saved to `folder`."""
    made = DDPMPipeline(network(**changes), scheduler or DDPMScheduler())
    made.save_pretrained(folder)
    return made
