"""The bench runs to its end and reports every budget; figures are reported, never asserted. # spec: -"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import bench


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_bench_reports_every_budget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(tmp_path / "bench.json")
    content = json.loads((tmp_path / "bench.json").read_text())
    assert "cores" in content["machine"]
    told = [row["what"] for row in content["rows"]]
    for words in (
        "bare calls",
        "a whole run: digits",
        "bare loop",
        "ideal denoiser",
        "closed form: rbf",
        "autograd of cdist",
        "peak memory of the gradient",
        "the ring of ten as one batch: angular",
        "as one batch: ring",
        "the loop over its cells: digits",
        "a mouse event of a stroke, against a frame",
        "drawn again, against all: faces",
        "500 Runs",
        "window up",
        "first picture",
        "gap p99",
        "control to first new picture,",
        "event loop while training",
        "control to first new picture while training",
        "scrub",
        "a mouse event of a stroke on 1024",
    ):
        assert any(words in what for what in told), words
    printed = capsys.readouterr().out
    assert all(what in printed for what in told)
    assert all(row["figure"] > 0 for row in content["rows"] if row["unit"] in ("×", "s"))


def test_a_row_knows_whether_its_budget_is_kept() -> None:
    row = bench.Row("a thing", 1.2, "×", 1.3, "by hand")
    assert row.kept
    assert not bench.Row("a thing", 1.4, "×", 1.3, "by hand").kept
    assert "| a thing | 1.2 × | ≤ 1.3 × | yes | by hand |" in bench.table([row])


def test_a_budget_can_be_a_lower_bound() -> None:
    row = bench.Row("a gain", 1.4, "×", 1.3, "by hand", at_least=True)
    assert row.kept
    assert not bench.Row("a gain", 1.2, "×", 1.3, "by hand", at_least=True).kept
    assert "| a gain | 1.4 × | ≥ 1.3 × | yes | by hand |" in bench.table([row])


def test_ratios_are_measured_in_turns() -> None:
    calls: list[str] = []
    ratios = bench.paired(lambda: calls.append("a"), lambda: calls.append("b"), 3)
    assert "".join(calls) == "abababab"
    assert len(ratios) == 3
    assert all(ratio > 0 for ratio in ratios)
