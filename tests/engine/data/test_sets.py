"""Data sets: every one gives what it says, again and again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from engine.data import mnist, sets
from engine.errors import InputError

PICTURES = {"digits", "circle", "free-directions", "horizontal"}


def settings(name: str, folder: Path) -> sets.Data:
    """The data set's settings as they are, with `folder`, in which pictures are put, where they need one."""
    return sets.DATASETS[name](**({"path": str(pictures(folder))} if name == "folder" else {}))


def pictures(folder: Path, count: int = 40) -> Path:
    """A folder of pictures of noise."""
    generator = np.random.default_rng(0)
    for number in range(count):
        Image.fromarray(generator.integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(folder / f"{number:02d}.png")
    return folder


@pytest.mark.parametrize("name", sets.DATASETS)
def test_batches_follow_from_seed_and_step(name: str, tmp_path: Path) -> None:
    if name in PICTURES and mnist.find() is None:
        pytest.skip("needs MNIST")
    data = settings(name, tmp_path).open()
    x0, cond = data.batch(3, 5, 12)
    assert x0.shape == (12, *data.data_shape)
    assert x0.dtype == np.float32
    assert (cond is None) == (data.cond_shape is None)
    if cond is not None and data.cond_shape is not None:
        assert cond.shape == (12, *data.cond_shape)
        assert cond.min() == x0.min() == -1
    data.batch(3, 6, 4)
    again, _ = data.batch(3, 5, 12)
    assert (again == x0).all()
    for other in (data.batch(3, 6, 12)[0], data.batch(4, 5, 12)[0]):
        assert not (other == x0).all()


# spec: T1
def test_mean_and_deviation_are_measured() -> None:
    data = sets.MixtureSettings(which="shifted-2d").open()
    mean, sigma_data = data.measure()
    assert mean == pytest.approx((10, 0), abs=0.05)
    assert sigma_data == pytest.approx(1, rel=0.02)


def test_a_folder_is_measured_on_fewer_examples(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("L", (8, 8)).save(tmp_path / name)
    folder = sets.FolderSettings(path=str(tmp_path), size=8, grey=True).open()
    assert (folder.size, folder.measured) == (2, 256)
    assert sets.FaceSettings().open().measured == 8192
    asked = []

    def draw(generator: np.random.Generator, wanted: int) -> sets.Batch:
        asked.append(wanted)
        return np.zeros((2, 1), dtype=np.float32), None

    sets.DataSet((1,), None, draw, measured=7).measure()
    assert asked == [7]


# spec: D7
def test_a_folder_of_pictures_is_a_data_set(tmp_path: Path) -> None:
    (pictures(tmp_path, 3) / "broken.png").write_bytes(b"no picture")
    own = sets.FolderSettings(path=str(tmp_path), size=16, grey=True)
    data = own.open()
    x0, cond = data.batch(0, 0, 64)
    assert x0.shape == (64, *data.data_shape) == (64, 1, 16, 16)
    assert cond is None
    assert list(data.skipped()) == ["broken.png"]
    assert sets.FaceSettings().open().skipped() == {}


# spec: D7
def test_the_path_of_a_folder_stays_on_this_machine(tmp_path: Path) -> None:
    own = sets.FolderSettings(path=str(tmp_path / "Holiday 2024"))
    assert own.model_dump(mode="json")["path"] == str(tmp_path / "Holiday 2024")
    assert own.model_dump(mode="json", context=sets.SHARED)["path"] == "Holiday 2024"
    assert str(tmp_path) not in own.model_dump_json(context=sets.SHARED)


def test_a_folder_needs_a_path_that_is_one(tmp_path: Path) -> None:
    for wrong in ({}, {"path": ""}, {"path": "here", "size": 7}, {"path": "here", "size": 1025}):
        with pytest.raises(ValidationError):
            TypeAdapter(sets.Data).validate_python({"name": "folder", **wrong})
    with pytest.raises(InputError, match="nowhere is not a folder"):
        sets.FolderSettings(path=str(tmp_path / "nowhere")).open()


# spec: D1
@pytest.mark.skipif(mnist.find() is None, reason="needs MNIST")
def test_digits_have_the_known_deviation() -> None:
    mean, sigma_data = sets.DigitSettings().open().measure()
    assert mean == pytest.approx((-0.93,), abs=0.01)
    assert sigma_data == pytest.approx(0.3, abs=0.02)


def test_without_mnist_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    with pytest.raises(InputError, match="LATENT_LOUPE_DATA"):
        sets.CircleSettings().open()
