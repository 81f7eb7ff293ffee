"""Data sets: every one gives what it says, again and again."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import mnist, sets
from engine.errors import InputError

PICTURES = {"digits", "circle", "free-directions", "horizontal"}


@pytest.mark.parametrize("name", sets.DATASETS)
def test_batches_follow_from_seed_and_step(name: str) -> None:
    if name in PICTURES and mnist.find() is None:
        pytest.skip("needs MNIST")
    data = sets.DATASETS[name]().open()
    x0, cond = data.batch(3, 5, 12)
    assert x0.shape == (12, *data.data_shape)
    assert x0.dtype == np.float32
    assert (cond is None) == (data.cond_shape is None)
    if cond is not None and data.cond_shape is not None:
        assert cond.shape == (12, *data.cond_shape)
        assert cond.min() == x0.min() == -1
    data.batch(3, 6, 4)
    again, _ = data.batch(3, 5, 12)
    assert (again == x0).all()
    for other in (data.batch(3, 6, 12)[0], data.batch(4, 5, 12)[0]):
        assert not (other == x0).all()


# spec: T1
def test_mean_and_deviation_are_measured() -> None:
    data = sets.MixtureSettings(which="shifted-2d").open()
    mean, sigma_data = data.measure()
    assert mean == pytest.approx((10, 0), abs=0.05)
    assert sigma_data == pytest.approx(1, rel=0.02)


# spec: D1
@pytest.mark.skipif(mnist.find() is None, reason="needs MNIST")
def test_digits_have_the_known_deviation() -> None:
    mean, sigma_data = sets.DigitSettings().open().measure()
    assert mean == pytest.approx((-0.93,), abs=0.01)
    assert sigma_data == pytest.approx(0.3, abs=0.02)


def test_without_mnist_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    with pytest.raises(InputError, match="LATENT_LOUPE_DATA"):
        sets.CircleSettings().open()
