"""The trainer against the bare loop it wraps, interleaved in one process."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
import torch

from engine.training.train import start
from tests.engine.training.small import config


@pytest.mark.slow
def test_training_keeps_nine_tenths_of_the_bare_loops_speed(tmp_path: Path) -> None:
    training = config(data={"name": "faces"}, network={"kind": "unet"}, batch=64, microbatch=64)
    state = start(training, tmp_path)
    network = start(training, tmp_path).model.network
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    x, level, target = torch.randn(64, 3, 32, 32), torch.randn(64), torch.randn(64, 3, 32, 32)

    def bare() -> None:
        optimiser.zero_grad()
        (network(x, level) - target).square().mean().backward()
        optimiser.step()

    def ours() -> None:
        for _ in state.advance():
            pass

    ratios = []
    for _ in range(12):
        times = []
        for work in (bare, ours):
            begun = time.process_time()  # other programs must not count
            work()
            times.append(time.process_time() - begun)
        ratios.append(times[0] / times[1])
    assert statistics.median(ratios[2:]) >= 0.9
