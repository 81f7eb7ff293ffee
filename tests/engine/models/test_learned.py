"""What every network carries beside its weights: examples of its condition, part of what it is. # spec: T4"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from engine.checkpoints import open_checkpoint, save
from engine.errors import InputError
from engine.models import catalogue
from engine.models.catalogue import describe
from engine.models.preconditioned import Preconditioned
from tests.engine.tiny import conditional


def test_a_checkpoint_keeps_the_examples_to_the_bit(tmp_path: Path) -> None:
    model = conditional((1, 4, 6), frames=3)
    path = save(tmp_path / "model", model)
    assert load_file(path)["examples"].dtype == np.float16
    again = open_checkpoint(path)
    assert isinstance(again, Preconditioned)
    assert again.reference == model.reference
    assert model.examples is not None
    assert again.examples is not None
    assert torch.equal(again.examples, model.examples)
    assert again.snapshot("again").reference.sha256 == model.reference.sha256


def test_the_examples_are_part_of_the_identity() -> None:
    hashes = {conditional(count=count).reference.sha256 for count in (None, 1, 2, 3)}
    assert len(hashes) == 4


def test_weights_that_float16_cannot_hold_leave_the_examples_whole() -> None:
    model = conditional()
    model.network.get_parameter(next(name for name, _ in model.network.named_parameters())).add_(1e-4)
    assert {array.dtype for array in model.arrays.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(model.arrays["examples"], model.examples)


def changed(path: Path, examples: np.ndarray | None) -> Path:
    """The checkpoint with other examples, or none, and no identity that would tell."""
    arrays = {name: array for name, array in load_file(path).items() if name != "examples"}
    save_file(arrays if examples is None else {**arrays, "examples": examples}, path)
    told = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**told, "sha256": None}))
    return path


def test_an_older_checkpoint_without_examples_opens(tmp_path: Path) -> None:
    model = open_checkpoint(changed(save(tmp_path / "model", conditional()), None))
    assert isinstance(model, Preconditioned)
    assert model.examples is None
    assert describe(model, "a test").examples() is None


@pytest.mark.parametrize("shape", [(0, 2), (3, 4), (3, 2, 1), (2,)])
def test_examples_of_another_shape_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = changed(save(tmp_path / "model", conditional()), np.zeros(shape, np.float16))
    with pytest.raises(InputError, match="examples"):
        open_checkpoint(path)


def test_lists_know_the_condition_and_read_the_examples_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = conditional((1, 4, 6), frames=3)
    path = save(tmp_path / "model", model)
    monkeypatch.setattr(catalogue, "_ASSETS", tmp_path)
    (listed,) = catalogue.learned.__wrapped__()
    opened = describe(model, "model.safetensors")
    for info in (listed, opened):
        assert info.cond_shape == (3, 4, 6)
        np.testing.assert_array_equal(info.examples(), model.examples)
    path.unlink()
    assert listed.examples() is None


def test_models_without_a_condition_have_no_examples() -> None:
    for info in catalogue.offered():
        if info.cond_shape is None:
            assert info.examples() is None
    assert catalogue.named("ring").cond_shape is None
    assert catalogue.named("s-curve-2d").cond_shape is None
