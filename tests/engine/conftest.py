"""Fixtures of the engine's tests: a worker and what it tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.worker import Worker
from tests.engine.gates import Told


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def worker(told: Told) -> Iterator[Worker]:
    worker = Worker(told)
    yield worker
    worker.close()
