"""Worker: the one background thread on which every model is evaluated. Jobs are generators; lanes set their
order.

Owned by the window's bridge. Torch is imported on this thread by `prepare`, so that the window is up first.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

from engine import resources
from engine.errors import InputError, Interrupted
from engine.spelled import fault, on_one_line

log = logging.getLogger(__name__)


Kind = Literal["started", "item", "finished", "cancelled", "failed"]

ENDS: frozenset[Kind] = frozenset({"finished", "cancelled", "failed"})
"""The last thing that is told of a task."""


class Lane(IntEnum):
    """Which work runs next: the lowest number first; a lower lane waits after each item of its generator."""

    INTERACTIVE = 0
    JOBS = 1
    TRAINING = 2


@dataclass(eq=False)
class Task:
    """One piece of work: a generator and whether it should stop. `id` grows with each request."""

    id: int
    lane: Lane
    slot: str
    work: Callable[[Task], Iterator[Any]]
    _stop: threading.Event = field(default_factory=threading.Event)
    items: Iterator[Any] | None = None
    turn: int = 0

    def interrupted(self) -> bool:
        """Whether the work should stop before its next evaluation. Any thread."""
        return self._stop.is_set()

    def interrupt(self) -> None:
        """Ask the work to stop before its next evaluation. Any thread."""
        self._stop.set()


@dataclass(frozen=True)
class Event:
    """What happened to a task, told to `notify` on the worker's thread."""

    kind: Kind
    id: int
    slot: str
    payload: Any = None


class Worker:
    """Runs tasks on one thread, started by the first one, in three lanes: interactive (one slot a view, newest
    wins), jobs (queued), training.

    `notify` is called on the worker's thread. Once a task sees that it was superseded or cancelled nothing
    more of it is told but one "cancelled"; an event already on its way may cross with the request, so
    receivers compare ids. Nothing is told after `close`. An exception in `notify` is logged and costs that
    event only. `prepare` runs first on the thread; if it fails, every task fails with a sentence that says
    why. A task under way when the GPU fails is done again from its beginning, on the CPU, once.
    """

    def __init__(self, notify: Callable[[Event], None], prepare: Callable[[], None] | None = None) -> None:
        self._notify = notify
        self._prepare = prepare
        self._ids = itertools.count(1)
        self._turns = itertools.count(1)
        self._tasks: list[Task] = []
        self._running: Task | None = None
        self._closing = False
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def interactive(self, slot: str, work: Callable[[Task], Iterator[Any]]) -> int:
        """Ask for `work` in a view's slot; what that slot asked before stops before its next evaluation."""
        return self._submit(Lane.INTERACTIVE, slot, work)

    def job(self, slot: str, work: Callable[[Task], Iterator[Any]]) -> int:
        """Queue `work`; it waits while interactive work runs and is never dropped."""
        return self._submit(Lane.JOBS, slot, work)

    def train(self, slot: str, work: Callable[[Task], Iterator[Any]]) -> int:
        """Run `work` whenever nothing else does; its items should take at most 50 ms each."""
        return self._submit(Lane.TRAINING, slot, work)

    def cancel(self, task_id: int) -> None:
        """Stop a task before its next evaluation, or before it starts."""
        with self._wake:
            for task in self._tasks:
                if task.id == task_id:
                    task.interrupt()
            self._wake.notify()

    def cancel_all(self) -> None:
        """Stop every task."""
        with self._wake:
            for task in self._tasks:
                task.interrupt()
            self._wake.notify()

    @property
    def queued(self) -> int:
        """Tasks that wait, the running one not counted."""
        with self._wake:
            return sum(task is not self._running for task in self._tasks)

    def close(self) -> None:
        """Interrupt everything and wait until the thread has ended. Further requests raise `RuntimeError`."""
        with self._wake:
            self._closing = True
            for task in self._tasks:
                task.interrupt()
            self._wake.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _submit(self, lane: Lane, slot: str, work: Callable[[Task], Iterator[Any]]) -> int:
        with self._wake:
            if self._closing:
                raise RuntimeError("the worker is closed")
            task = Task(next(self._ids), lane, slot, work)
            if lane is Lane.INTERACTIVE:
                for earlier in self._tasks:
                    if earlier.lane is lane and earlier.slot == slot:
                        earlier.interrupt()
            self._tasks.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="latent-loupe worker")
                self._thread.start()
            self._wake.notify()
            return task.id

    def _loop(self) -> None:
        fault = self._start()
        while (task := self._next()) is not None:
            if fault is None:
                self._advance(task)
            else:
                self._end("failed", task, fault)
            del task  # a finished task's models and closures must not stay alive while waiting
        with self._wake:
            left, self._tasks = self._tasks, []
        for task in left:
            _close(task)

    def _start(self) -> str | None:
        """Run `prepare`; the sentence to fail every task with if it raised."""
        try:
            if self._prepare is not None:
                self._prepare()
        except InputError as error:
            return str(error)
        except Exception as error:
            log.exception("the worker's thread could not start")
            return f"The engine could not start ({on_one_line(error)}): install Latent Loupe again."
        return None

    def _next(self) -> Task | None:
        """The next task to advance by one item, waiting for one; None once the worker closes."""
        with self._wake:
            self._running = None
            self._wake.wait_for(lambda: self._closing or bool(self._tasks))
            if self._closing:
                return None
            self._running = min(self._tasks, key=_order)
            self._running.turn = next(self._turns)
            return self._running

    def _advance(self, task: Task) -> None:
        """Draw one item from the task's generator, or end it."""
        try:
            if task.interrupted():
                raise Interrupted
            if task.items is None:
                self._tell("started", task)
                task.items = task.work(task)
            item = next(task.items)
        except StopIteration:
            self._end("finished", task)
        except Interrupted:
            self._end("cancelled", task)
        except InputError as error:
            self._end("failed", task, str(error))
        except Exception as error:
            if resources.gives_up_gpu(error):
                _close(task)
                task.items = None  # from its beginning, on the CPU
            elif (sentence := resources.refusal(error)) is not None:
                self._end("failed", task, sentence)
            else:
                log.exception("task %d in slot %s failed", task.id, task.slot)
                self._end("failed", task, fault(error))
        else:
            if not task.interrupted():
                self._tell("item", task, item)

    def _end(self, kind: Kind, task: Task, payload: Any = None) -> None:
        """Drop the task. One that was interrupted is told as cancelled whatever became of it, but for a training whose
        work could not be kept.
        """
        if (problem := _close(task)) is not None:
            kind, payload = "failed", problem
        with self._wake:
            self._tasks.remove(task)
            self._running = None
            if task.interrupted() and not (kind == "failed" and task.lane is Lane.TRAINING):
                kind, payload = "cancelled", None
        self._tell(kind, task, payload)

    def _tell(self, kind: Kind, task: Task, payload: Any = None) -> None:
        if self._closing:
            return
        try:
            self._notify(Event(kind, task.id, task.slot, payload))
        except Exception:
            log.exception("%s of task %d in slot %s was not received", kind, task.id, task.slot)


def _order(task: Task) -> tuple[bool, Lane, int]:
    """Interrupted tasks first, to end at once; views take turns, jobs and trainings keep their order."""
    return not task.interrupted(), task.lane, task.turn if task.lane is Lane.INTERACTIVE else task.id


def _close(task: Task) -> str | None:
    """Let the generator's `finally` clauses run now, on the worker's thread: the sentence of an `InputError` that they
    raise, else None. What they raise is logged.
    """
    close = getattr(task.items, "close", None)
    try:
        if close is not None:
            close()
    except Exception as error:
        log.exception("task %d in slot %s did not end cleanly", task.id, task.slot)
        return str(error) if isinstance(error, InputError) else None
    return None
