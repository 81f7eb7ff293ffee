"""The trained models that come with the program: small, measured, and good enough to look at."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

import assets
from engine.analysis import classifier, directions
from engine.data import faces, moving
from engine.execute import condition, execute
from engine.models import catalogue
from engine.run import Run

NAMES = [info.name for info in catalogue.learned()]
FOLDER = Path(assets.__file__).parent


@functools.cache
def drawn(name: str, count: int) -> np.ndarray:
    """x0 of so many particles by the default Run."""
    model = catalogue.named(name).build()
    *_, last = execute(Run(model=model.reference).replace(latents={"count": count}), model)
    return last.x.numpy()


# spec: T3
@pytest.mark.parametrize("name", NAMES)
def test_each_says_how_it_was_made_and_what_it_is_worth(name: str) -> None:
    told = json.loads((FOLDER / f"{name}.json").read_text())["provenance"]
    assert {"title", "description", "source", "training", "command", "steps", "seconds", "loss", "quality"} <= set(told)
    assert told["training"]["name"] == name
    assert told["steps"] == told["training"]["steps"]
    assert told["loss"]["means"][-1] < told["loss"]["means"][0]


@pytest.mark.parametrize("name", NAMES)
def test_each_has_two_million_parameters_at_most_in_half_precision(name: str) -> None:
    arrays = catalogue.named(name).build().arrays
    assert sum(math.prod(array.shape) for array in arrays.values()) <= 2_000_000
    assert {array.dtype for array in arrays.values()} == {np.dtype("float16")}


def test_all_of_them_and_the_data_take_25_megabytes_at_most() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) <= 25e6


# spec: T7
def test_digits_are_read_by_the_classifier() -> None:
    samples = torch.from_numpy(drawn("digits", 40)).float()
    probability, digit = classifier.load(masked=True).probabilities(samples).max(dim=1)
    assert (probability >= 0.9).double().mean() >= 0.8
    assert len(set(digit.tolist())) >= 8


# spec: D3, A6
def test_moved_digits_land_in_the_eight_places() -> None:
    model = catalogue.named("circle").build()
    before = condition(Run(model=model.reference).replace(latents={"count": 40}), model)
    assert before is not None
    ink = [directions.ink(torch.as_tensor(x)) for x in (before, drawn("circle", 40))]
    landed = directions.landed(directions.moves(*ink), torch.from_numpy(moving.CIRCLE), 1.0)
    assert (landed >= 0).double().mean() >= 0.9
    assert len(set(landed.tolist()) - {-1}) >= 7


# spec: D8
def test_faces_wear_sunglasses_and_smile_as_often_as_the_datas() -> None:
    seen = faces.measure(drawn("faces", 64))
    real = faces.sample(np.random.default_rng(0), 10_000)
    for name in ("sunglasses", "smile"):
        shares = [np.mean(np.asarray(getattr(face, name)) > 0.5) for face in (seen, real)]
        assert abs(shares[0] - shares[1]) <= 0.15, name
