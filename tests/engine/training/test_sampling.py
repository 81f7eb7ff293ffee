"""What is drawn in pieces has the bits of what is drawn at once, in the Run's precision and blocks."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.errors import InputError
from engine.execute import execute
from engine.models.catalogue import named
from engine.run import Run
from engine.training.sampling import steps
from tests.engine.tiny import TinyMixture, run_of


@pytest.mark.parametrize("groups", [{}, {"precision": "float32"}, {"block": 3}, {"sampler": {"name": "ddpm"}}], ids=str)
def test_the_values_are_those_of_execute(groups: dict[str, Any]) -> None:
    run, sizes = run_of(**groups), set()
    pieces = list(steps(run, TinyMixture(lambda x: sizes.add((len(x), x.dtype)), block=2)))
    assert sizes == {(run.block or 2, torch.float32 if run.precision else torch.float64)}
    for index, step in enumerate(execute(run, TinyMixture())):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)


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
