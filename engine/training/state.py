"""The state of a training: weights, their moving average, optimiser, position; saved and read as one file.

Owned by `train`. The file is safetensors with JSON in its header, written whole or not at all, so that a training that
was killed goes on from the last one and ends with the very weights it would have had.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.checkpoints.files import MAX_WEIGHTS
from engine.data.sets import DataSet
from engine.errors import InputError
from engine.files import write_atomically
from engine.models.learned import Learned, build
from engine.models.networks import LearnedSettings, NoisePredictorSettings, PreconditionedSettings
from engine.models.preconditioned import Preconditioned
from engine.models.variance_preserving import NoisePredictor
from engine.reading import brief, check, parsed
from engine.run import explain
from engine.training.config import FILE, DDPMLoss, Training
from engine.training.losses import LOSSES, squared_error

_EXAMPLES = 16  # of its condition, that a model carries
_EXAMPLES_BATCH = 2**32 - 2  # the step whose data they are; no training reaches it
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class State:
    """A training after `step` steps. `model` is being trained, `average` holds the moving average, `losses` the loss
    of each step so far, `seconds` the time spent, `awaits_preview` whether the preview of this step was cut short.
    """

    def __init__(self, config: Training, data: DataSet, device: torch.device) -> None:
        """A training not begun. Raises `InputError` if the network does not suit the data."""
        self.config, self.data, self.device = config, data, device
        kind, self.settings = _model(config, data)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            network = build(self.settings).to(device)
        examples = _examples(config, data)
        self.model = kind(self.settings, network, examples=examples)
        self.average = kind(self.settings, copy.deepcopy(network).requires_grad_(False), examples=examples)
        own = config.optimiser
        self._optimiser = torch.optim.AdamW(
            network.parameters(), lr=own.learning_rate, weight_decay=own.weight_decay, fused=True
        )
        self.step = 0
        self.losses: list[float] = []
        self.seconds = 0.0
        self.awaits_preview = False

    def advance(self) -> Iterator[None]:
        """Do one step in small pieces, each forward or backward pass of a micro-batch being one.

        Nothing but the gradients has changed until the last piece, so a step may be dropped half-way. Raises
        `InputError` if the loss is no longer finite.
        """
        config, step = self.config, self.step
        x0, cond, noise, sigma, weight = self._examples()
        self._optimiser.zero_grad()
        total = torch.zeros((), device=self.device)
        for start in range(0, config.batch, config.microbatch):
            part = slice(start, start + config.microbatch)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
                frames = None if cond is None else cond[part]
                errors = squared_error(self.model, x0[part], frames, noise[part], sigma[part])
                loss = (weight[part] * errors).sum() / config.batch
            yield
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
            yield
        value = total.item()
        if not math.isfinite(value):
            raise InputError(f"The loss is no longer finite at step {step}: lower optimiser.learning_rate and resume.")
        parameters = list(self.model.network.parameters())
        torch.nn.utils.clip_grad_norm_(parameters, config.optimiser.clip)
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(config, step)
        self._optimiser.step()
        with torch.no_grad():
            kept = min(config.average, (1 + step) / (10 + step))
            averaged: list[Tensor] = list(self.average.network.parameters())
            torch._foreach_lerp_(averaged, [parameter.detach() for parameter in parameters], 1 - kept)
        self.losses.append(value)
        self.step += 1

    def _examples(self) -> tuple[Tensor, Tensor | None, Tensor, Tensor, Tensor]:
        """x0, condition, noise, sigma and weight of this step: functions of (seed, step) alone."""
        config = self.config
        x0, cond = self.data.batch(config.seed, self.step, config.batch)
        clean = torch.from_numpy(x0).to(self.device)
        entropy = np.random.SeedSequence([config.seed, self.step, 1]).generate_state(1, np.uint64).item()
        generator = torch.Generator(self.device).manual_seed(entropy >> 1)
        noise = torch.randn(clean.shape, generator=generator, device=self.device)
        normal = torch.randn(len(clean), generator=generator, device=self.device)
        sigma, weight = LOSSES[config.loss.name](config.loss, self.model, normal)
        return clean, None if cond is None else torch.from_numpy(cond).to(self.device), noise, sigma, weight

    def save(self, folder: Path) -> None:
        """Write the state into `folder`, in place of the one before. Raises `InputError` if the disk refuses."""
        header = {
            "config": self.config.model_dump(mode="json"),
            "settings": self.settings.model_dump(mode="json"),
            "step": self.step,
            "seconds": self.seconds,
            "awaits_preview": self.awaits_preview,
        }
        tensors = self._tensors() | {"losses": torch.tensor(self.losses, dtype=torch.float64)}
        write_atomically(folder / FILE, save(tensors, {"training": json.dumps(header)}))

    def read(self, folder: Path) -> None:
        """Take up the state that `folder` holds, of the same configuration.

        Raises `InputError` if it is damaged or of another configuration.
        """
        path = folder / FILE
        try:
            if check(path) > MAX_WEIGHTS:
                raise ValueError("it is too large")
            with safe_open(path, framework="pt") as file:
                header = parsed(file.metadata()["training"])
                stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if not self.config.same_result(Training.model_validate(header["config"])):
                raise InputError(
                    f"{folder.name} holds a training with another configuration: choose that one or an empty folder."
                )
            self.losses = stored.pop("losses").tolist()
            self.step, self.seconds = header["step"], header["seconds"]
            self.awaits_preview = header.get("awaits_preview", False)
            own = self._tensors()
            with torch.no_grad():
                for name, tensor in own.items():
                    tensor.copy_(stored[name])
        except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{path.name} in {folder.name} is damaged ({brief(error)}): delete it to start again."
            ) from error

    def _tensors(self) -> dict[str, Tensor]:
        """Everything that changes in training, by name; not copies."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self.model.network.named_parameters():
            tensors[f"network.{name}"] = parameter.detach()
            state = self._optimiser.state[parameter]
            if not state:  # as AdamW itself makes it in its first step
                state.update({key: torch.zeros_like(parameter) for key in _MOMENTS[1:]})
                state["step"] = torch.zeros((), dtype=torch.float32, device=self.device)
            tensors |= {f"{key}.{name}": state[key] for key in _MOMENTS}
        for name, parameter in self.average.network.named_parameters():
            tensors[f"average.{name}"] = parameter
        return tensors


def _model(config: Training, data: DataSet) -> tuple[type[Learned], LearnedSettings]:
    """Which model the loss trains, and its settings with what is measured on the data."""
    mean, sigma_data = data.measure()
    own: dict[str, Any] = {"network": config.network, "data_shape": data.data_shape, "cond_shape": data.cond_shape}
    try:
        if isinstance(config.loss, DDPMLoss):
            return NoisePredictor, NoisePredictorSettings(**own, sigma_data=sigma_data, betas=config.loss.betas)
        return Preconditioned, PreconditionedSettings(**own, sigma_data=sigma_data, mean=mean)
    except ValidationError as error:
        raise InputError(explain(error, config.name)) from error


def _examples(config: Training, data: DataSet) -> Tensor | None:
    """What the model can be given wherever it goes [16, *cond_shape], rounded as it will be stored; follows from the
    seed, so it is no part of a saved state.
    """
    if data.cond_shape is None:
        return None
    _, cond = data.batch(config.seed, _EXAMPLES_BATCH, _EXAMPLES)
    return torch.from_numpy(cond).half().float()


def learning_rate(config: Training, step: int) -> float:
    """The rate of step 0, 1, ...: a straight rise over the warm-up, then half a cosine down to nearly 0."""
    own = config.optimiser
    rise = min(1.0, (step + 1) / max(1, own.warm_up))
    return own.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * step / config.steps))
