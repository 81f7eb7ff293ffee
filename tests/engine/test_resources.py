"""Memory and the GPU: which errors say that they are gone, and that the CPU is used from then on. # spec: -"""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from engine import resources

LAUNCH = "CUDA error: unspecified launch failure\nCUDA kernel errors might be reported at some other API call."


@pytest.fixture(autouse=True)
def working(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that has not failed."""
    monkeypatch.setattr(resources, "_failure", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (RuntimeError(LAUNCH), "unspecified launch failure"),
        (RuntimeError("CUDA error: device-side assert triggered"), "device-side assert triggered"),
        (RuntimeError("CUDA driver error: unknown error"), "unknown error"),
        (RuntimeError("HIP error: the operation cannot be performed"), "the operation cannot be performed"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    ],
)
def test_a_gpu_that_fails_is_given_up_once(error: Exception, how: str) -> None:
    assert resources.device().type == "cuda"
    assert resources.failure() is None
    assert resources.gives_up_gpu(error)
    assert resources.device().type == "cpu"
    said = resources.failure()
    assert said == f"The GPU failed ({how}): Latent Loupe goes on on the CPU; start it again to use the GPU."
    assert not resources.gives_up_gpu(error)
    assert resources.refusal(error) == said


def test_the_error_that_torch_has_for_it_is_known() -> None:
    assert issubclass(torch.AcceleratorError, RuntimeError)
    assert resources.gives_up_gpu(torch.AcceleratorError(LAUNCH))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:128] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_no_memory_is_no_reason_to_give_up_the_gpu(error: Exception) -> None:
    assert resources.out_of_memory(error)
    assert not resources.gives_up_gpu(error)
    assert resources.refusal(error) == resources.NO_MEMORY
    assert resources.device().type == "cuda"


@pytest.mark.parametrize(
    "error", [ValueError("CUDA error: no"), RuntimeError("shapes cannot be multiplied"), OSError()]
)
def test_other_errors_are_not_of_the_machine(error: Exception) -> None:
    assert not resources.out_of_memory(error)
    assert not resources.gives_up_gpu(error)
    assert resources.refusal(error) is None


def test_it_is_imported_without_torch() -> None:
    code = "import sys, engine.resources; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
