"""Finding MNIST and reading it: small files that the test makes, and the real ones where they are."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.data import mnist
from engine.errors import InputError

REAL = mnist.find()


def write(folder: Path, pictures: np.ndarray, labels: np.ndarray, prefix: str = "train", suffix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, values in (("images-idx3", pictures), ("labels-idx1", labels)):
        content = struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()
        path = folder / f"{prefix}-{kind}-ubyte{suffix}"
        path.write_bytes(gzip.compress(content) if suffix else content)


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)


LABELS = np.array([0, 1, 2, 3, 9], dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_what_was_written_is_loaded(
    tmp_path: Path, pictures: np.ndarray, split: mnist.Split, prefix: str, suffix: str
) -> None:
    write(tmp_path, pictures, LABELS, prefix, suffix)
    loaded, labels = mnist.load(tmp_path, split)
    np.testing.assert_array_equal(loaded, pictures)
    np.testing.assert_array_equal(labels, LABELS)
    frames, _ = mnist.framed(tmp_path, split)
    assert frames.shape == (5, 1, 32, 32)
    assert frames[:, 0, 8:24, 8:24].std() > 20


def test_it_is_found_where_it_was_put(tmp_path: Path, pictures: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "own", pictures, LABELS)
    write(tmp_path / "data" / "mnist", pictures, LABELS)
    assert mnist.find(tmp_path / "own") == tmp_path / "own"
    assert mnist.find(tmp_path / "data") == tmp_path / "data" / "mnist"
    assert mnist.find(tmp_path) is None
    monkeypatch.setenv(mnist.FOLDER, str(tmp_path / "data"))
    assert mnist.find() == tmp_path / "data" / "mnist"
    assert mnist.find(tmp_path / "own") == tmp_path / "own"


def test_names_with_a_dot_are_known_too(tmp_path: Path, pictures: np.ndarray) -> None:
    write(tmp_path, pictures, LABELS)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    np.testing.assert_array_equal(mnist.load(tmp_path)[0], pictures)


def test_labels_that_do_not_belong_are_refused(tmp_path: Path, pictures: np.ndarray) -> None:
    write(tmp_path, pictures, LABELS[:4])
    with pytest.raises(InputError, match="5 pictures but 4 labels"):
        mnist.load(tmp_path)
    write(tmp_path, pictures, LABELS + 1)
    with pytest.raises(InputError, match="label 10"):
        mnist.load(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path, pictures: np.ndarray) -> None:
    write(tmp_path, pictures, LABELS)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match="lacks train-labels-idx1-ubyte"):
        mnist.load(tmp_path)
    with pytest.raises(InputError, match="lacks t10k-images-idx3-ubyte"):
        mnist.load(tmp_path, "test")


@pytest.mark.skipif(REAL is None, reason="MNIST is neither where LATENT_LOUPE_DATA says nor beside the checkout")
def test_the_real_mnist() -> None:
    assert REAL is not None
    pictures, labels = mnist.load(REAL, "test")
    assert hashlib.md5(struct.pack(">4I", 0x803, 10_000, 28, 28) + pictures.tobytes()).hexdigest() == (
        "2646ac647ad5339dbf082846283269ea"
    )
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    frames, _ = mnist.framed(REAL, "test")
    assert (frames / 127.5 - 1).mean() == pytest.approx(-0.93, abs=0.01)
