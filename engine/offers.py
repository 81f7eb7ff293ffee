"""What is offered: why a sampler makes no sense for a model, or cannot run here, in one sentence. No torch.

The window disables such an entry and shows the sentence as its tooltip; `execute` refuses a Run for the same reason.
"""

from __future__ import annotations

import importlib.util
import math
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine import frames
from engine.analysis.pictures import is_picture
from engine.settings import SAMPLER_SETTINGS, GuidanceSettings
from engine.settings.samplers import LangevinSettings, ODESettings

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo
    from engine.run import Condition, ModelReference, Run

INSTALL = "pip install 'latent-loupe[diffusers]'"
"""The command line that installs what the samplers of diffusers need."""

MISSING = f"This sampler is one of the package diffusers, which is not here: install it with {INSTALL}."

NO_DENSITY = "Metropolis needs the density, which this model does not tell: turn it off, or choose an exact model."

TOGETHER = (
    "Particle guidance needs a group's particles at one noise level: turn the solver's adaptive steps off, or choose "
    "another sampler."
)

FRAMES = (1, 32, 32)
"""The shape of what the digit classifier reads."""

_PAIRS = 250_000_000
"""Values that the pairs of a group may have: IoU meets them in about three seconds."""

_EACH = 20  # values that a pair costs beyond its own: its kernel, and its place among the distances for the median

DENSITIES = ("mixture", "ideal")
"""The kinds of models that have a `log_density`."""


class Sampled(Protocol):
    """What it depends on: an entry of `models.catalogue`, or a model itself."""

    @property
    def kind(self) -> str:
        """A name in `checkpoints.KINDS`."""
        ...

    @property
    def data_shape(self) -> tuple[int, ...]:
        """The shape of one x0."""
        ...

    @property
    def sigma_min(self) -> float:
        """The lowest noise level that it knows."""
        ...

    @property
    def sigma_max(self) -> float:
        """The highest one."""
        ...

    @property
    def cond_shape(self) -> tuple[int, ...] | None:
        """The shape of its condition or None."""
        ...

    @property
    def reference(self) -> ModelReference:
        """Which model it is."""
        ...


def refusal(sampler: str, model: Sampled, run: Run | None = None) -> str:
    """Why `sampler`, a name in `SAMPLER_SETTINGS`, is not offered for `model`: a sentence, or nothing where it is.

    Its settings are those of `run` where that is a Run of this sampler, else the defaults. All samplers of states x go
    with all models, with steps t or without, of points or of pictures, whatever their highest level.
    """
    chosen = run is not None and run.sampler.name == sampler
    settings = run.sampler if run is not None and chosen else SAMPLER_SETTINGS[sampler](name=sampler)
    if settings.package and importlib.util.find_spec(settings.package) is None:
        return MISSING
    if settings.needs_picture and not is_picture(model.data_shape):
        return f"{settings.label} starts from a picture: choose a model of pictures, or another sampler."
    if settings.needs_picture and (run is None or run.latents.picture is None):
        return f"{settings.label} needs a picture: choose one, or another sampler."
    if settings.needs_picture and run is not None and (run.latents.edits or run.region.outside != "free"):
        return f"{settings.label} draws nothing that edits could change: take them away, or choose another sampler."
    if chosen and run is not None and run.guided and isinstance(settings, ODESettings) and settings.adapts:
        return TOGETHER
    return _langevin(settings, model) if isinstance(settings, LangevinSettings) else ""


def carried_over(run: Run, model: ModelInfo) -> Run:
    """`run` on `model`, of data of the same shape: given what the model can be given, with the default kernel where
    its own makes no sense.
    """
    groups: dict[str, Any] = {"model": model.reference.model_dump(), "condition": _given(run.condition, model)}
    if unsuited(run.guidance.kernel, model):
        groups["guidance"] = {"kernel": GuidanceSettings().kernel}
    return run.replace(**groups)


def _given(condition: Condition, model: ModelInfo) -> dict[str, Any]:
    """What there is to change in what particles are given, so that it suits the model."""
    if model.cond_shape is None:
        return {"example": 0, "frames": None}
    if condition.frames is not None and frames.suit(condition.frames, model.cond_shape):
        return {}
    own, example = model.examples(), condition.example
    there = isinstance(example, str) or (condition.frames is None and own is not None and example < len(own))
    return {"example": example if there else 0, "frames": None}


def unguided(run: Run, model: Sampled) -> str:
    """Why `run` cannot be guided as it says on `model`: a sentence, or nothing where it can or is not guided at all.

    A kernel does not stop in the middle, so a group has no more pairs than it meets in seconds.
    """
    if not run.guided:
        return ""
    size, most = run.latents.group_size, math.isqrt(_PAIRS // (math.prod(model.data_shape) + _EACH))
    if size > most:
        return f"A group of {size:,} particles has too many pairs to push: choose a group size of {most:,} or less."
    return unsuited(run.guidance.kernel, model)


def unsuited(kernel: str, model: Sampled) -> str:
    """Why that kernel makes no sense for what `model` draws: a sentence, or nothing where it does."""
    if kernel == "iou" and not is_picture(model.data_shape):
        return "IoU compares the ink of pictures: choose a model of pictures, or another kernel."
    if kernel == "angular" and model.data_shape != (2,):
        return "The angle is one of points in the plane: choose a model of them, such as ring, or another kernel."
    if kernel == "features" and model.data_shape != FRAMES:
        return "The features are those of 32 x 32 digits: choose a model of them, such as digits, or another kernel."
    return ""


def modes_of(model: ModelInfo) -> Literal["", "components", "digits", "places"]:
    """What the modes are of what `model` draws: those of its mixture, the digits, the places where a moved digit can
    be; nothing where they are not known.
    """
    from engine.models.catalogue import mixture_of

    if mixture_of(model) is not None:
        return "components"
    if model.data_shape == FRAMES and model.cond_shape is None:
        return "digits"
    return "places" if model.data == "circle" and model.cond_shape is not None else ""


def _langevin(settings: LangevinSettings, model: Sampled) -> str:
    if settings.metropolis and model.kind not in DENSITIES:
        return NO_DENSITY
    if not settings.annealed and not model.sigma_min <= settings.level <= model.sigma_max:
        return (
            f"The model knows noise levels {model.sigma_min:g} to {model.sigma_max:g}, not {settings.level:g}: "
            "choose a level inside, or annealed."
        )
    return ""
