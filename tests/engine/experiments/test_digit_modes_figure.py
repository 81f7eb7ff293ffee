"""What is drawn and said of the digits in a batch, from made-up tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pytest

from engine.experiments import digit_modes_cells
from engine.experiments.digit_modes import Plan
from engine.experiments.digit_modes_cells import Cells, Map
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import Gain
from engine.figures.figure import Lines, Matrix, Panel, Pictures
from tests.engine.experiments.digit_tables import DIGITS, SMALL, TEN, batches, made_up, table


def panels(rows: Sequence[Row], plan: Plan) -> list[Panel]:
    """Those of the figure."""
    return list(DIGITS.figure(rows, plan).panels)


# spec: A2
def test_independent_uniform_draws_hold_six_and_a_half_digits() -> None:
    draws = np.random.default_rng(0).integers(0, 10, (20_000, 10))
    counts = [len(set(batch)) for batch in draws.tolist()]
    error = statistics.stdev(counts) / math.sqrt(len(counts))
    assert statistics.fmean(counts) == pytest.approx(digit_modes_cells.UNIFORM, abs=4 * error)
    assert statistics.stdev(counts) == pytest.approx(digit_modes_cells.SPREAD, rel=0.02)
    assert f"{digit_modes_cells.UNIFORM:.2f}" == "6.51"


def test_draws_with_the_models_own_frequencies_are_estimated_without_bias() -> None:
    frequencies = np.array([0.4, 0.3, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01, 0.0])
    expected = float((1 - (1 - frequencies) ** 10).sum())
    generator = np.random.default_rng(1)
    found = []
    for _ in range(400):
        drawn = Measured({"particles": " ".join(map(str, generator.multinomial(30, frequencies)))})
        rows = table(SMALL, lambda kernel, *_, drawn=drawn: None if kernel else drawn)
        found.append(Cells(rows).independent)
    estimates = [each for each in found if each is not None]
    error = statistics.stdev(estimates) / math.sqrt(len(estimates))
    assert statistics.fmean(estimates) == pytest.approx(expected, abs=4 * error)
    assert error < 0.05
    assert Cells(table(SMALL, lambda *_: None)).independent is None


# spec: A2
def test_a_gain_is_told_by_the_batches_that_start_from_the_same_latents() -> None:
    few, many = [5.0, 8.0, 4.0, 9.0, 6.0, 7.0], [6.0, 9.0, 5.0, 9.0, 7.0, 8.0]
    rows = table(SMALL, lambda kernel, *_: made_up(many if kernel else few, 0.9))
    gain = Cells(rows).gain("modes", Map("rbf", "median"), 0.7, 1.0)
    assert gain is not None
    assert gain.value == pytest.approx(5 / 6, rel=1e-5)
    assert gain.error == pytest.approx(1 / 6, rel=1e-5)
    assert gain.told
    apart = math.hypot(*(float(made_up(modes, 0.9).values["modes error"] or 0) for modes in (few, many)))
    assert gain.value < 2 * apart


# spec: A2
def test_the_figure_holds_every_cell_finished_or_not() -> None:
    def content(kernel: str | None, bandwidth: str | None, churn: float, k_pg: float) -> Measured | None:
        return made_up(batches(6 + min(k_pg, 3)), 0.9 / (1 + k_pg)) if bandwidth in (None, "median") else None

    rows = table(TEN, content)
    found = panels(rows, TEN)
    matrices = [panel for panel in found if isinstance(panel, Matrix)]
    lines = [panel for panel in found if isinstance(panel, Lines)]
    assert len(matrices) == 2 + 2 * 6
    assert len(lines) == 4
    assert matrices[0].values[:3] == [[6, 6], [7, 7], [7, 7]]
    assert matrices[0].values[3:] == [[None, None]] * 4
    assert "6.51 (uniform)" in matrices[0].title
    grid = matrices[2]
    assert grid.rows == ["0", "0.01", "0.0316", "0.1", "0.316", "1"]
    assert grid.columns == ["0", "0.1", "0.178", "0.316", "0.562", "1", "1.78", "3.16", "5.62", "10"]
    assert grid.values[5][0] == 6
    assert grid.values[5][9] == 9
    assert grid.errors is not None
    assert grid.errors[0][0] == pytest.approx(1 / 3)
    assert all(key for row in grid.keys for key in row)
    assert matrices[-1].values == [[0.9] + [None] * 9] * 6


# spec: A2
def test_k_pg_is_followed_up_to_a_thousand_beside_independent_draws() -> None:
    rows = table(TEN, lambda kernel, bandwidth, churn, k_pg: made_up(batches(6), 0.9))
    over = next(panel for panel in panels(rows, TEN) if isinstance(panel, Lines))
    assert [level.label for level in over.levels] == [
        "without guidance",
        "independent uniform draws",
        "independent draws with this model's frequencies",
    ]
    assert over.levels[1].y == pytest.approx(10 * (1 - 0.9**10))
    # Ten of each digit, drawn without being put back: ten of a hundred.
    assert over.levels[2].y == pytest.approx(10 * (1 - math.comb(90, 10) / math.comb(100, 10)))
    assert len(over.curves) == 6
    assert list(over.curves[0].x) == pytest.approx(
        [10 ** (n / 4) for n in range(-4, 5)] + [10**n for n in (1.5, 2, 2.5, 3)]
    )


def test_the_small_figure_is_the_two_by_two_with_its_pictures() -> None:
    rows = table(SMALL, lambda *_: made_up(batches(6), 0.9))
    modes, quality, pictures = panels(rows, SMALL)
    assert isinstance(modes, Matrix)
    assert isinstance(quality, Matrix)
    assert isinstance(pictures, Pictures)
    assert modes.rows == ["without guidance", "RBF (squared L2), median h"]
    assert pictures.columns == ["0", "1"]
    assert pictures.captions == [["5 digits, confidence 0.90"] * 2]
    assert panels(table(SMALL, lambda *_: None), SMALL)


# spec: A2
def test_a_count_is_moved_where_it_also_leaves_that_of_independent_draws() -> None:
    def content(kernel: str | None, bandwidth: str | None, churn: float, k_pg: float) -> Measured:
        return made_up(batches((6.7 if churn else 9.0) if kernel else 5.7), 0.9)

    cells = Cells(table(SMALL, content))
    which = Map("rbf", "median")
    assert cells.gain("modes", which, 0.7, 1.0) == Gain(1.0, 0.0)
    assert [cells.moved(which, churn, 1.0) for churn in (0.0, 0.7)] == [1, 0]


# spec: A2
def test_findings_hold_the_table_against_the_source() -> None:
    def content(kernel: str | None, bandwidth: str | None, churn: float, k_pg: float) -> Measured:
        more = 1.5 if kernel == "iou" and k_pg >= 100 else 0.0
        return made_up(
            [each + more + 0.3 * churn * (n % 3) for n, each in enumerate(batches(6))], 0.9 / (1 + k_pg / 10)
        )

    plan = TEN.model_copy(update={"bandwidths": ("median",)})
    rows = table(plan, content)
    said = DIGITS.findings(rows, plan)
    assert "hold 6.51 digits on average if all are as likely, 6.70 with the frequencies of this model" in said[0]
    assert "at most, at S_churn 1, and by over two standard errors in 6 of 6 cells" in said[1]
    assert "of 59 cells 0 hold more digits, by over two standard errors, than both the same latents" in said[2]
    assert said[3].endswith("at no two k_PG in a row up to 1,000 is the count clearly another. "
                            "The confidence falls by a tenth at k_PG 1.78.")  # fmt: skip
    assert "of 59 cells 3 hold more digits" in said[4]
    assert "first at k_PG 100, by +1.50 ± 0.00; the confidence there is 0.08 (8 % read), 0.90 (90 % read)" in said[5]
    assert len(said) == 6
    found = {each.what: (each.published, each.here) for each in DIGITS.comparison(rows, plan)}
    rbf, iou = "RBF (squared L2), median h", "IoU (Jaccard), median h"
    assert found["digits that S_churn 0.7 adds"] == ("+2 in one batch", "+0.19 ± 0.06")
    assert found[f"digits that k_PG 1 adds, {iou}"] == ("+1 in one batch", "+0.00 ± 0.00")
    assert found[f"digits with S_churn 0.7 and k_PG 1, {rbf}"] == ("7 in one batch", "6.19 ± 0.33")
    assert found[f"pictures at k_PG 1, S_churn 0, {rbf}"] == (
        "spoilt from about there on",
        "confidence -0.08 ± 0.00 to 0.82 (82 % read)",
    )
    assert found[f"pictures at k_PG 10, S_churn 1, {iou}"][0] == "kept"
    assert len(found) == 7


def test_findings_of_the_two_by_two_say_nothing_of_the_rest() -> None:
    rows = table(SMALL, lambda *_: made_up(batches(6), 0.9))
    said = DIGITS.findings(rows, SMALL)
    assert len(said) == 3
    assert not any("no churn:" in sentence for sentence in said)
