"""The columns of strips, each a Run of its own, and their pictures as they are drawn."""
# spec: L2, L3, L4, L5, L6, L8

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine import mask
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.latents import strips
from engine.latents.strips import Column, Sheet, Strip, brightness, draw, span, spread
from engine.models.catalogue import ModelInfo
from engine.run import ModelReference, Run, parse
from tests.engine.tiny import TinyMixture, run_of

SHAPE = (3, 32, 32)
SMALL = (1, 4, 6)


class _Gaussian(TinyMixture):
    """Pictures of N(0, variance)."""

    data_shape = SMALL

    def __init__(self, name: str = "tiny", variance: float = 1.0) -> None:
        super().__init__()
        self.reference = reference(name)
        self.variance = variance

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """The posterior mean."""
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1, 1, 1)
        return x * self.variance / (self.variance + level**2)


Gaussian: Any = _Gaussian


def reference(name: str) -> ModelReference:
    return ModelReference(label=name, sha256=hashlib.sha256(name.encode()).hexdigest() if name != "tiny" else "a" * 64)


def info(name: str = "tiny", shape: tuple[int, ...] = SMALL, **own: Any) -> ModelInfo:
    model = Gaussian(name)
    made = ModelInfo(name, name.title(), shape, "a test", "A model.", "mixture", reference(name), lambda: model)
    return dataclasses.replace(made, **own)


def box(shape: tuple[int, ...], columns: int = 2) -> dict[str, Any]:
    pixels = np.zeros(shape[1:], np.uint8)
    pixels[1:3, :columns] = 255
    return mask.keep(pixels, "box").model_dump()


def edited(**edit: Any) -> Run:
    return run_of(latents={"edits": [edit]})


INTENSITY = {"kind": "intensity", "strength": 0.3}


# -- lambda ----------------------------------------------------------------------------------------------------------


def test_the_range_is_that_of_the_size_and_the_mask() -> None:
    run = edited(**INTENSITY)
    for side, expected in ((32, 0.16), (64, 0.08), (256, 0.02)):
        assert span(run, (3, side, side), 0) == (-expected, expected)
    assert span(edited(**INTENSITY, channel=1), SHAPE, 0)[1] == pytest.approx(0.16 * 3**0.5, abs=2e-3)
    eyes = edited(**INTENSITY, mask=box(SHAPE, 20))
    assert span(eyes, SHAPE, 0)[1] == pytest.approx(8.868 / (3 * 40) ** 0.5, rel=1e-2)
    empty = edited(**INTENSITY, mask=box(SHAPE, 0))
    assert span(empty, SHAPE, 0) == (-1.5, 1.5)
    with pytest.raises(InputError, match="6 × 4"):
        span(edited(**INTENSITY, mask=box(SMALL)), SHAPE, 0)


def test_nine_values_about_zero() -> None:
    assert spread(-0.16, 0.16) == [-0.16, -0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16]
    assert spread(0.0, 1.0, 5) == [0.0, 0.25, 0.5, 0.75, 1.0]


@given(st.floats(-10, -1e-3), st.floats(1e-3, 10), st.integers(3, 25))
def test_zero_is_always_among_them(low: float, high: float, count: int) -> None:
    values = spread(low, high, count)
    assert len(values) == count
    assert values == sorted(values)
    assert 0.0 in values
    assert values[0] == pytest.approx(low, rel=1e-2)
    assert values[-1] == pytest.approx(high, rel=1e-2)


def test_columns_of_lambda_are_whole_runs() -> None:
    run = run_of(latents={"edits": [{"kind": "transfer", "source": 1}, {**INTENSITY, "mask": box(SMALL)}]})
    columns = strips.over_strength(run, info(), 1, [-0.5, 0.0, 0.25])
    assert [column.caption for column in columns] == ["−0.5", "0", "0.25"]
    assert [column.note for column in columns] == ["−1 sd", "unchanged", "0.5 sd"]  # four places: a deviation of 1/2
    assert [column.run.latents.edits[1].strength for column in columns] == [-0.5, 0.0, 0.25]  # type: ignore[attr-defined]
    assert {column.run.latents.edits[0] for column in columns} == {run.latents.edits[0]}
    for column in columns:
        assert parse(column.run.to_json()) == column.run
    assert len({column.run.digest for column in columns}) == 3


# -- others ----------------------------------------------------------------------------------------------------------


def test_the_way_between_two_names_its_ends() -> None:
    run = edited(kind="interpolate", between=[2, 4], share=0.5, particles=[0])
    columns = strips.over_share(run, info(), 0, [0.0, 0.5, 1.0])
    assert [(column.caption, column.note) for column in columns] == [
        ("0", "particle 2"),
        ("0.5", ""),
        ("1", "particle 4"),
    ]
    first, *_, last = draw(Strip(columns, (0, 2, 4)), lambda _: Gaussian())
    assert not first.complete
    ends = last.pictures
    assert np.array_equal(ends[0][0], ends[0][1])  # type: ignore[index]
    assert np.array_equal(ends[2][0], ends[2][2])  # type: ignore[index]


def test_sources_leave_out_nobody_but_tell_who_is_unchanged() -> None:
    run = edited(kind="transfer", source=0, particles=[1])
    columns = strips.over_source(run, info(), 0, [0, 1, 3])
    assert [(column.caption, column.value, column.note) for column in columns] == [
        ("from 0", 0, ""),
        ("from 1", 1, "unchanged"),
        ("from 3", 3, ""),
    ]


def test_step_counts_and_the_one_of_now_without_those_that_have_no_place_for_an_edit() -> None:
    columns = strips.over_steps(run_of(), info())
    assert [column.value for column in columns] == [5, 6, 10, 22, 50]
    assert all(column.run == run_of(schedule={"steps": column.value}) for column in columns)
    late = edited(**INTENSITY, step=5)
    assert [column.value for column in strips.over_steps(late, info())] == [6, 10, 22, 50]


def test_models_of_the_same_pictures_in_their_order() -> None:
    own, other, points = info(), info("other"), info("points", (2,))
    given_one = info("given", cond_shape=(1, 4, 6))
    columns = strips.over_models(run_of(), own, [other, points, own, given_one])
    assert [column.caption for column in columns] == ["Other", "Tiny", "Given"]
    assert columns[0].run == run_of(model=reference("other").model_dump())
    assert columns[1].run == run_of()
    assert [column.value for column in strips.over_models(run_of(), own, [other, given_one, own], most=2)] == [
        other.reference.sha256,
        own.reference.sha256,
    ]


def test_a_model_that_cannot_draw_the_run_is_left_out() -> None:
    run = run_of(sampler={"name": "langevin", "annealed": False, "level": 0.5})
    tight = info("xtight", sigma_min=1.0)
    assert [column.model.name for column in strips.over_models(run, info(), [info(), tight])] == ["tiny"]


def test_a_condition_and_a_kernel_are_carried_over_where_they_suit() -> None:
    run = run_of(condition={"example": 2}, guidance={"kernel": "features"})
    other = info("other")
    varied = strips.over_models(run, info(cond_shape=(1, 4, 6)), [other])[1].run
    assert varied.condition.example == 0
    assert varied.guidance.kernel == Run(model=reference("tiny")).guidance.kernel


# -- drawing ---------------------------------------------------------------------------------------------------------


def test_every_column_is_what_execute_draws() -> None:
    columns = strips.over_strength(edited(**INTENSITY, mask=box(SMALL)), info(), 0, [-1.0, 0.0, 1.0])
    *_, sheet = draw(Strip(columns, (3, 1)), lambda _: Gaussian())
    assert sheet.complete
    assert (sheet.done, sheet.total) == (21, 21)
    for column, pictures in zip(columns, sheet.pictures, strict=True):
        *_, last = execute(column.run, Gaussian(), particles=[3, 1])
        assert pictures is not None
        assert np.array_equal(pictures, last.x.numpy().astype(np.float32))
    *_, plain = execute(run_of(), Gaussian(), particles=[3, 1])
    assert np.array_equal(sheet.pictures[1], plain.x.numpy().astype(np.float32))  # type: ignore[arg-type]


def test_columns_grow_together_where_they_can() -> None:
    strength = strips.over_strength(edited(**INTENSITY), info(), 0, [-1.0, 1.0])
    sheets = list(draw(Strip(strength, (0,)), lambda _: Gaussian()))
    assert [sum(each is not None for each in sheet.pictures) for sheet in sheets[:3]] == [1, 2, 2]
    assert not any(sheet.complete for sheet in sheets[:-1])
    steps = strips.over_steps(run_of(), info(), (3,))
    assert [sheet.finished for sheet in draw(Strip(steps, (0,)), lambda _: Gaussian())][3] == (True, False)


def compared(**variances: float) -> tuple[Sheet, Strip]:
    """A strip over Gaussians of those variances, drawn to the end."""
    made = {name: Gaussian(name, variance) for name, variance in variances.items()}
    infos = [info(name) for name in made]
    run = run_of(model=infos[0].reference.model_dump(), latents={"count": 40})
    strip = Strip(strips.over_models(run, infos[0], infos), (5, 2), compared=True)
    *_, sheet = draw(strip, lambda chosen: made[chosen.name])
    return sheet, strip


def test_two_models_of_the_same_data_agree_and_shuffled_pairs_do_not() -> None:
    sheet, strip = compared(big=1.0, little=1.1)
    found = sheet.correlations[frozenset((0, 1))]
    assert found.count == 40
    assert found.pairs > 0.999
    assert found.shuffled_interval[0] <= 0 <= found.shuffled_interval[1]
    assert [pictures.shape for pictures in sheet.pictures if pictures is not None] == [(2, *SMALL)] * 2
    assert strip.drawn[:2] == (5, 2)
    assert sorted(strip.drawn) == list(range(40))


def test_few_particles_are_not_correlated() -> None:
    columns = strips.over_models(run_of(latents={"count": 3}), info(), [info(), info("other")])
    *_, sheet = draw(Strip(columns, (0,), compared=True), lambda chosen: Gaussian(chosen.name))
    assert not sheet.correlations


def test_it_stops() -> None:
    columns: tuple[Column, ...] = strips.over_steps(run_of(), info())
    with pytest.raises(Interrupted):
        list(draw(Strip(columns, (0,)), lambda _: Gaussian(), lambda: True))


def test_brightness_is_on_zero_to_one_and_cut() -> None:
    assert brightness(np.stack([np.full(SMALL, value) for value in (-3.0, 0.0, 0.5, 2.0)])).tolist() == [
        0,
        0.5,
        0.75,
        1,
    ]


def test_no_torch_is_imported() -> None:
    code = "import sys, engine.latents.strips; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
