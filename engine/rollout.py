"""Rollout: a model of next frames that goes on from what it drew (A5), frame after frame, as films or as a tree.

Called by the window's worker. No torch at import, so that the window has the settings at start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from engine import frames
from engine.analysis.pictures import to_uint8
from engine.data import sequences
from engine.errors import InputError
from engine.run import Run
from engine.settings import Frozen
from engine.settings.edits import Region

if TYPE_CHECKING:
    from engine.models import Model
    from engine.models.catalogue import ModelInfo

LEAVES = 64
"""Particles that the last frame may have."""

_SEEDS = 2**63

_never: Callable[[], bool] = lambda: False  # noqa: E731


class RolloutSettings(Frozen):
    """How far a rollout goes, and of how many frames it is."""

    depth: int = Field(default=4, ge=1, le=12, title="Depth", description="Frames drawn, each after the one before.")
    branches: int = Field(
        default=1,
        ge=1,
        le=4,
        title="Branches",
        description="Next frames of each frame drawn: with 1 each goes on as a film, more make a tree. Those of one "
        "frame are a group of particle guidance.",
    )
    start: int = Field(
        default=4,
        ge=1,
        le=LEAVES,
        title="First frames",
        description="First frames drawn, each of them the start of a film or a tree.",
    )

    @property
    def counts(self) -> list[int]:
        """Particles of each level."""
        return [self.start * self.branches**index for index in range(self.depth)]

    @property
    def refusal(self) -> str:
        """Why it cannot be drawn: a sentence, or nothing where it can."""
        if self.counts[-1] > LEAVES:
            return f"{self.counts[-1]:,} last frames are more than {LEAVES}: lower depth, branches or start."
        return ""


class Rollout(RolloutSettings):
    """What is drawn: from the first example of the frames that `run` names, as `run` says."""

    run: Run

    @property
    def refusal(self) -> str:
        """As of the settings, and where the Run gives no such frames or its sampler starts from no noise."""
        if reason := super().refusal:
            return reason
        if self.run.condition.frames is None or self.run.condition.example != 0:
            return "A rollout goes on from frames that all particles are given: choose those of a sequence."
        if self.run.sampler.needs_picture:
            return f"{self.run.sampler.label} starts from a picture, a rollout from noise: choose another sampler."
        return ""


@dataclass(frozen=True, eq=False)
class Level:
    """The frames [N, H, W], uint8, that were drawn as number `index` after those given, counted from 0.

    Particle p continues particle parents[p] of the level before; parents [N] of level 0 are -1. `run` draws the level
    alone, with the same bits. Of the frames as they are here `centroids` [N, 2] are (rows down, columns right) from
    the middle in pixels, NaN without ink; `quality` [N] is the score Q against the last frame of the sequence, and
    `readable` [N] whether that is still good enough to tell the digit.
    """

    index: int
    run: Run
    frames: frames.Frames
    parents: NDArray[np.int64]
    centroids: NDArray[np.float64]
    quality: NDArray[np.float64]
    readable: NDArray[np.bool_]


def caution(rollout: Rollout, model: ModelInfo) -> str:
    """A sentence where the rollout is longer than the sequences that the model was made of, or nothing."""
    walk = sequences.WALKS.get(model.data)
    if walk is None or model.cond_shape is None:
        return ""
    learnt = walk(np.random.default_rng(0), 1).shape[1] - model.cond_shape[0]
    if rollout.depth <= learnt:
        return ""
    return f"Only {learnt} of these frames can be learnt from sequences of {model.data}: what follows is a guess."


def roll(rollout: Rollout, model: Model, *, interrupted: Callable[[], bool] = _never) -> Iterator[Level | float]:
    """Each Level when it is drawn and, between two steps of sampling, the share done of the whole, 0 to 1.

    The Run of a level has the seed of the one before + 1, so that its noise is its own. Edits, a region and a picture
    to start from are those of level 0 alone. Raises `InputError` where `refusal` says something or the Run cannot be
    drawn on this model; `Interrupted`.
    """
    import torch

    from engine.analysis import futures

    named = rollout.run.condition.frames
    if named is None or rollout.refusal:
        raise InputError(rollout.refusal)
    if model.cond_shape is None or model.data_shape != (1, *model.cond_shape[1:]):
        raise InputError(f"{model.reference.label} draws no next frames: choose a model that is given frames.")
    run, parents, done = rollout.run.replace(latents={"count": rollout.start}), np.full(rollout.start, -1), 0
    given = frames.pixels(named, model.cond_shape)[:1].repeat(rollout.start, axis=0)
    own = given[:1, -1:]
    for index, count in enumerate(rollout.counts):
        if index:
            run = _continued(run, given, f"{named.label}, {index} drawn", rollout.branches)
            parents = np.arange(len(given)).repeat(rollout.branches)
            given = given[parents]
        drawn = yield from _drawn(run, model, interrupted, done, sum(rollout.counts))
        done += count
        read = futures.read(*(torch.from_numpy(frames.of_bytes(pixels)) for pixels in (drawn[:, None], own)))
        yield Level(index, run, drawn, parents, *read)
        # Frames that models are trained on have 8 bits: what goes on from a frame is given what is seen of it.
        given = np.concatenate([given[:, 1:], drawn[:, None]], axis=1)


def _continued(run: Run, given: frames.Frames, label: str, branches: int) -> Run:
    """The Run whose groups of so many particles are given one example each of [N, F, H, W]."""
    latents = {
        "seed": (run.latents.seed + 1) % _SEEDS,
        "count": len(given) * branches,
        "group": branches,
        "edits": (),
        "picture": None,
    }
    condition = {"example": "group", "frames": frames.keep(given, label)}
    return run.replace(latents=latents, condition=condition, region=Region())


def _drawn(
    run: Run, model: Model, interrupted: Callable[[], bool], done: int, total: int
) -> Generator[float, None, frames.Frames]:
    """The frames [N, H, W] of a Run, which are N of `total`, `done` being there already."""
    from engine.execute import check, check_finite, check_memory
    from engine.training.sampling import drawing

    check(run, model)
    check_memory(run, model)
    x0 = yield from drawing(
        run,
        model,
        interrupted=interrupted,
        observe=lambda step: check_finite(step, run.guided),
        start=done / total,
        end=(done + run.latents.count) / total,
    )
    return to_uint8(x0.numpy())
