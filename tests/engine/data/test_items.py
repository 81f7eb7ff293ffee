"""Items: pictures by number, those of the data that a model was made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import digits, items, mnist
from engine.errors import InputError
from engine.models import catalogue
from tests.engine.data.test_mnist import LABELS, write


def test_the_ideal_digits_are_those_of_the_model() -> None:
    found = items.of(catalogue.named("digits-ideal"))
    assert found is not None
    frames, _ = digits.bundled()
    assert found.count == len(frames)
    for number in (0, 17, found.count - 1):
        np.testing.assert_array_equal(found.pick(number), frames[number])
    with pytest.raises(InputError, match=r"no picture 1797 of digits: choose a smaller number\.$"):
        found.pick(1797)


def test_a_trained_model_has_the_data_it_was_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    found = {name: items.of(catalogue.named(name)) for name in ("digits", "faces", "circle", "ring")}
    assert {name: each and each.label for name, each in found.items()} == {
        "digits": "digits",  # the bundled ones stand in for MNIST's
        "faces": "faces",
        "circle": None,
        "ring": None,
    }
    face = found["faces"].pick(3)  # type: ignore[union-attr]
    assert (face.shape, face.dtype) == ((3, 32, 32), np.uint8)
    np.testing.assert_array_equal(face, found["faces"].pick(3))  # type: ignore[union-attr]
    assert not np.array_equal(face, found["faces"].pick(4))  # type: ignore[union-attr]


def test_mnist_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8), LABELS)
    monkeypatch.setattr(mnist, "find", lambda: tmp_path)
    found = items.of(catalogue.named("digits"))
    assert found is not None
    np.testing.assert_array_equal(found.pick(1), mnist.framed(tmp_path)[0][1])
    with pytest.raises(InputError, match="choose a smaller number"):
        found.pick(59_999)


def test_a_name_leads_back_to_its_number() -> None:
    found = items.of(catalogue.named("digits-ideal"))
    assert found is not None
    assert found.name(17) == "digits 17"
    assert [found.number(name) for name in ("digits 17", "digits", "faces 17", "digits -1", "my digits 17")] == [
        17,
        None,
        None,
        None,
        None,
    ]
