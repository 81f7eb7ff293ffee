"""What is measured of a model: data measure as data, what is wrong is seen, and sampling lets other work in between."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data import digits, faces, sets
from engine.data.digits import INNER
from engine.data.moving import WALL
from engine.data.sets import DATASETS, DataSet
from engine.execute import execute
from engine.models.learned import Learned
from engine.run import Latents, Run
from engine.training.quality import MEASURES, Drawn, measure, quick
from engine.training.sampling import pieces, sampling
from engine.training.state import State
from tests.engine.training.small import config

UNET = {"kind": "unet", "channels": 8, "multipliers": [1], "blocks": [1], "patch": 4}
COUNT = 200


@pytest.fixture(autouse=True)
def bundled_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits that come with the program in place of MNIST."""
    frames, _ = digits.bundled()
    monkeypatch.setattr(sets, "_mnist", lambda: frames[:, 0, WALL : WALL + INNER, WALL : WALL + INNER])


def model(**changes: object) -> tuple[Learned, State]:
    """A network as it is before training, with the training it is of."""
    state = State(config(**changes), config(**changes).data.open(), torch.device("cpu"))
    return state.average.snapshot("small"), state


def run(small: Learned) -> Run:
    """The default Run with twelve particles: two blocks of a U-Net."""
    return Run(model=small.reference, latents=Latents(count=12))


def drawn(data: DataSet, samples: np.ndarray | None = None, count: int = COUNT) -> Drawn:
    """Real data beside `samples`, or beside themselves."""
    real, cond = data.batch(1, 0, count)
    other, _ = data.batch(1, 1, count)
    own = real if samples is None else samples
    parts = (torch.from_numpy(part) for part in (own.astype(np.float32), real, other))
    return Drawn(*parts, None if cond is None else torch.from_numpy(cond))


def test_every_data_set_has_a_measure() -> None:
    assert MEASURES.keys() == DATASETS.keys()


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "folder"])
def test_data_measured_as_samples_are_like_data(name: str) -> None:
    for label, row in MEASURES[name].rows(drawn(DATASETS[name]().open())).items():
        assert row.samples == pytest.approx(0 if label == "Frechet distance" else row.data, abs=1e-6)


# spec: D3, A6
def test_digits_in_one_place_and_empty_pictures_are_told_from_eight_places() -> None:
    data = sets.CircleSettings().open()
    _, cond = data.batch(1, 0, COUNT)
    assert cond is not None
    moved = np.roll(cond, 7, axis=3)  # to the first place, all of them
    moved[: COUNT // 4] = -1
    rows = MEASURES["circle"].rows(drawn(data, moved))
    assert (rows["In one of eight places"].samples, rows["In one of eight places"].data) == (0.75, 1)
    assert (rows["Places that occur"].samples, rows["Places that occur"].data) == (1, 8)
    assert rows["Shares of the places"].samples == [0.75, *[0] * 7]
    blank = MEASURES["circle"].rows(drawn(data, np.full_like(moved, -1)))
    assert rows["Quality score Q"].samples == pytest.approx(blank["Quality score Q"].samples / 4, rel=0.15)
    assert blank["Quality score Q"].data == pytest.approx(0, abs=1e-9)


# spec: D2, D4
def test_the_place_and_the_share_to_the_right_are_measured() -> None:
    data = sets.HorizontalSettings(p_right=0.9).open()
    _, cond = data.batch(1, 0, COUNT)
    assert cond is not None
    rows = MEASURES["horizontal"].rows(drawn(data, np.roll(cond[:, -1:], -4, axis=3)))
    right = rows["p(right) at the centre"]
    assert (right.samples, right.data) == (0, pytest.approx(0.9, abs=0.1))
    assert 0 < rows["In the place determined"].samples < 1

    data = sets.FreeDirectionSettings().open()
    _, cond = data.batch(1, 0, COUNT)
    assert cond is not None
    rows = MEASURES["free-directions"].rows(drawn(data, cond[:, -1:]))
    assert rows["In the place determined"].samples == 0
    assert 4 < rows["Pixels off it"].samples < 4.6
    blank = MEASURES["free-directions"].rows(drawn(data, np.full_like(cond[:, -1:], -1)))
    assert blank["In the place determined"].samples == 0
    assert np.isnan(blank["Pixels off it"].samples)


# spec: D8
def test_faces_that_all_smile_are_told() -> None:
    face = faces.sample(np.random.default_rng(0), COUNT)
    rows = MEASURES["faces"].rows(drawn(sets.FaceSettings().open(), faces.draw(replace(face, smile=np.ones(COUNT)))))
    assert rows["Smile"].samples == 1
    assert rows["Smile"].data == pytest.approx(0.5, abs=0.1)
    assert rows["Sunglasses"].samples == pytest.approx(face.sunglasses.mean())


# spec: T7
def test_blank_frames_are_no_digits() -> None:
    rows = MEASURES["digits"].rows(drawn(sets.DigitSettings().open(), np.full((COUNT, *digits.SHAPE), -1)))
    assert rows["Read as a digit"].samples == rows["Digits that occur"].samples == 0
    distance = rows["Frechet distance"]
    assert distance.samples > 5 * distance.data


@pytest.mark.parametrize("data", ["circle", "mixture"])
def test_a_look_is_taken_in_pieces_and_ends_with_texts(data: str) -> None:
    network = UNET if data == "circle" else config().network.model_dump()
    small, state = model(data={"name": data}, network=network)
    *before, texts = quick(small, state.config, state.data, 12)
    assert before == [None] * pieces(run(small), small)
    assert texts is not None
    assert 2 <= len(texts) <= 4
    assert all(re.fullmatch(r"-?[0-9.]+%?", text) for pair in texts.values() for text in pair)


def test_samples_are_those_of_the_default_run() -> None:
    small, _ = model(data={"name": "digits"}, network=UNET)
    *_, last = execute(run(small), small)
    count, samples = drained(sampling(run(small), small))
    assert count == pieces(run(small), small)
    assert torch.equal(samples, last.x.float())


def test_each_sample_has_its_own_condition() -> None:
    small, state = model(data={"name": "circle"}, network=UNET)
    with torch.no_grad():
        for weight in small.network.parameters():
            weight.normal_(generator=torch.Generator().manual_seed(0))
    cond = torch.from_numpy(np.asarray(state.data.batch(1, 0, 12)[1]))
    changed = cond.clone()
    changed[11] = -1
    own, others = (drained(sampling(run(small), small, frames))[1] for frames in (cond, changed))
    assert torch.equal(own[:11], others[:11])
    assert not torch.equal(own[11], others[11])


def drained(items: Generator[None, None, torch.Tensor]) -> tuple[int, torch.Tensor]:
    """How many items a generator has, and its value."""
    count = 0
    while True:
        try:
            next(items)
        except StopIteration as ended:
            return count, ended.value
        count += 1


# spec: A6
def test_a_model_with_a_condition_is_measured_under_one_too() -> None:
    small, state = model(data={"name": "circle"}, network=UNET)
    quality = measure(small, state.config, state.data, 20)
    together = quality["80 samples under one condition"]
    assert len(together["At each place"]) == 8
    assert together["In one of eight places"] == sum(together["At each place"]) / 80
    assert together["Q of a black picture"] > 5
    assert quality["samples"] == "20 by the default Run: 22 Heun steps, seed 0, each under a condition of its own"
    json.dumps(quality, allow_nan=False)
