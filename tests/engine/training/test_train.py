"""The trainer: it learns, it goes on exactly, it loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import models
from engine.checkpoints import open_checkpoint
from engine.data.lowdim import mixture
from engine.data.sets import Batch, DataSet
from engine.errors import InputError, Interrupted
from engine.training.command import export, run
from engine.training.config import FILE, Training
from engine.training.points import error
from engine.training.state import State, learning_rate
from engine.training.train import POINTS, preview, start, train
from tests.engine.training.small import config

KILLED = """
import os, signal, sys
from pathlib import Path
from engine.training.config import Training
from engine.training.train import start, train
config, folder = Training.model_validate_json(sys.argv[1]), Path(sys.argv[2])
for progress in train(start(config, folder), folder):
    if progress.step == 17 and progress.loss is None and not progress.saved:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def finished(training: Training, folder: Path) -> State:
    """The state after training to the end, from what `folder` holds."""
    state = start(training, folder)
    for _ in train(state, folder):
        pass
    return state


# spec: T6
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_a_killed_training_ends_with_the_weights_it_would_have_had(tmp_path: Path) -> None:
    training = config()
    whole = finished(training, tmp_path / "whole")
    arguments = [sys.executable, "-c", KILLED, training.model_dump_json(), str(tmp_path / "killed")]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert start(training, tmp_path / "killed").step == 17
    assert not list((tmp_path / "killed").glob(".*.part"))
    again = finished(training, tmp_path / "killed")
    assert again.losses == pytest.approx(whole.losses, abs=1e-6)
    stored = [load_file(tmp_path / name / FILE) for name in ("whole", "killed")]
    assert stored[0].keys() == stored[1].keys()
    for name, tensor in stored[0].items():
        torch.testing.assert_close(stored[1][name], tensor, atol=1e-6, rtol=0)


def test_closing_and_interrupting_lose_no_step(tmp_path: Path) -> None:
    training = config(save_minutes=60)
    items = train(start(training, tmp_path), tmp_path)
    while next(items).step < 5:
        pass
    items.close()
    state = start(training, tmp_path)
    assert state.step == 5
    asked = iter([False, False, False, False, False, True])
    with pytest.raises(Interrupted):
        list(train(state, tmp_path, lambda: next(asked)))
    assert start(training, tmp_path).step == 6


def test_a_step_under_way_changes_nothing(tmp_path: Path) -> None:
    state = start(config(), tmp_path)
    before = [weight.clone() for weight in state.model.network.parameters()]
    pieces = state.advance()
    for _ in range(4):  # forward and backward of both micro-batches
        next(pieces)
    assert all(torch.equal(*pair) for pair in zip(before, state.model.network.parameters(), strict=True))
    assert next(pieces, None) is None
    assert state.step == 1
    assert not all(torch.equal(*pair) for pair in zip(before, state.model.network.parameters(), strict=True))


def test_the_gradient_does_not_depend_on_the_microbatch(tmp_path: Path) -> None:
    losses = [finished(config(steps=3, microbatch=size), tmp_path / str(size)).losses for size in (4, 32)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


# spec: T1, T2, T5
@pytest.mark.parametrize(
    ("loss", "allowed"),
    [({"name": "edm", "mean": -0.3}, 0.05), ({"name": "ddpm", "betas": "Low2DSymMix"}, 0.1)],
)
def test_a_mixture_on_a_line_is_learned(tmp_path: Path, loss: dict[str, object], allowed: float) -> None:
    training = config(
        steps=1000,
        batch=256,
        microbatch=256,
        save_minutes=60,
        network={"kind": "mlp", "width": 64, "layers": 3},
        loss=loss,
        optimiser={"learning_rate": 5e-3},
    )
    run(training, tmp_path)
    model = open_checkpoint(tmp_path / "small.safetensors")
    exact = models.load("mixture-1d")
    points = mixture(np.random.default_rng(1), 2000, "mixture-1d")
    for sigma in (0.1, 0.3, 1.0, 3.0):
        assert error(model, exact, points, sigma) < allowed


def test_a_preview_shows_the_same_latents_each_time(tmp_path: Path) -> None:
    training = config(preview_every=20)
    shown = [p.samples for p in train(start(training, tmp_path), tmp_path) if p.samples is not None]
    assert [tuple(samples.shape) for samples in shown] == [(POINTS, 1), (POINTS, 1)]
    assert not torch.equal(*shown)


# spec: T4
def test_a_model_with_a_condition_carries_examples_of_it(tmp_path: Path) -> None:
    def draw(generator: np.random.Generator, count: int) -> Batch:
        cond = generator.random((count, 2), np.float32)
        return cond.sum(axis=1, keepdims=True), cond

    def state() -> State:
        return State(config(steps=2), DataSet((1,), (2,), draw), torch.device("cpu"))

    first = state()
    for _ in train(first, tmp_path):
        pass
    again = state()
    again.read(tmp_path)
    snapshot = again.average.snapshot("small")
    assert snapshot.examples is not None
    assert tuple(snapshot.examples.shape) == (16, 2)
    assert torch.equal(snapshot.examples, first.average.snapshot("small").examples)
    assert snapshot.reference == first.average.snapshot("small").reference
    opened = open_checkpoint(export(again, tmp_path))
    assert opened.reference == snapshot.reference
    assert "examples" not in load_file(tmp_path / FILE)
    (samples,) = (samples for samples in preview(again) if samples is not None)
    assert tuple(samples.shape) == (POINTS, 1)


def test_the_rate_rises_and_falls() -> None:
    training = config(steps=1000, optimiser={"learning_rate": 0.1, "warm_up": 10})
    rates = [learning_rate(training, step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01, rel=1e-3)
    assert max(rates) == pytest.approx(0.1, rel=1e-2)
    assert rates[-1] < 1e-5


def test_a_folder_of_another_training_is_refused_and_a_damaged_one_too(tmp_path: Path) -> None:
    finished(config(steps=2), tmp_path)
    with pytest.raises(InputError, match="another configuration"):
        start(config(steps=3), tmp_path)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-8])
    with pytest.raises(InputError, match="damaged"):
        start(config(steps=2), tmp_path)


def test_a_network_that_does_not_fit_the_data_names_the_key(tmp_path: Path) -> None:
    deep = {"kind": "unet", "multipliers": [1] * 6, "blocks": [1] * 6}
    with pytest.raises(InputError, match=r"network\.multipliers: .* multiples of 64, not 32x32"):
        start(config(data={"name": "faces"}, network=deep), tmp_path)
    with pytest.raises(InputError, match=r"network\.kind: .*choose mlp"):
        start(config(network={"kind": "unet"}), tmp_path)


def test_a_loss_that_is_not_finite_stops_with_a_sentence(tmp_path: Path) -> None:
    state = start(config(), tmp_path)
    with torch.no_grad():
        next(state.model.network.parameters()).fill_(float("nan"))
    with pytest.raises(InputError, match="no longer finite at step 0"):
        list(train(state, tmp_path))
