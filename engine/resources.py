"""Resources: what the machine may take away under way, its memory and its GPU, and what becomes of the work then.

`execute` and all that makes tensors ask for the `device`; the worker and the command line hand on what failed. No torch
at import.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

NO_MEMORY = "Not enough memory for this: lower the count or close other programs."

_FAILED = "The GPU failed ({}): Latent Loupe goes on on the CPU; start it again to use the GPU."
_OF_A_GPU = re.compile(r"(?:CUDA|HIP)(?: driver)? error: ([^\n;]*)|(cuDNN error|CUBLAS_STATUS|CUFFT_|CUSOLVER_)[^\n;]*")

_failure: str | None = None


def device() -> torch.device:
    """The GPU where there is one, until it fails; else the CPU."""
    import torch

    return torch.device("cuda" if _failure is None and torch.cuda.is_available() else "cpu")


def failure() -> str | None:
    """The sentence that says that the GPU failed, and how; None while it has not. Any thread."""
    return _failure


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, which torch's CPU allocator says only in the text of a RuntimeError."""
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    text = str(error)
    return type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in text or "out of memory" in text


def gives_up_gpu(error: BaseException) -> bool:
    """Whether `error` says that the GPU failed, for the first time: from now on `device` is the CPU, and what was under
    way can be done again. What was on the GPU is lost; a GPU that failed is of no use to its process any more.
    """
    global _failure
    how = _of_a_gpu(error)
    if how is None or _failure is not None:
        return False
    _failure = _FAILED.format(how)
    log.info("%s", _failure)
    return True


def refusal(error: BaseException) -> str | None:
    """The sentence for what the machine refused, None for any other `error`."""
    if out_of_memory(error):
        return NO_MEMORY
    how = _of_a_gpu(error)
    return None if how is None else _failure or _FAILED.format(how)


def _of_a_gpu(error: BaseException) -> str | None:
    """What a GPU said last, in a few words; None where `error` is not of that kind."""
    found = _OF_A_GPU.search(str(error)) if isinstance(error, RuntimeError) and not out_of_memory(error) else None
    if found is None:
        return None
    return (found[1] or found[0]).strip().rstrip(".") or "it cannot be reached"
