"""The cells of directions, how they compare, what is drawn and said of them, from made-up tables."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
import torch

from engine.data import mnist, moving, sequences
from engine.experiments import directions_figure, directions_findings
from engine.experiments.directions_cells import PLACED, UNIFORM, Cells, Grid, Place
from engine.experiments.experiment import Measured
from engine.figures.figure import Lines, Matrix, Pictures
from engine.guidance.kernels import KERNELS
from engine.guidance.particle import mapped, median_bandwidth
from tests.engine.experiments.placed_digits import batches, grid, made_up

RBF, IOU = Grid("circle", 7.0, "rbf", "median"), Grid("circle", 7.0, "iou", "median")


def content(place: Place) -> Measured:
    """Guidance adds two directions at k_PG 10, with IoU at the cost of the picture."""
    _, _, kernel, _, _, k_pg = place
    spoilt = 20.0 if kernel == "iou" and k_pg == 10 else 1.0
    return made_up(batches(7.0 if k_pg == 10 else 5.0), spoilt, 0.1 if kernel == "rbf" else 1.0)


# spec: A6
def test_independent_uniform_draws_take_five_and_a_quarter_directions() -> None:
    draws = np.random.default_rng(0).integers(0, 8, (20_000, 8))
    counts = [len(set(batch)) for batch in draws.tolist()]
    assert statistics.fmean(counts) == pytest.approx(UNIFORM, abs=4 * statistics.stdev(counts) / 20_000**0.5)
    assert f"{UNIFORM:.2f}" == "5.25"


# spec: G3
def test_the_bandwidth_of_finished_digits_is_the_median_heuristic_of_the_data() -> None:
    source = sequences.source()
    pool = np.repeat(sequences.pictures(source)[:200], 8, 0)
    drawn = moving.render(pool, np.tile(moving.CIRCLE, (200, 1))[:, None])
    x = torch.from_numpy(drawn).double().reshape(200, 8, 1, 32, 32) / 127.5 - 1
    found = {
        kernel: median_bandwidth(KERNELS[kernel].distance(mapped(kernel, x)[0])).mean().item() for kernel in PLACED
    }
    assert found["iou"] == pytest.approx(PLACED["iou"], rel=0.02)
    if mnist.find() is None:
        pytest.skip("MNIST is not here; its digits have less ink than the bundled ones")
    assert found == pytest.approx(PLACED, rel=0.02)


# spec: A6
def test_a_gain_is_paired_by_batch_with_the_same_latents_unguided() -> None:
    cells = Cells(grid(content))
    gain = cells.gain("directions", RBF, 1.0, 10.0)
    assert gain is not None
    assert (gain.value, gain.error, gain.told) == (2.0, 0.0, True)
    assert cells.grids == [RBF, IOU]
    best = cells.best(IOU)
    assert best is not None
    assert best[1] < 10  # where Q is 20 nothing counts


# spec: A6
def test_grids_are_compared_cell_by_cell() -> None:
    def more(place: Place) -> Measured:
        return made_up(batches(6.5 if place[2] == "iou" and place[5] == 10 else 5.0), 1.0)

    apart = Cells(grid(more)).apart("directions", RBF, IOU)
    assert apart is not None
    assert (apart.count, apart.more, apart.fewer, apart.mean) == (4, 2, 0, 0.75)
    assert (
        str(apart)
        == "of 4 cells 2 higher and 0 lower by over two standard errors; +0.75 in the mean, +1.50 ± 0.00 at most"
    )
    assert Cells(grid(lambda place: None)).apart("directions", RBF, IOU) is None


# spec: A6
def test_the_figure_has_directions_above_and_quality_below_for_each_kernel() -> None:
    rows = grid(lambda place: content(place) if place[4] == 0 else None)
    over, score, pictures, *maps = directions_figure.panels(Cells(rows), (1.0, 10.0))
    assert isinstance(over, Lines)
    assert isinstance(score, Lines)
    assert isinstance(pictures, Pictures)
    assert [(level.label, level.y) for level in over.levels] == [
        ("without guidance", 5.0),
        ("independent uniform draws", UNIFORM),
    ]
    assert [list(curve.y) for curve in over.curves] == [[5.0, 7.0]] * 2
    assert [list(curve.y) for curve in score.curves] == [[1.0, 1.0], [1.0, 20.0]]
    assert score.log_y
    assert pictures.columns == ["0", "1", "10"]
    assert pictures.captions[1] == ["4 directions, Q 1.0", "4 directions, Q 1.0", "6 directions, Q 20.0"]
    assert [panel.title.split(":")[0] for panel in maps] == ["RBF (squared L2), median h"] * 2 + [
        "IoU (Jaccard), median h"
    ] * 2
    above, below = maps[2:]
    assert isinstance(above, Matrix)
    assert isinstance(below, Matrix)
    assert above.rows == ["0", "1"]
    assert above.columns == ["0", "1", "10"]
    assert above.values == [[5.0, 5.0, 7.0], [None] * 3]
    assert below.values == [[1.0, 1.0, 20.0], [None] * 3]
    assert all(key for line in above.keys for key in line)


def test_few_k_pg_are_pictured_of_many() -> None:
    strengths = tuple(map(float, range(1, 14)))
    rows = grid(lambda place: None, strengths=strengths)
    pictures = next(p for p in directions_figure.panels(Cells(rows), strengths) if isinstance(p, Pictures))
    assert pictures.columns == ["0", "3", "6", "9", "13"]


# spec: A6
def test_findings_say_where_guidance_acts_and_what_it_costs() -> None:
    said = directions_findings.findings(Cells(grid(content)))
    assert said[0].startswith(
        "8 independent uniform draws hold 5.25 directions on average; without guidance a batch holds "
    )
    assert "5.00 ± 0.33 (circle, ρ 7, S_churn 0), 5.00 ± 0.33 (circle, ρ 7, S_churn 1)." in said[0]
    assert said[1] == (
        "RBF (squared L2), median h, S_churn 0: clearly more directions first at k_PG 10, by +2.00 ± 0.00; "
        "the most are 7.00 ± 0.33 at k_PG 10; Q nowhere above 8."
    )
    assert said[2].endswith(
        "S_churn 0 and k_PG 10, 7.00 ± 0.33 (Q 1.0); 3.50 of them in readable pictures, which 50 % are."
    )
    assert said[3].endswith("the most are 7.00 ± 0.33 at k_PG 10; Q above 8 first at k_PG 10.")
    assert len(said) == 5


def test_all_eight_in_every_batch_are_told() -> None:
    rows = grid(lambda place: made_up([8.0] * 4 if place[5] else [5.0, 6.0, 5.0, 6.0], 1.0))
    assert "; all 8 in every batch first at k_PG 1;" in directions_findings.findings(Cells(rows))[1]


def test_a_gain_that_only_reaches_independent_draws_is_none() -> None:
    rows = grid(lambda place: made_up(batches(5.2 if place[5] else 4.0), 1.0))
    assert "nowhere clearly more" in directions_findings.findings(Cells(rows))[1]


# spec: A6
def test_the_claims_of_the_source_stand_beside_what_is_measured() -> None:
    found = {each.what: each for each in directions_findings.comparison(Cells(grid(content)))}
    raised = found["directions: RBF (squared L2), median h, at the best k_PG with Q up to 8"]
    assert raised.here == "5.00 ± 0.33 (Q 1.0) without guidance, 7.00 ± 0.33 (Q 1.0) at k_PG 10, S_churn 0"
    kernels = found["Q: IoU (Jaccard), median h, above RBF (squared L2), median h"]
    assert kernels.here.startswith("of 4 cells 2 higher and 0 lower")
    assert found["Q: IoU (Jaccard), median h, over k_PG"].here == "1.00 at 0, 1.00 at 1, 20.00 at 10"
    assert found["ink: RBF (squared L2), median h, over k_PG"].here == "1.00 at 0, 0.10 at 1, 0.10 at 10"
    assert directions_findings.comparison(Cells(grid(lambda place: None))) == []


# spec: A6
def test_schedules_and_models_are_compared_one_thing_at_a_time() -> None:
    models = (("circle", 7.0), ("noisier", 7.0), ("noisier", 3.0))
    rows = grid(lambda place: made_up(batches(6.0 if place[1] == 3 else 5.0), 1.0), models=models)
    found = [each for each in directions_findings.of_schedules(Cells(rows)) if each.what.startswith("directions")]
    assert [each.what for each in found] == [
        "directions: noisier, ρ 7, RBF (squared L2), median h, above circle",
        "directions: noisier, ρ 7, IoU (Jaccard), median h, above circle",
        "directions: noisier, ρ 3, RBF (squared L2), median h, above ρ 7",
        "directions: noisier, ρ 3, IoU (Jaccard), median h, above ρ 7",
    ]
    assert found[0].here.startswith("of 4 cells 0 higher and 0 lower")
    assert found[2].here.startswith("of 4 cells 4 higher and 0 lower by over two standard errors; +1.00 in the mean")
