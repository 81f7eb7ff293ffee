"""A look at a configuration: what it will be trained on, how large it is, how long it takes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.data.sets import FaceSettings, MixtureSettings
from engine.errors import InputError
from engine.training import look as module
from engine.training.look import EXAMPLES, POINTS, Look, look
from engine.training.train import start
from tests.engine.training.small import config


def last(items: object) -> Look:
    *_, looked = items  # type: ignore[misc]
    assert isinstance(looked, Look)
    return looked


def test_points_are_looked_at_by_the_thousand(tmp_path: Path) -> None:
    looked = last(look(config(), MixtureSettings().open()))
    assert (looked.x0.shape, looked.cond) == ((POINTS, 1), None)
    network = start(config(), tmp_path).model.network
    assert looked.parameters == sum(weight.numel() for weight in network.parameters())
    assert looked.seconds > 0


def test_pictures_come_by_the_dozen_and_are_the_same_each_time() -> None:
    training = config(data={"name": "faces"}, network={"kind": "unet", "channels": 8}, batch=2, microbatch=1)
    data = FaceSettings().open()
    first, again = last(look(training, data)), last(look(training, data))
    assert first.x0.shape == (EXAMPLES, 3, 32, 32)
    assert (first.x0 == again.x0).all()


@pytest.mark.parametrize(("enough", "pieces"), [(math.inf, 2 * 8), (0, 1)])
def test_it_takes_its_time_in_pieces_and_no_more_than_enough(
    enough: float, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENOUGH", enough)
    *before, looked = look(config(batch=64, microbatch=8), MixtureSettings().open())
    assert before == [None] * (1 + 2 + pieces)
    assert looked is not None
    assert looked.seconds > 0


def test_a_network_that_does_not_suit_the_data_is_named() -> None:
    with pytest.raises(InputError, match="network"):
        last(look(config(network={"kind": "unet"}), MixtureSettings().open()))
