"""run.npz, run.json and run.png: what they hold, that equal Runs give equal bytes, that nothing else is replaced."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.embed import read_run
from engine.errors import InputError
from engine.execute import record
from engine.output import PICTURES, picture, write_new, write_npz, write_results
from engine.run import Run
from engine.step import FIELDS
from engine.trajectory import Trajectory
from tests.engine.tiny import TinyMixture, conditional, run_of


class TinyPictures(TinyMixture):
    """Pictures of one grey each, 4 x 4."""

    data_shape = (1, 4, 4)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        return torch.zeros_like(x) + 0.5


def drawn(run: Run, model: TinyMixture | None = None, budget: int = sys.maxsize) -> Trajectory:
    *_, trajectory = record(run, model or TinyMixture(), budget=budget)
    return trajectory


def test_the_ends_of_the_trajectory_are_written(tmp_path: Path) -> None:
    run = run_of()
    trajectory = drawn(run, budget=0)
    path = write_npz(tmp_path / "run.npz", trajectory, recorded=False)
    with np.load(path) as arrays:
        assert sorted(arrays) == ["run", "sigmas", "x0", "x_T"]
        assert arrays["x_T"].shape == arrays["x0"].shape == (5, 2)
        assert arrays["x_T"].dtype == arrays["sigmas"].dtype == np.float64
        assert np.array_equal(arrays["sigmas"], trajectory.sigmas)
        assert np.array_equal(arrays["x0"], trajectory[6].x.numpy())
        assert abs(np.std(arrays["x_T"]) / 80 - 1) < 0.6
    assert read_run(path) == run


def test_what_the_particles_were_given_is_written(tmp_path: Path) -> None:
    model = conditional((1, 4, 4), frames=3)
    run = Run(model=model.reference).replace(schedule={"steps": 2}, condition={"example": "each"})
    *_, trajectory = record(run, model)
    with np.load(write_npz(tmp_path / "run.npz", trajectory, recorded=False)) as arrays:
        assert sorted(arrays) == ["condition", "run", "sigmas", "x0", "x_T"]
        assert arrays["condition"].shape == (10, 3, 4, 4)
        np.testing.assert_array_equal(arrays["condition"][4], model.arrays["examples"][1])


@pytest.mark.parametrize("churn", [0.0, 2.0])
def test_every_step_is_written_with_nan_and_0_where_nothing_was(tmp_path: Path, churn: float) -> None:
    trajectory = drawn(run_of(sampler={"churn": churn}))
    with np.load(write_npz(tmp_path / "run.npz", trajectory, recorded=True)) as arrays:
        assert arrays["states"].shape == (7, 5, 2)
        assert np.array_equal(arrays["states"][0], arrays["x_T"])
        assert np.array_equal(arrays["states"][-1], arrays["x0"])
        for name in FIELDS:
            assert arrays[name].shape == (6, 5, 2)
        for index in range(6):
            assert np.array_equal(arrays["denoised"][index], trajectory[index].denoised.numpy())
            assert np.array_equal(arrays["drift"][index], trajectory[index].drift.numpy())
        assert np.isfinite(arrays["correction"][:-1]).all()
        assert np.isnan(arrays["correction"][-1]).all()
        assert not arrays["guidance"].any()
        assert arrays["noise"].any() == (churn > 0)
        assert np.isfinite(arrays["noise"]).all()


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    run = run_of(sampler={"churn": 2.0})
    paths = [write_npz(tmp_path / name / "run.npz", drawn(run), recorded=True) for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_with_other_content_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    assert write_new(path, b"mine") == path
    assert write_new(path, b"mine") == path
    assert write_new(path, b"other") == tmp_path / "notes-2.txt"
    assert write_new(path, b"third") == tmp_path / "notes-3.txt"
    assert write_new(path, b"other") == tmp_path / "notes-2.txt"
    assert path.read_bytes() == b"mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["notes-2.txt", "notes-3.txt", "notes.txt"]


def test_where_no_file_can_be_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="notes is a file, so choose another folder"):
        write_new(tmp_path / "notes" / "deeper" / "run.npz", b"")
    with pytest.raises(InputError, match="folder is a folder: give the name of a file in it"):
        write_new(tmp_path / "folder", b"")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "notes"]


def test_a_disk_that_refuses_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    def fill(file: io.BufferedIOBase) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"^run\.npz cannot be written \(No space left"):
        write_new(tmp_path / "run.npz", fill)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path) -> None:
    def fail(file: io.BufferedIOBase) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_new(tmp_path / "run.npz", fail)
    assert list(tmp_path.iterdir()) == []


def test_models_of_points_leave_no_picture(tmp_path: Path) -> None:
    paths = write_results(tmp_path, drawn(run_of(), budget=0))
    assert [path.name for path in paths] == ["run.npz", "run.json"]
    assert all(read_run(path) == run_of() for path in paths)


def test_models_of_pictures_leave_a_sheet_that_carries_the_run(tmp_path: Path) -> None:
    paths = write_results(tmp_path, drawn(run_of(), TinyPictures(), budget=0))
    assert [path.name for path in paths] == ["run.npz", "run.json", "run.png"]
    assert all(read_run(path) == run_of() for path in paths)
    sheet = np.asarray(Image.open(paths[2]))
    # Five pictures of 4 x 4 in three columns with a gap of one, enlarged to 128 each.
    assert sheet.shape == ((2 * 5 + 1) * 32, (3 * 5 + 1) * 32)
    assert sheet[40, 40] == 191


def test_another_run_gets_other_names(tmp_path: Path) -> None:
    first = write_results(tmp_path, drawn(run_of(), budget=0))
    again = write_results(tmp_path, drawn(run_of(), budget=0))
    other = write_results(tmp_path, drawn(run_of(latents={"seed": 1}), budget=0))
    assert again == first
    assert [path.name for path in other] == ["run-2.npz", "run-2.json"]
    assert read_run(first[1]) == run_of()


def test_a_sheet_has_an_end() -> None:
    many = np.zeros((PICTURES + 1, 1, 2, 2), np.float32)
    assert picture(many, run_of()) == picture(many[:-1], run_of())
