"""The worker: what runs next, what stops and when, and that it always ends. Fakes meet it at gates; nothing sleeps."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from engine.denoiser import Watched
from engine.errors import InputError
from engine.worker import Event, Task, Worker

PATIENCE = 20.0
"""Seconds after which a test that would otherwise hang fails."""


class Told:
    """Collects what the worker tells, and lets a test wait for it. `react` may answer on the worker's thread."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._news = threading.Condition()
        self.react: Callable[[Event], None] = lambda event: None

    def __call__(self, event: Event) -> None:
        with self._news:
            self._events.append(event)
            self._news.notify_all()
        self.react(event)

    def of(self, task_id: int) -> list[tuple[str, Any]]:
        with self._news:
            return [(event.kind, event.payload) for event in self._events if event.id == task_id]

    def all(self) -> list[tuple[str, int]]:
        with self._news:
            return [(event.kind, event.id) for event in self._events]

    def wait(self, kind: str, task_id: int) -> None:
        with self._news:
            seen = self._news.wait_for(
                lambda: any((event.kind, event.id) == (kind, task_id) for event in self._events), PATIENCE
            )
        assert seen, f"{kind} of {task_id} was not told, only {self._events}"

    def wait_end(self, *task_ids: int) -> None:
        ends = {"finished", "failed", "cancelled"}
        with self._news:
            seen = self._news.wait_for(
                lambda: set(task_ids) <= {event.id for event in self._events if event.kind in ends}, PATIENCE
            )
        assert seen, f"{task_ids} did not all end, only {self._events}"


class Gate:
    """Where work halts on the worker's thread until the test, having seen it there, lets it through."""

    def __init__(self) -> None:
        self._arrived, self._open = threading.Event(), threading.Event()

    def halt(self) -> None:
        self._arrived.set()
        assert self._open.wait(PATIENCE)

    def wait(self) -> None:
        assert self._arrived.wait(PATIENCE), "the work did not get there"

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def worker(told: Told) -> Iterator[Worker]:
    worker = Worker(told)
    yield worker
    worker.close()


def counting(count: int) -> Callable[[Task], Iterator[int]]:
    return lambda task: iter(range(count))


def items(*values: Any) -> list[tuple[str, Any]]:
    return [("started", None), *(("item", value) for value in values)]


def halting(gate: Gate) -> Callable[[Task], Iterator[None]]:
    def work(task: Task) -> Iterator[None]:
        gate.halt()
        yield

    return work


def held(worker: Worker, slot: str = "gate") -> tuple[int, Gate]:
    """Interactive work that keeps the worker busy, so that what is asked meanwhile is decided at one moment."""
    gate = Gate()
    task_id = worker.interactive(slot, halting(gate))
    gate.wait()
    return task_id, gate


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


def lasting(ended: list[threading.Thread], begun: Gate | None = None) -> Callable[[Task], Iterator[int]]:
    """Work without an end that notes the thread on which it is cleaned up."""

    def work(task: Task) -> Iterator[int]:
        try:
            while True:
                yield 0
                if begun is not None:
                    begun.halt()
        finally:
            ended.append(threading.current_thread())

    return work


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
