"""Self-test of what is drawn: versions, device, bundled models, samplers and kernels. Called by `app.self_test`.

Samplers and kernels are held against closed forms, models against their hashes, and all against themselves: asked
again, they give the same bits.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from engine.self_test import Check, need

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import Model
    from engine.models.catalogue import ModelInfo
    from engine.run import Run
    from engine.trajectory import Trajectory

SHOWN = ("latent-loupe", "torch", "numpy", "PySide6-Essentials", "pyqtgraph", "matplotlib", "umap-learn", "diffusers")
"""The distributions whose versions are told."""

FROM_NOISE = ("ddpm", "euler-maruyama", "predictor-corrector", "langevin")
"""The samplers that add noise by default: of their samples only mean and spread are known."""

_COUNT, _STEPS = 400, 40
_ERROR = 0.2  # of the samplers that add no noise, from the exact flow, in so many steps; the spread of the data is 1
_MEAN, _SPREAD = 0.3, (0.7, 1.5)  # of the others, their first-order methods being biased in so few steps


def versions(_: Path) -> str:
    """That everything is installed; its versions."""
    told = [f"{name} {version(name)}" for name in SHOWN]
    return ", ".join([f"Python {sys.version.split()[0]}", *told])


def device(_: Path) -> str:
    """That it multiplies matrices."""
    import torch

    from engine.resources import device

    place = device()
    ones = torch.ones(64, 64, dtype=torch.float64, device=place)
    need((ones @ ones == 64).all(), f"The device {place} multiplies wrongly: update its driver.")
    name = torch.cuda.get_device_name() if place.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"{place} ({name}), {torch.get_num_threads()} threads"


def models(_: Path) -> str:
    """That each bundled model has the weights of its hash and draws a small Run, the same to the bit again."""
    from engine.models import catalogue

    offered = (*catalogue.bundled(), *catalogue.learned())
    for info in offered:
        model = info.build()
        need(model.reference == info.reference, f"The model {info.name} is not the one of its hash: install it again.")
        run = default_run(info).replace(latents={"count": 2}, schedule={"steps": 3})
        x0, again = x0_of(run, model), x0_of(run, model)
        need(x0.isfinite().all(), f"The model {info.name} draws numbers that are not finite.")
        need((x0 == again).all(), f"The model {info.name} draws other numbers when asked again.")
    return f"{len(offered)} models"


def samplers(_: Path) -> str:
    """That each sampler draws the one Gaussian of `shifted-2d` as its closed form says, the same to the bit again."""
    import torch

    from engine.models.catalogue import named
    from engine.settings import SAMPLER_SETTINGS

    info = named("shifted-2d")
    model, centre = info.build(), torch.tensor([10.0, 0.0], dtype=torch.float64)
    sampling = [name for name, settings in SAMPLER_SETTINGS.items() if not settings.needs_picture]
    for name in sampling:
        run = default_run(info).replace(
            latents={"count": _COUNT, "seed": 1}, schedule={"steps": _STEPS, "sigma_max": 20.0}, sampler={"name": name}
        )
        drawn = drawn_by(run, model)
        start, x0 = state(drawn, 0), state(drawn, drawn.last)
        if name in FROM_NOISE:
            apart, spread = (x0.mean(0) - centre).abs().max().item(), x0.std(0)
            near = apart < _MEAN and bool((spread > _SPREAD[0]).all() and (spread < _SPREAD[1]).all())
        else:
            flow = centre + (start - centre) / math.sqrt(1 + 20.0**2)
            near = (x0 - flow).abs().max().item() < _ERROR
        need(near, f"The sampler {name} does not draw the Gaussian whose closed form is known.")
        few = run.replace(latents={"count": 5})
        need((x0_of(few, model) == x0_of(few, model)).all(), f"The sampler {name} draws other numbers again.")
    _noised()
    return f"{len(sampling) + 1} samplers"


def _noised() -> None:
    """That noising keeps a picture's noise the same at all levels."""
    from engine import picture
    from engine.models.catalogue import named

    info = named("digits-ideal")
    reference, _ = picture.of_item(info, 3)
    run = default_run(info).replace(
        latents={"count": 2, "picture": reference.model_dump()}, sampler={"name": "noising"}
    )
    drawn = drawn_by(run, info.build())
    x0 = state(drawn, drawn.last)
    noises = [(state(drawn, index) - x0) / drawn.sigmas[index] for index in (0, drawn.last - 1)]
    error = (noises[0] - noises[1]).abs().max().item()
    need(error < 1e-9, "The sampler noising does not add the same noise at all levels.")


def kernels(_: Path) -> str:
    """That the closed-form gradient of each kernel is that of its values, by differences; in random groups of 5."""
    import torch

    from engine.guidance.kernels import KERNELS
    from engine.offers import FRAMES

    generator = torch.Generator().manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {"iou": (1, 8, 8), "features": FRAMES}
    for name, kernel in KERNELS.items():
        shape = shapes.get(name, (2,))
        x = 0.9 * torch.rand(1, 5, *shape, generator=generator, dtype=torch.float64)
        way = torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5
        h = kernel.distance(x).max().item() / 2
        closed = (kernel.gradient(x, h)[0, 0] * way).sum().item()
        numeric = _slope(lambda x, kernel=kernel, h=h: kernel.value(x, h)[0, 0, 1:].sum(), x, way)  # type: ignore[misc]
        if name == "mahalanobis":  # takes its covariance from the group, which the differences move
            numeric, closed = 0.0, kernel.gradient(x, h).sum(1).abs().max().item()
        near = math.isclose(closed, numeric, rel_tol=1e-3, abs_tol=1e-6)
        need(near, f"The gradient of the kernel {name} is not that of its values: {closed:g} and {numeric:g}.")
    return f"{len(KERNELS)} kernels"


def _slope(value: Callable[[Tensor], Tensor], x: Tensor, way: Tensor, step: float = 1e-5) -> float:
    """The derivative of `value` where the first particle moves that way, by a central difference."""
    ahead, behind = x.clone(), x.clone()
    ahead[0, 0] += step * way
    behind[0, 0] -= step * way
    return (value(ahead) - value(behind)).item() / (2 * step)


def default_run(info: ModelInfo) -> Run:
    """A Run of that model, all else by default."""
    from engine.run import Run

    return Run(model=info.reference)


def drawn_by(run: Run, model: Model) -> Trajectory:
    """What the Run draws, recorded."""
    from engine.execute import record

    *_, trajectory = record(run, model)
    return trajectory


def state(drawn: Trajectory, index: int) -> Tensor:
    """The state x [N, ...] at a Step that was kept, on the CPU."""
    step = drawn[index]
    assert step is not None
    return step.x.cpu()


def x0_of(run: Run, model: Model) -> Tensor:
    """What the Run draws: [count, ...]."""
    drawn = drawn_by(run, model)
    return state(drawn, drawn.last)


CHECKS: dict[str, Check] = {
    "versions": versions,
    "device": device,
    "models": models,
    "samplers": samplers,
    "kernels": kernels,
}
"""These checks by name, in their order."""
