"""What experiments with particle guidance share."""

from __future__ import annotations

import math
from itertools import product
from typing import get_args

import numpy as np
import pytest

from engine.experiments.experiment import Cell, Measured, Row
from engine.experiments.guided import BANDWIDTHS, FINISHED, gain, guidance, heat_map, number, over_batches
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import GuidanceSettings
from engine.settings.guidance import Kernel


# spec: G3
def test_each_kernel_of_pictures_has_its_bandwidths() -> None:
    assert set(FINISHED) == set(get_args(Kernel)) - {"angular"}
    assert guidance("iou", "median", 2.0) == GuidanceSettings(k_pg=2.0, kernel="iou", bandwidth="median")
    for kernel in FINISHED:
        found = [guidance(kernel, bandwidth, 1.0) for bandwidth in BANDWIDTHS]
        assert [settings.bandwidth for settings in found] == ["median", "fixed", "fixed"]
        assert [settings.width for settings in found[1:]] == [1.0, FINISHED[kernel]]


def test_without_guidance_the_settings_are_the_same_for_all() -> None:
    unguided = {guidance(kernel, bandwidth, 0.0) for kernel, bandwidth in product(FINISHED, BANDWIDTHS)}
    assert unguided == {GuidanceSettings()} == {guidance(None, None, 0.0)}


def test_a_mean_over_batches_has_its_standard_error() -> None:
    values = [6.0, 7.0, 8.0, 5.0]
    mean, error = over_batches(values)
    assert mean == 6.5
    assert error == pytest.approx(np.std(values, ddof=1) / 2, rel=1e-5)


def test_a_gain_is_paired_by_batch() -> None:
    assert gain([7.0, 8.0, 6.0], [6.0, 7.0, 5.0]) == (1.0, 0.0)


def test_a_number_of_a_table_is_none_where_there_is_none() -> None:
    assert number(3) == 3.0
    assert math.isnan(number(None))
    assert math.isnan(number("rbf"))


def test_a_map_lies_over_two_places_in_the_order_of_the_rows() -> None:
    run = Run(model=named("ring").reference)
    places = [(0.5, 1000.0), (0.5, 0.031623), (0.1, 1000.0)]
    rows = [
        Row(f"key {index}", Cell(run, {"noise": down, "weight": across}), Measured({"modes": index, "error": 0.5}))
        for index, (down, across) in enumerate(places)
    ]
    rows.append(Row("to come", Cell(run, {"noise": 0.1, "weight": 0.031623})))
    found = heat_map("title", rows, "noise", "weight", "modes", "error")
    assert found.rows == ["0.5", "0.1"]
    assert found.columns == ["1000", "0.0316"]
    assert found.values == [[0.0, 1.0], [2.0, None]]
    assert found.errors == [[0.5, 0.5], [0.5, None]]
    assert found.keys == [["key 0", "key 1"], ["key 2", "to come"]]
    assert (found.row_label, found.column_label) == ("noise", "weight")
    assert heat_map("title", rows[:3], "noise", "weight", "modes").keys == [["key 0", "key 1"], ["key 2", None]]
    assert heat_map("title", rows, "noise", "weight", "modes").errors is None
