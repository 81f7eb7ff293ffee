"""The self-test finds what is broken: a check that fails says so in a sentence, and hinders no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine import self_test_drawing, self_test_files
from engine.guidance.kernels import KERNELS
from engine.models import catalogue
from engine.samplers import SAMPLERS
from engine.self_test import Failed, Result, as_json, carry_out, need
from engine.settings.guidance import KERNEL_NAMES
from engine.step import Step

CHECKS = self_test_drawing.CHECKS | self_test_files.CHECKS
STARTS_ANOTHER = {"checkpoints", "fitting a map"}
"""Checks that start another process, which the slow test of the whole has."""


@pytest.mark.parametrize("name", sorted(CHECKS.keys() - STARTS_ANOTHER - {"models", "samplers", "figures"}))
def test_what_is_whole_passes(name: str, tmp_path: Path) -> None:
    result = carry_out(name, CHECKS[name], tmp_path)
    assert result.problem == ""
    assert result.found


def test_every_outcome_is_a_result(tmp_path: Path) -> None:
    def fails(folder: Path) -> str:
        need(folder.is_dir() and not list(folder.iterdir()), "It is given no empty folder.")
        raise Failed("The moon is missing.")

    def breaks(_: Path) -> str:
        raise RuntimeError("two\n  lines")

    results = [carry_out(name, check, tmp_path) for name, check in (("a", fails), ("b", breaks), ("c", str))]
    assert [result.problem for result in results] == ["The moon is missing.", "RuntimeError: two lines", ""]
    assert results[2].found == str(tmp_path / "c")
    told = json.loads(as_json(results))
    assert told["passed"] is False
    assert [check["name"] for check in told["checks"]] == ["a", "b", "c"]
    assert json.loads(as_json([Result("c", 0.1, "all")]))["passed"] is True


def test_a_model_of_other_weights_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, square = catalogue.named("ring"), catalogue.named("symmetric-2d")
    monkeypatch.setattr(catalogue, "learned", tuple)
    monkeypatch.setattr(catalogue, "bundled", lambda: (ring, replace(square, build=ring.build)))
    result = carry_out("models", self_test_drawing.models, tmp_path)
    assert result.problem == "The model symmetric-2d is not the one of its hash: install it again."


def test_a_sampler_that_errs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SAMPLERS["heun"]

    def erring(*arguments: Any, **options: Any) -> Iterator[Step]:
        for step in whole(*arguments, **options):
            yield replace(step, x=step.x + 0.5) if step.evaluations == 0 else step

    monkeypatch.setitem(SAMPLERS, "heun", erring)
    problem = carry_out("samplers", self_test_drawing.samplers, tmp_path).problem
    assert problem == "The sampler heun does not draw the Gaussian whose closed form is known."


@pytest.mark.parametrize("name", KERNEL_NAMES)
def test_a_kernel_whose_gradient_errs_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = KERNELS[name].gradient

    def erring(x: Tensor, h: float) -> Tensor:
        wrong = torch.zeros_like(x)
        wrong[:, 0] = whole(x, h)[:, 0].abs().max() * 0.1
        return whole(x, h) + wrong

    monkeypatch.setattr(KERNELS[name], "gradient", erring)
    assert f"The gradient of the kernel {name} " in carry_out("kernels", self_test_drawing.kernels, tmp_path).problem
