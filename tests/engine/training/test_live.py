"""A training as it is watched: whole Reports, a faithful curve, previews that outlive the process."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from engine.errors import InputError, Interrupted
from engine.training.config import FILE
from engine.training.live import POINTS, SMOOTH, Preview, Report, curve, stored, watch
from engine.training.train import start, train
from tests.engine.training.small import config


def reports(folder: Path, **changes: object) -> list[Report]:
    training = config(**changes)
    return [report for report in watch(start(training, folder), folder) if report is not None]


def test_the_last_report_is_of_the_whole_training(tmp_path: Path) -> None:
    first, *_, last = reports(tmp_path)
    assert (first.step, first.seconds_left, len(first.curve.loss)) == (0, None, 0)
    assert (last.step, last.steps, last.seconds_left) == (40, 40, 0)
    assert last.rate > 0
    assert last.curve.steps.tolist() == list(range(1, 41))
    assert last.curve.loss.tolist() == start(config(), tmp_path).losses


def test_every_preview_is_told_with_those_before_it(tmp_path: Path) -> None:
    told = reports(tmp_path, preview_every=10)
    seen = [tuple(preview.step for preview in report.previews) for report in told]
    assert {(10,), (10, 20), (10, 20, 30), (10, 20, 30, 40)} <= set(seen)
    assert seen == sorted(seen)
    drawn = told[-1].previews
    assert all(preview.samples.shape[1:] == (1,) for preview in drawn)
    assert not np.array_equal(drawn[0].samples, drawn[-1].samples)


def test_previews_are_there_again_when_the_training_goes_on(tmp_path: Path) -> None:
    kept: tuple[Preview, ...] = ()
    told = watch(start(config(preview_every=10), tmp_path), tmp_path, lambda: len(kept) == 2)
    while len(kept) < 2:
        report = next(told)
        kept = kept if report is None else report.previews
    with pytest.raises(Interrupted):
        list(told)
    again = next(report for report in watch(start(config(preview_every=10), tmp_path), tmp_path) if report is not None)
    assert [preview.step for preview in again.previews] == [10, 20]
    np.testing.assert_allclose(again.previews[1].samples, kept[1].samples, rtol=1e-3)


def test_a_preview_that_was_cut_short_is_drawn_when_the_training_goes_on(tmp_path: Path) -> None:
    stop = Event()
    training = config(steps=20, preview_every=20)
    told = train(start(training, tmp_path), tmp_path, stop.is_set)
    while (progress := next(told)).step < 20 or progress.loss is not None:
        assert progress.samples is None
    stop.set()
    with pytest.raises(Interrupted):
        next(told)
    (tmp_path / "again").mkdir()
    (tmp_path / FILE).rename(tmp_path / "again" / FILE)
    *_, last = (report for report in watch(start(training, tmp_path / "again"), tmp_path / "again") if report)
    assert [preview.step for preview in last.previews] == [20]


def test_previews_of_steps_that_were_lost_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    reports(tmp_path, preview_every=10)
    assert [preview.step for preview in stored(tmp_path, 25)] == [10, 20]
    (tmp_path / "samples-0000010.npy").write_bytes(b"no array")
    assert [preview.step for preview in stored(tmp_path, 40)] == [20, 30, 40]


def test_the_curve_of_many_steps_keeps_their_mean_and_is_as_long_as_a_view_can_show() -> None:
    losses = np.random.default_rng(0).exponential(size=12_345)
    thinned = curve(losses.tolist())
    assert POINTS / 2 < len(thinned.steps) <= POINTS
    assert thinned.steps[-1] == 12_345
    lengths = np.diff(thinned.steps, prepend=0)
    assert (lengths * thinned.loss).sum() == pytest.approx(losses.sum())
    for k in (3, 500, -1):
        end = int(thinned.steps[k])
        assert thinned.smooth[k] == pytest.approx(losses[max(0, end - SMOOTH) : end].mean())


def test_closing_tells_where_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise InputError("The disk is full: free some space.")

    told = watch(start(config(save_minutes=60), tmp_path), tmp_path)
    for _ in range(20):
        next(told)
    monkeypatch.setattr("engine.training.state.write_atomically", refuse)
    with pytest.raises(InputError, match="The disk is full"):
        told.close()
