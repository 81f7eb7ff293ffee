"""What the bench of the kernels is measured with. # spec: -"""

from __future__ import annotations

import torch

from engine import bench_kernels


def test_peak_memory_is_what_is_held_at_once() -> None:
    """Ten tensors of 4,000 bytes, one after the other, each let go before the next but one."""

    def call() -> None:
        for _ in range(10):
            _ = torch.zeros(1000)

    def hold() -> list[torch.Tensor]:
        return [torch.zeros(1000) for _ in range(10)]

    assert 4000 <= bench_kernels.peak_memory(call) <= 12_000
    assert 40_000 <= bench_kernels.peak_memory(hold) <= 50_000
