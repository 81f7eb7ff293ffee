"""The worker: one task, what runs next and what is dropped. Fakes meet it at gates; nothing sleeps."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from engine.denoiser import Watched
from engine.errors import InputError
from engine.worker import Task, Worker
from tests.engine.gates import PATIENCE, Gate, Told, counting, held, items

# -- one task --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [Worker.interactive, Worker.job, Worker.train])
def test_a_task_starts_gives_its_items_and_finishes(worker: Worker, told: Told, ask: Any) -> None:
    task_id = ask(worker, "plane", counting(3))
    told.wait_end(task_id)
    assert told.of(task_id) == [*items(0, 1, 2), ("finished", None)]


def test_everything_happens_on_one_thread_that_is_not_the_callers(told: Told) -> None:
    threads: list[threading.Thread] = []

    def work(task: Task) -> Iterator[None]:
        threads.append(threading.current_thread())
        yield

    told.react = lambda event: threads.append(threading.current_thread())
    worker = Worker(told, lambda: threads.append(threading.current_thread()))
    told.wait_end(worker.interactive("plane", work), worker.job("sweep", work))
    worker.close()
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()
    assert not threads[0].daemon


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("The image is broken: choose another."), "The image is broken: choose another."),
        (ValueError("two\nlines"), "A fault of Latent Loupe, please report it: ValueError: two lines."),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["at once", "after an item"])
def test_a_failing_task_says_why_and_the_next_one_runs(
    worker: Worker, told: Told, error: Exception, sentence: str, late: bool
) -> None:
    def work(task: Task) -> Iterator[int]:
        if late:
            yield 1
        raise error

    failing, next_one = worker.job("sweep", work), worker.job("sweep", counting(1))
    told.wait_end(failing, next_one)
    assert told.of(failing) == [*items(*[1] * late), ("failed", sentence)]
    assert told.of(next_one) == [*items(0), ("finished", None)]


def test_work_that_cannot_even_be_made_fails_alone(worker: Worker, told: Told) -> None:
    def work(task: Task) -> Iterator[int]:
        raise InputError("No such model: choose another.")

    failing, next_one = worker.interactive("a", work), worker.interactive("b", counting(1))
    told.wait_end(failing, next_one)
    assert told.of(failing) == [("started", None), ("failed", "No such model: choose another.")]
    assert told.of(next_one)[-1][0] == "finished"


def test_a_task_that_is_done_keeps_nothing_alive(worker: Worker, told: Told) -> None:
    class Model:
        def work(self, task: Task) -> Iterator[int]:
            yield 1

    model, gone = Model(), threading.Event()
    weakref.finalize(model, gone.set)
    told.wait_end(worker.interactive("a", model.work))
    del model
    assert gone.wait(PATIENCE), "also while the worker has nothing else to do"


# -- newest wins -----------------------------------------------------------------------------------------------------


def test_superseded_work_stops_before_its_next_evaluation_and_tells_only_that(worker: Worker, told: Told) -> None:
    evaluating, evaluations = Gate(), []

    def work(task: Task) -> Iterator[int]:
        def evaluate(x: torch.Tensor, sigma: float) -> torch.Tensor:
            evaluations.append(sigma)
            if sigma == 2:
                evaluating.halt()
            return x

        denoise = Watched(evaluate, task.interrupted)
        for sigma in range(5):
            denoise(torch.zeros(1), sigma)
            denoise(torch.zeros(1), sigma + 0.5)
            yield sigma

    old = worker.interactive("plane", work)
    evaluating.wait()
    new = worker.interactive("plane", counting(1))
    evaluating.open()
    told.wait_end(old, new)
    assert evaluations == [0, 0.5, 1, 1.5, 2], "the second evaluation of that step is not made"
    assert told.of(old) == [*items(0, 1), ("cancelled", None)]
    assert told.of(new) == [*items(0), ("finished", None)]


def test_an_item_that_comes_too_late_is_not_told(worker: Worker, told: Told) -> None:
    old, gate = held(worker, "plane")
    new = worker.interactive("plane", counting(1))
    gate.open()
    told.wait_end(old, new)
    assert told.of(old) == [("started", None), ("cancelled", None)]


@pytest.mark.parametrize("ending", [InputError("bad."), ValueError("worse"), None], ids=repr)
def test_superseded_work_is_cancelled_however_it_ends(worker: Worker, told: Told, ending: Exception | None) -> None:
    gate = Gate()

    def work(task: Task) -> Iterator[int]:
        gate.halt()
        if ending is not None:
            raise ending
        yield from ()

    old = worker.interactive("plane", work)
    gate.wait()
    worker.interactive("plane", counting(1))
    gate.open()
    told.wait_end(old)
    assert told.of(old) == [("started", None), ("cancelled", None)]


def test_only_the_newest_of_many_requests_starts_and_other_slots_are_untouched(worker: Worker, told: Told) -> None:
    gate_id, gate = held(worker)
    other = worker.interactive("field", counting(1))
    many = [worker.interactive("plane", counting(1)) for _ in range(50)]
    assert worker.queued == 51
    gate.open()
    told.wait_end(gate_id, other, *many)
    assert [told.of(task_id) for task_id in many[:-1]] == [[("cancelled", None)]] * 49
    assert told.of(many[-1]) == told.of(other) == [*items(0), ("finished", None)]
    assert told.of(gate_id)[-1] == ("finished", None)
    assert worker.queued == 0


def test_views_take_turns(worker: Worker, told: Told) -> None:
    gate_id, gate = held(worker)
    one, other = worker.interactive("one", counting(3)), worker.interactive("other", counting(3))
    gate.open()
    told.wait_end(gate_id, one, other)
    assert [task_id for kind, task_id in told.all() if kind == "item" and task_id != gate_id] == [one, other] * 3


# -- lanes -----------------------------------------------------------------------------------------------------------


def test_training_waits_for_jobs_and_jobs_for_views(worker: Worker, told: Told) -> None:
    """Each is taken up again where it stood, once nothing above it waits."""
    gates = {"batch": Gate(), "cell": Gate()}

    def train(task: Task) -> Iterator[str]:
        yield "first"
        gates["batch"].halt()
        yield from ("second", "third")

    def job(task: Task) -> Iterator[str]:
        yield "cell"
        gates["cell"].halt()
        yield from ("other cell", "last cell")

    training = worker.train("train", train)
    gates["batch"].wait()
    job_id = worker.job("sweep", job)
    gates["batch"].open()
    gates["cell"].wait()
    view = worker.interactive("plane", counting(2))
    gates["cell"].open()
    told.wait_end(training, job_id, view)
    order = [(kind, task_id) for kind, task_id in told.all() if kind != "started"]
    assert order == [
        *[("item", training)] * 2,
        *[("item", job_id)] * 2,
        *[("item", view)] * 2,
        ("finished", view),
        ("item", job_id),
        ("finished", job_id),
        ("item", training),
        ("finished", training),
    ]
    assert [payload for kind, payload in told.of(training) if kind == "item"] == ["first", "second", "third"]


def test_jobs_run_one_after_the_other_and_none_is_dropped(worker: Worker, told: Told) -> None:
    gate_id, gate = held(worker)
    jobs = [worker.job("sweep", counting(2)) for _ in range(20)]
    views = [worker.interactive("sweep", counting(1)) for _ in range(20)]
    gate.open()
    told.wait_end(gate_id, *jobs, *views)
    assert [told.of(job) for job in jobs] == [[*items(0, 1), ("finished", None)]] * 20
    assert [task_id for kind, task_id in told.all() if kind == "finished" and task_id in jobs] == jobs
