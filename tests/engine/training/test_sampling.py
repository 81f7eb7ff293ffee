"""What is drawn in pieces has the bits of what is drawn at once, in the Run's precision and blocks."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.models.catalogue import named
from engine.run import Run
from engine.training.sampling import drawing, pieces, steps
from tests.engine.tiny import TinyMixture, run_of


@pytest.mark.parametrize("groups", [{}, {"precision": "float32"}, {"block": 3}, {"sampler": {"name": "ddpm"}}], ids=str)
def test_the_values_are_those_of_execute(groups: dict[str, Any]) -> None:
    run, sizes = run_of(**groups), set()
    pieces = list(steps(run, TinyMixture(lambda x: sizes.add((len(x), x.dtype)), block=2)))
    assert sizes == {(run.block or 2, torch.float32 if run.precision else torch.float64)}
    for index, step in enumerate(execute(run, TinyMixture())):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)


def test_a_drawing_tells_its_share_shows_its_steps_and_ends_with_what_execute_draws() -> None:
    run, seen = run_of(), list[int]()
    drawn = drawing(
        run,
        TinyMixture(block=2),
        interrupted=lambda: False,
        observe=lambda step: seen.append(step.index),
        start=0.25,
        end=0.75,
    )
    told = []
    while True:
        try:
            told.append(next(drawn))
        except StopIteration as ended:
            x0 = ended.value
            break
    *_, last = execute(run, TinyMixture())
    assert torch.equal(x0, last.x)
    count = pieces(run, TinyMixture(block=2))
    assert told == pytest.approx([0.25 + 0.5 * (place + 1) / count for place in range(count)])
    blocks = -(-run.latents.count // 2)
    assert seen == [*range(run.schedule.steps + 1)] * blocks


def test_a_drawing_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        next(drawing(run_of(), TinyMixture(), interrupted=lambda: True))


def test_a_test_by_the_density_has_the_models_own() -> None:
    info = named("ring")
    run = Run(model=info.reference).replace(
        latents={"count": 3}, schedule={"steps": 2}, sampler={"name": "langevin", "metropolis": True}
    )
    *_, piece = steps(run, info.build())
    *_, whole = execute(run, info.build())
    assert torch.equal(piece.x, whole.x)
    with pytest.raises(InputError, match="density"):
        list(steps(run, TinyMixture()))
