"""Memory that runs out and a GPU that disappears, in the middle of all kinds of work: it goes on or says one sentence,
what comes after it works, and a training goes on from what it saved. Called by `faults`.

Neither is done to the machine: a model raises what torch raises, at a chosen evaluation.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import torch
from torch import Tensor

from engine import resources
from engine.errors import InputError
from engine.execute import record, replay
from engine.experiments import runner
from engine.experiments.experiment import Context
from engine.latents.inversion import invert
from engine.models.mixture import Mixture
from engine.training import train as training
from engine.training.state import State
from engine.trajectory import Trajectory
from engine.worker import ENDS, Event, Task, Worker
from tests.endurance.storage import command
from tests.endurance.watch import is_sentence
from tests.engine.experiments.small import Plan, Small
from tests.engine.tiny import TinyMixture, run_of
from tests.engine.training.small import config

if TYPE_CHECKING:
    from engine.models import Model

Fail = Callable[[], None]
"""Raises what the machine raises."""

PATIENCE = 60.0
"""Seconds in which the worker ends a task."""


def no_memory_of_torch() -> None:
    """What the CPU's allocator raises: 128 TiB are asked of it."""
    torch.empty(2**45)


def no_memory_of_gpu() -> None:
    """What CUDA's allocator raises."""
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def no_memory_of_python() -> None:
    """What Python raises."""
    raise MemoryError


def gpu_is_gone() -> None:
    """What torch raises once a GPU has failed, from then on at each call."""
    kind = getattr(torch, "AcceleratorError", RuntimeError)
    raise kind("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported at some other call.")


NO_MEMORY: dict[str, Fail] = {
    "no memory, of torch": no_memory_of_torch,
    "no memory, of a GPU": no_memory_of_gpu,
    "no memory, of Python": no_memory_of_python,
}


class Failing(TinyMixture):
    """A model that fails at evaluation `at` and `after` it, or only there, where it has more particles than `most`."""

    def __init__(self, fail: Fail, at: int = 3, most: int = 0, for_good: bool = False) -> None:
        super().__init__(self._before, block=4)
        self._fail, self._at, self._most, self._for_good = fail, at, most, for_good
        self.evaluations = 0

    def _before(self, x: Tensor) -> None:
        self.evaluations += 1
        if (self.evaluations == self._at or (self._for_good and self.evaluations > self._at)) and len(x) > self._most:
            self._fail()


@contextmanager
def gpu_works() -> Iterator[None]:
    """Whatever fails inside, the GPU counts as working before and after."""
    with patch.object(resources, "_failure", None):
        yield


def told(*works: Callable[[Task], Iterator[Any]]) -> list[tuple[str, Any]]:
    """How each work ended on a worker of its own, one after the other, and what was said or yielded last."""
    events: queue.Queue[Event] = queue.Queue()
    worker = Worker(events.put)
    ends: list[tuple[str, Any]] = []
    try:
        for work in works:
            task, last = worker.job("work", work), None
            while (event := events.get(timeout=PATIENCE)).kind not in ENDS or event.id != task:
                last = event.payload if event.kind == "item" else last
            ends.append((event.kind, event.payload if event.kind == "failed" else last))
    finally:
        worker.close()
    return ends


# -- memory ----------------------------------------------------------------------------------------------------------


def smaller_blocks(fail: Fail) -> None:
    """A Run that has no memory for its block is drawn with a smaller one, which it says."""
    *_, drawn = record(run_of(), cast("Model", Failing(fail, most=2, for_good=True)))
    assert drawn.complete
    assert drawn.run.block == 2
    *_, whole = record(run_of(), cast("Model", TinyMixture()))
    assert torch.allclose(_last(drawn), _last(whole), rtol=1e-9, atol=1e-9)


def no_block_is_small_enough(fail: Fail) -> None:
    """A Run that has memory for nothing says so, and the next one is drawn."""
    _says_and_goes_on(lambda _: record(run_of(), cast("Model", Failing(fail, for_good=True))))


def guided(fail: Fail) -> None:
    """As before, where the kernels of particle guidance run out of memory."""
    run = run_of(latents={"count": 4, "group": 4}, guidance={"k_pg": 1.0})

    def work(_: Task) -> Iterator[Trajectory]:
        with patch("engine.guidance.kernels.rbf.RBF._gradient", side_effect=lambda *_, **__: fail()):
            yield from record(run, cast("Model", TinyMixture()))

    _says_and_goes_on(work)


def scrubbed(fail: Fail) -> None:
    """As before, where a Step that was dropped is made again."""
    *_, kept = record(run_of(), cast("Model", TinyMixture()), budget=1)
    _says_and_goes_on(lambda _: replay(kept, 5, cast("Model", Failing(fail, at=2))))


def inverted(fail: Fail) -> None:
    """As before, where a picture is inverted."""
    model = cast("Model", Failing(fail))
    _says_and_goes_on(lambda _: invert(torch.zeros(1, 2), run_of(), model, steps=4))


def measured(fail: Fail) -> None:
    """As before, where an experiment measures a cell; those before it stay."""

    def load(_: object) -> Any:
        fail()

    _says_and_goes_on(lambda _: runner.perform(Small(), Plan(), Path("nowhere"), Context(load, lambda: False)))


def trained(fail: Fail, folder: Path) -> None:
    """As before, where a training makes a step: what it saved is there, and it goes on to the weights it would have."""

    def work(_: Task) -> Iterator[object]:
        with _failing_step(fail, 11):
            yield from training.train(training.start(config(), folder), folder)

    _says_and_goes_on(work)
    assert training.start(config(), folder).step == 11
    _trains_to_the_same_end(folder)


# -- a GPU -----------------------------------------------------------------------------------------------------------


def drawn_on_the_cpu() -> None:
    """A Run whose GPU disappears half-way is drawn from the beginning, to the bits of the CPU."""
    model = cast("Model", Failing(gpu_is_gone, at=4))
    with gpu_works():
        (end,) = told(lambda task: record(run_of(), model, interrupted=task.interrupted))
        assert is_sentence(resources.failure() or "")
        assert resources.device().type == "cpu"
    assert end[0] == "finished", end[1]
    *_, whole = record(run_of(), cast("Model", TinyMixture(block=4)))
    assert torch.equal(_last(end[1]), _last(whole))


def gone_for_good() -> None:
    """What cannot be done without the GPU says so, once; the next work is done."""
    with gpu_works():
        _says_and_goes_on(lambda _: record(run_of(), cast("Model", Failing(gpu_is_gone, for_good=True))))


def inverted_on_the_cpu() -> None:
    """An inversion begins again."""
    model = cast("Model", Failing(gpu_is_gone))
    with gpu_works():
        (end,) = told(lambda _: invert(torch.zeros(1, 2), run_of(), model, steps=4))
    assert end == ("finished", 1.0)


def measured_on_the_cpu(folder: Path) -> None:
    """An experiment goes on with the cell that it was measuring; those before it are not measured again."""
    fails = iter([None, gpu_is_gone])
    experiment = Small()

    def load(_: object) -> Any:
        if (fail := next(fails, None)) is not None:
            fail()
        return TinyMixture()

    with gpu_works():
        (end,) = told(lambda _: runner.perform(experiment, Plan(), folder, Context(load, lambda: False)))
    assert end[0] == "finished", end[1]
    assert sorted(experiment.measured) == sorted(Plan().seeds)


def trained_on_the_cpu(folder: Path) -> None:
    """A training goes on from what it saved last, to the weights that it would have had."""

    def work(_: Task) -> Iterator[object]:
        yield from training.train(training.start(config(), folder), folder)

    with gpu_works(), _failing_step(gpu_is_gone, 11):
        (end,) = told(work)
    assert end[0] == "finished", end[1]
    _trains_to_the_same_end(folder)


def sampled_on_the_cpu(folder: Path) -> None:
    """The command line begins again, says so, and writes the same file that it writes without a GPU."""
    denoise, evaluations = Mixture.denoise, itertools.count()

    def failing(*arguments: Any) -> Tensor:
        if next(evaluations) == 3:
            gpu_is_gone()
        return denoise(*arguments)

    asked = ("sample", "--model", "ring", "--steps", "4", "--count", "3")
    with gpu_works(), patch.object(Mixture, "denoise", failing):
        command(*asked, "--out", folder / "failed.npz")
        assert resources.failure() is not None
    command(*asked, "--out", folder / "whole.npz")
    assert (folder / "failed.npz").read_bytes() == (folder / "whole.npz").read_bytes()


# -- helpers ---------------------------------------------------------------------------------------------------------


def _says_and_goes_on(work: Callable[[Task], Iterator[Any]]) -> None:
    """`work` fails with a sentence, and the thread that it ran on draws the next Run."""
    failed, after = told(work, lambda _: record(run_of(), cast("Model", TinyMixture())))
    assert failed[0] == "failed", f"ended as {failed[0]}"
    assert is_sentence(failed[1]), f"said {failed[1]!r}"
    assert "fault of Latent Loupe" not in failed[1]
    assert after[0] == "finished"
    assert after[1].complete


@contextmanager
def _failing_step(fail: Fail, at: int) -> Iterator[None]:
    """One step of trainings, that after `at` steps, fails in its middle."""
    advance, failed = State.advance, threading.Event()

    def failing(state: State) -> Iterator[None]:
        for piece in advance(state):
            yield piece
            if state.step == at and not failed.is_set():
                failed.set()
                fail()

    with patch.object(State, "advance", failing):
        yield


def _trains_to_the_same_end(folder: Path) -> None:
    ends = []
    for place in (folder, folder / "whole"):
        state = training.start(config(), place)
        for _ in training.train(state, place):
            pass
        ends.append(state)
    assert ends[0].step == config().steps
    assert ends[0].losses == ends[1].losses


def _last(drawn: Trajectory) -> Tensor:
    step = drawn[drawn.last]
    if step is None:
        raise InputError("The last Step is not at hand: keep it.")
    return step.x
