"""The worker's ends: what is cancelled or fails, and that it always closes. Fakes meet it at gates; nothing sleeps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
import torch

from engine.denoiser import Watched
from engine.errors import InputError
from engine.worker import Event, Task, Worker
from tests.engine.gates import PATIENCE, Gate, Told, counting, halting, held, items, lasting

# -- cancelling ------------------------------------------------------------------------------------------------------


def test_cancelled_before_it_starts(worker: Worker, told: Told) -> None:
    gate_id, gate = held(worker)
    job, other = worker.job("sweep", counting(1)), worker.job("sweep", counting(1))
    worker.cancel(job)
    worker.cancel(job)
    worker.cancel(12345)
    gate.open()
    told.wait_end(gate_id, job, other)
    assert told.of(job) == [("cancelled", None)]
    assert told.of(other)[-1] == ("finished", None)


def test_cancelling_runs_finally_clauses_on_the_workers_thread(worker: Worker, told: Told) -> None:
    """Also of a job that stands half done behind other work."""
    ended: list[threading.Thread] = []
    begun = Gate()
    job = worker.job("sweep", lasting(ended, begun))
    begun.wait()
    gate = Gate()
    view = worker.interactive("plane", halting(gate))
    begun.open()
    gate.wait()
    worker.cancel(job)
    assert ended == []
    gate.open()
    told.wait_end(view, job)
    assert [thread.name for thread in ended] == ["latent-loupe worker"]
    assert told.of(job)[-1] == ("cancelled", None)


def test_cancel_all(worker: Worker, told: Told) -> None:
    ended: list[threading.Thread] = []
    tasks = [worker.train("train", lasting(ended)), worker.job("sweep", lasting(ended))]
    told.wait("item", tasks[1])
    tasks.append(worker.interactive("plane", lasting(ended)))
    told.wait("item", tasks[2])
    worker.cancel_all()
    told.wait_end(*tasks)
    assert [told.of(task_id)[-1] for task_id in tasks] == [("cancelled", None)] * 3
    assert worker.queued == 0


def test_a_finally_clause_that_raises_is_logged(worker: Worker, told: Told, caplog: pytest.LogCaptureFixture) -> None:
    def work(task: Task) -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            raise OSError("disk full")

    task_id = worker.train("train", work)
    told.wait("item", task_id)
    worker.cancel(task_id)
    told.wait_end(task_id)
    assert told.of(task_id)[-1] == ("cancelled", None)
    assert "did not end cleanly" in caplog.text
    told.wait_end(worker.interactive("plane", counting(1)))


# -- what the worker is given fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["started", "item", "finished"])
def test_a_receiver_that_raises_costs_that_event_only(
    worker: Worker, told: Told, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    def react(event: Event) -> None:
        if event.kind == kind:
            raise RuntimeError("the window is gone")

    told.react = react
    first, second = worker.job("sweep", counting(2)), worker.job("sweep", counting(2))
    told.wait_end(first, second)
    assert told.of(first) == told.of(second) == [*items(0, 1), ("finished", None)]
    assert f"{kind} of task {first}" in caplog.text


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ImportError("libtorch.so:\nnot found"),
            "The engine could not start (ImportError: libtorch.so: not found): install Latent Loupe again.",
        ),
        (
            InputError("No memory for the engine: close other programs."),
            "No memory for the engine: close other programs.",
        ),
    ],
)
def test_a_failing_start_is_the_answer_to_every_request(told: Told, error: Exception, sentence: str) -> None:
    started: list[Task] = []

    def prepare() -> None:
        raise error

    def work(task: Task) -> Iterator[int]:
        started.append(task)
        yield 1

    worker = Worker(told, prepare)
    tasks = [worker.interactive("plane", work), worker.job("sweep", work), worker.train("train", work)]
    told.wait_end(*tasks)
    assert [told.of(task_id) for task_id in tasks] == [[("failed", sentence)]] * 3
    assert started == []
    worker.close()


def test_requests_made_while_it_starts_wait(told: Told) -> None:
    gate = Gate()
    worker = Worker(told, gate.halt)
    tasks = [worker.interactive("plane", counting(1))]
    gate.wait()
    tasks.append(worker.interactive("plane", counting(1)))
    assert told.all() == []
    gate.open()
    told.wait_end(*tasks)
    worker.close()
    assert told.of(tasks[0]) == [("cancelled", None)]


# -- closing ---------------------------------------------------------------------------------------------------------


def closed(worker: Worker, told: Told) -> None:
    """Nothing goes on: no thread, no further event, no further request."""
    before = told.all()
    assert "latent-loupe worker" not in {thread.name for thread in threading.enumerate()}
    for ask in (worker.interactive, worker.job, worker.train):
        with pytest.raises(RuntimeError, match="the worker is closed"):
            ask("plane", counting(1))
    worker.cancel_all()
    worker.close()
    assert told.all() == before
    assert worker.queued == 0


def test_close_idle(told: Told) -> None:
    worker = Worker(told)
    worker.close()
    closed(worker, told)
    assert told.all() == []


def test_close_while_it_starts(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    worker = Worker(told, gate.halt)
    worker.job("sweep", counting(1))
    gate.wait()
    closer = threading.Thread(target=worker.close)
    closer.start()
    gate.open()
    closer.join(PATIENCE)
    closed(worker, told)
    assert caplog.records == []


def test_close_with_work_in_every_lane_cleans_up_on_the_workers_thread(told: Told) -> None:
    worker, ended = Worker(told), list[threading.Thread]()
    training = worker.train("train", lasting(ended))
    told.wait("item", training)
    job = worker.job("sweep", lasting(ended))
    told.wait("item", job)
    view = worker.interactive("plane", lasting(ended))
    told.wait("item", view)
    worker.close()
    assert [thread.name for thread in ended] == ["latent-loupe worker"] * 3
    assert not {"cancelled", "failed", "finished"} & {kind for kind, _ in told.all()}
    closed(worker, told)


def test_close_stops_work_before_its_next_evaluation(told: Told) -> None:
    worker, evaluations = Worker(told), list[int]()
    evaluating, stopped = threading.Event(), threading.Event()

    def work(task: Task) -> Iterator[int]:
        def evaluate(x: torch.Tensor, sigma: float) -> torch.Tensor:
            evaluations.append(1)
            evaluating.set()
            assert stopped.wait(PATIENCE)
            return x

        def interrupt() -> None:
            Task.interrupt(task)
            stopped.set()

        task.interrupt = interrupt  # type: ignore[method-assign]
        denoise = Watched(evaluate, task.interrupted)
        while True:
            denoise(torch.zeros(1), 1.0)
            yield 1

    worker.interactive("plane", work)
    assert evaluating.wait(PATIENCE)
    worker.close()
    assert evaluations == [1]
    closed(worker, told)


def test_close_from_several_threads_and_again(told: Told) -> None:
    worker = Worker(told)
    worker.train("train", lasting([]))
    closers = [threading.Thread(target=worker.close) for _ in range(4)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join(PATIENCE)
    closed(worker, told)


def test_close_on_the_workers_own_thread(told: Told) -> None:
    worker = Worker(told)
    told.react = lambda event: worker.close() if event.kind == "item" else None
    task_id = worker.interactive("plane", lasting([]))
    told.wait("item", task_id)
    worker.close()
    assert told.of(task_id) == items(0)
    closed(worker, told)


def test_close_after_a_failure(told: Told) -> None:
    worker = Worker(told)
    told.wait_end(worker.job("sweep", lambda task: iter([1 // 0])))
    worker.close()
    closed(worker, told)


def test_a_clean_life_logs_nothing(worker: Worker, told: Told, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told.wait_end(worker.interactive("plane", counting(3)), worker.interactive("plane", counting(3)))
    assert caplog.records == []
