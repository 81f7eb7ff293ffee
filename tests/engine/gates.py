"""What tests of the worker share: what it told, gates at which its work halts, and kinds of work. Nothing sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

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
