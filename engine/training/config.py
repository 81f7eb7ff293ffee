"""What a training consists of, as one frozen value read from TOML. No torch here.

Called by the command line and by the window. `train` does what it says.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from engine import reading
from engine.data.sets import Data
from engine.errors import InputError
from engine.models.betas import PRESETS, Betas
from engine.models.networks import Network, UNetSettings
from engine.run import explain
from engine.settings import Frozen

FILE = "training.safetensors"
"""The name of the saved state in a training's folder."""

LARGEST = 2**16
"""Bytes of TOML that are read."""


class EDMLoss(Frozen):
    """Denoising error weighted for equal size at all levels, ln sigma normal (Karras et al. 2022, table 1)."""

    name: Literal["edm"] = "edm"
    mean: float = Field(default=-1.2, ge=-20, le=20, title="P_mean", description="Mean of ln sigma.")
    deviation: float = Field(default=1.2, gt=0, le=10, title="P_std", description="Standard deviation of ln sigma.")


class DDPMLoss(Frozen):
    """Error of the noise that a network tells at steps t, each as likely (Ho et al. 2020, algorithm 1).

    `simple` is L_simple, the squared error of the noise; `score` and `mean` that of the score and of the posterior mean
    of x_{t-1}; `bound` the variational bound's, with beta_t as the variance of a backward step. All four are the error
    of the noise with weights over t, which are scaled to a mean of 1.
    """

    name: Literal["ddpm"] = "ddpm"
    betas: Betas = Field(default=PRESETS["Celeb64"], description="The variance schedule, or the name of a preset.")
    weighting: Literal["simple", "score", "mean", "bound"] = Field(
        default="simple", title="Weighting", description="What the squared error is of."
    )


class Optimiser(Frozen):
    """AdamW, its rate rising from 0 over `warm_up` steps and falling to 0 along half a cosine by the last step."""

    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="Highest learning rate.")
    warm_up: int = Field(default=200, ge=0, le=10**6, description="Steps over which the rate rises.")
    weight_decay: float = Field(default=0.0, ge=0, le=1, description="Share of a weight taken off, times the rate.")
    clip: float = Field(default=1.0, gt=0, le=1e6, description="Largest norm of the gradient; larger ones are scaled.")


class Training(Frozen):
    """All that a trained model follows from. Raises `pydantic.ValidationError`; `read` gives one sentence."""

    name: str = Field(min_length=1, max_length=100, description="Name of the model's files.")
    title: str = Field(default="", max_length=100, description="The model's name in lists; its files' name if empty.")
    description: str = Field(default="", max_length=500, description="What the model is, in a sentence, for lists.")
    data: Data = Field(discriminator="name")
    network: Network = UNetSettings()
    loss: Annotated[EDMLoss | DDPMLoss, Field(discriminator="name")] = EDMLoss()
    optimiser: Optimiser = Optimiser()
    seed: int = Field(default=0, ge=0, lt=2**31, description="Weights, data and noise follow from it.")
    steps: int = Field(default=20_000, ge=1, le=10**8, description="Steps of the optimiser.")
    batch: int = Field(default=64, ge=1, le=65_536, description="Examples in a step.")
    microbatch: int = Field(
        default=8, ge=1, le=65_536, description="Examples whose gradient is taken at once: few keep a window fluent."
    )
    average: float = Field(
        default=0.9999, ge=0, lt=1, description="Share of the moving average kept in a step; less in the first ones."
    )
    precision: Literal["float32", "bfloat16"] = Field(
        default="float32", description="Of the network's arithmetic in training; weights are float32."
    )
    preview_every: int = Field(default=500, ge=1, le=10**8, description="Steps between two previews.")
    save_minutes: float = Field(default=5.0, ge=0, le=1440, description="Minutes between two savings.")

    @field_validator("name")
    @classmethod
    def _for_files(cls, name: str) -> str:
        if not re.fullmatch(r"\w[\w .-]*", name):
            raise ValueError("must begin with a letter or a digit; spaces, dots, hyphens, underscores may follow")
        return name

    @model_validator(mode="after")
    def _divided(self) -> Self:
        if self.batch % self.microbatch:
            raise ValueError(f"microbatch: must divide batch ({self.batch}), not be {self.microbatch}")
        return self

    def replace(self, **groups: Any) -> Training:
        """A validated copy; a dict given for a group changes the named fields of that group only, but all of it where
        its `name` or `kind` is another one. Raises `pydantic.ValidationError`.
        """
        content = self.model_dump()
        for key, value in groups.items():
            old = content.get(key)
            if isinstance(value, dict) and isinstance(old, dict):
                same = all(value.get(choice, old.get(choice)) == old.get(choice) for choice in ("name", "kind"))
                value = {**old, **value} if same else value
            content[key] = value
        return Training.model_validate(content)

    def same_result(self, other: Training) -> bool:
        """Whether a training may go on as the other one: all that differs are texts, intervals and the micro-batch, on
        which the weights depend by rounding at most.
        """
        free = {"title", "description", "microbatch", "preview_every", "save_minutes"}
        return self.model_dump(exclude=free) == other.model_dump(exclude=free)


def parse(content: dict[str, Any], where: str = "the configuration") -> Training:
    """A configuration from a dictionary. Raises `InputError`, one sentence naming the key and what it allows."""
    try:
        return Training.model_validate(content)
    except ValidationError as error:
        # The kinds that pydantic puts into a field's path stand in no file.
        problem = explain(error, where).removeprefix(where)
        problem = re.sub(r"\b(network|data|loss|betas)\.('[^']*'|[^.:]+)\.", r"\1.", problem)
        raise InputError(where + problem) from error


def read(path: Path) -> Training:
    """The configuration in a TOML file. Raises `InputError` if the file cannot be read or holds none."""
    try:
        content = tomllib.loads(reading.read(path, LARGEST, "a configuration").decode())
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not TOML ({reading.brief(error)}): correct it.") from error
    return parse(content, path.name)
