"""What every test keeps to: it leaves no thread behind, and hypothesis draws the same examples each time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from engine.models import catalogue

# Where other processes keep the cores busy, torch's parallel regions, a softmax of 8 x 3 for one, take milliseconds.
torch.set_num_threads(1)

# A busy machine is no fault of the code: neither a deadline nor the time to make examples counts.
settings.register_profile(
    "latent-loupe",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("latent-loupe")


@pytest.fixture(autouse=True)
def no_trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models that this computer's user trained are not there, and none is added to them."""
    monkeypatch.setattr(catalogue, "TRAININGS", tmp_path / "trainings")


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail a test that started a thread which has not ended; one that is about to end is waited for."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(timeout=1)
    names = [thread.name for thread in left if thread.is_alive()]
    assert not names, f"threads left behind: {', '.join(names)}"
