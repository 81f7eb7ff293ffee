"""The condition: what each particle of a Run is given, of the model's own examples or of the Run's frames.

Called by `execute` and by measures. Torch is needed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine import frames
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.models import Model
    from engine.run import Run


def given(run: Run, model: Model) -> Tensor | None:
    """What the particles of `run` are given [count, *cond_shape], float32; None for a model without a condition.

    Raises `InputError` if the example that the Run asks for is not there, or its frames do not suit the model.
    """
    if model.cond_shape is None:
        return None
    examples, whose = _examples(run, model)
    example, count = run.condition.example, run.latents.count
    if isinstance(example, str):
        particles = torch.arange(count, device=examples.device)
        places = particles if example == "each" else particles // run.latents.group_size
        return examples[places % len(examples)]
    if example >= len(examples):
        raise InputError(
            f"{whose} examples 0 to {len(examples) - 1} of its condition, not {example}: choose one of them."
        )
    return examples[example].expand(count, *model.cond_shape)


def _examples(run: Run, model: Model) -> tuple[Tensor, str]:
    """What there is to choose from [M, *cond_shape], and who has it, in words."""
    assert model.cond_shape is not None
    if run.condition.frames is not None:
        found = frames.values(run.condition.frames, model.cond_shape)
        return torch.from_numpy(found), f"{run.condition.frames.label:.100} holds"
    examples: Tensor | None = getattr(model, "examples", None)
    if examples is None:
        raise InputError(
            f"{model.reference.label} needs a condition and was saved without examples of it: "
            "write it again with `latent-loupe train CONFIG.toml --export`."
        )
    return examples, f"{model.reference.label} carries"
