"""Checkpoints: what was saved is opened, nothing is overwritten, and a corpus of files that must be refused."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as pack

from engine import models
from engine.checkpoints import content_hash, open_checkpoint, save
from engine.errors import InputError
from engine.models.ideal import IdealDenoiser
from engine.models.mixture import Mixture


def mixture(shift: float = 0.0, label: str = "two") -> Mixture:
    return Mixture([[0.0, shift], [1.0, 2.0]], [[[1, 0.5], [0.5, 1]]] * 2, [1, 3], label=label)


# -- there and back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ring", "mixture-1d", "digits-ideal"])
def test_a_bundled_model_keeps_its_hash_and_its_bits(tmp_path: Path, name: str) -> None:
    model = models.load(name)
    path = save(tmp_path / name, model)
    again = models.load(str(path))
    assert again.reference == model.reference
    x = torch.randn(3, *model.data_shape, dtype=model.dtype)
    assert torch.equal(again.denoise(x, 0.7), model.denoise(x, 0.7))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_an_ideal_denoiser_keeps_its_data_as_it_is(tmp_path: Path, dtype: type[np.generic]) -> None:
    data = (np.random.default_rng(0).random((5, 1, 3, 2)) * 200).astype(dtype)
    again = open_checkpoint(save(tmp_path / "data", IdealDenoiser(data)))
    assert isinstance(again, IdealDenoiser)
    assert again.arrays["data"].dtype == dtype
    np.testing.assert_array_equal(again.arrays["data"], data)


def test_either_file_finds_the_other(tmp_path: Path) -> None:
    path = save(tmp_path / "v1.5", mixture())
    assert path == tmp_path / "v1.5.safetensors"
    for name in ("v1.5.safetensors", "v1.5.json"):
        assert models.load(tmp_path / name).reference == mixture().reference


def test_label_and_provenance_are_kept_and_are_no_part_of_the_identity(tmp_path: Path) -> None:
    path = save(tmp_path / "a.json", mixture(), label="mine", provenance={"steps": [1, 2]})
    again = open_checkpoint(path)
    assert again.reference.label == "mine"
    assert again.reference.sha256 == mixture().reference.sha256
    assert json.loads(path.with_suffix(".json").read_text())["provenance"] == {"steps": [1, 2]}


@given(
    shift=st.floats(-5, 5),
    which=st.sampled_from(["means", "weights", "covariances"]),
    index=st.integers(0, 1),
)
def test_every_value_counts_for_the_hash(shift: float, which: str, index: int) -> None:
    arrays = {name: array.copy() for name, array in mixture(shift).arrays.items()}
    before = content_hash({"kind": "mixture"}, arrays)
    value = arrays[which][index].flat[0]
    arrays[which][index] = np.where(arrays[which][index] == value, np.nextafter(value, 9), arrays[which][index])
    assert content_hash({"kind": "mixture"}, arrays) != before


def test_shape_dtype_and_name_count_for_the_hash_and_memory_order_does_not() -> None:
    zeros = np.zeros((2, 3))
    variants: list[dict[str, np.ndarray]] = [
        {"a": zeros},
        {"b": zeros},
        {"a": zeros.T.copy()},
        {"a": np.zeros((2, 6), dtype=np.float32)},
        {"a": zeros[:1], "b": zeros[:1]},
    ]
    assert len({content_hash({}, arrays) for arrays in variants}) == len(variants)
    assert content_hash({}, {"a": zeros}) != content_hash({"kind": "x"}, {"a": zeros})
    rows = np.arange(6.0).reshape(2, 3)
    assert content_hash({}, {"a": rows}) == content_hash({}, {"a": np.asfortranarray(rows)})
    assert content_hash({}, {"a": rows}) == content_hash({}, {"a": rows.astype(">f8")})


# -- nothing is overwritten ----------------------------------------------------------------------------------------


def test_the_same_model_keeps_its_name_and_another_gets_a_new_one(tmp_path: Path) -> None:
    first = save(tmp_path / "model", mixture())
    content = first.read_bytes()
    assert save(tmp_path / "model", mixture()) == first
    second = save(tmp_path / "model", mixture(shift=1))
    assert second == tmp_path / "model-2.safetensors"
    assert save(tmp_path / "model", mixture(), label="other name") == tmp_path / "model-3.safetensors"
    assert first.read_bytes() == content
    assert open_checkpoint(second).reference == mixture(shift=1).reference
    assert len(list(tmp_path.iterdir())) == 6


def test_a_file_that_is_no_checkpoint_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("mine")
    (tmp_path / "notes-2.safetensors").mkdir()
    assert save(tmp_path / "notes", mixture()) == tmp_path / "notes-3.safetensors"
    assert (tmp_path / "notes.json").read_text() == "mine"


def test_a_save_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    path = save(tmp_path / "model", mixture())
    path.with_suffix(".json").unlink()
    assert save(tmp_path / "model", mixture()) == path
    assert open_checkpoint(path).reference == mixture().reference


def test_a_label_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="label"):
        save(tmp_path / "model", mixture(), label="x" * 201)
    assert list(tmp_path.iterdir()) == []


# -- hostile files -------------------------------------------------------------------------------------------------

JSON: dict[str, Any] = {
    "format": "latent-loupe checkpoint",
    "version": 1,
    "kind": "mixture",
    "label": "two",
    "data_shape": [2],
    "provenance": {},
}


def tensors(**changes: np.ndarray | None) -> bytes:
    """The mixture's safetensors with tensors replaced, added, or left out (None)."""
    arrays = {**mixture().arrays, **changes}
    return pack({name: array for name, array in arrays.items() if array is not None})


def raw(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


WEIGHTS = tensors()
MEANS = {"dtype": "F64", "shape": [2, 2], "data_offsets": [0, 32]}
EYES = np.tile(np.eye(2), (2, 1, 1))

HOSTILE_WEIGHTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a whole safetensors file"),
    "text": (b"<html>not found</html>", "not a whole safetensors file"),
    "a pickle": (pickle.dumps({"means": [0.0]}), "not a whole safetensors file"),
    "a zip": (b"PK\x03\x04" + bytes(200), "not a whole safetensors file"),
    "cut short in the data": (WEIGHTS[:-1], "not a whole safetensors file"),
    "cut short in the header": (WEIGHTS[:40], "not a whole safetensors file"),
    "cut short in the length": (WEIGHTS[:5], "not a whole safetensors file"),
    "too long": (WEIGHTS + bytes(8), "not a whole safetensors file"),
    "header of 16 EiB": (raw(b"{}", length=2**64 - 1), "not a whole safetensors file"),
    "header of 1 GiB": (raw(b"{}", length=2**30), "not a whole safetensors file"),
    "header is no JSON": (raw(b"{means"), "not a whole safetensors file"),
    "header is a list": (raw(b"[1, 2]"), "not a whole safetensors file"),
    "header nested deeply": (raw(b"[" * 100_000), "not a whole safetensors file"),
    "offsets beyond the end": (raw(json.dumps({"means": MEANS}).encode(), bytes(31)), "not a whole safetensors file"),
    "offsets backwards": (
        raw(json.dumps({"means": {**MEANS, "data_offsets": [32, 0]}}).encode(), bytes(32)),
        "not a whole safetensors file",
    ),
    "shape beyond its bytes": (
        raw(json.dumps({"means": {**MEANS, "shape": [2**40, 2**40]}}).encode(), bytes(32)),
        "not a whole safetensors file",
    ),
    "no tensors": (raw(b"{}"), r"missing: 3 \(means, covariances, weights\)"),
    "one missing": (tensors(weights=None), r"tensors missing: 1 \(weights\): choose"),
    "one too many": (tensors(extra=np.zeros(1)), r"unexpected: 1 \(extra\): choose"),
    "a name of a megabyte": (tensors(**{"x" * 2**20: np.zeros(1)}), r"unexpected: 1 \(x{100}\)"),
    "a name for terminals": (tensors(**{"a\n\x1b[2Jb": np.zeros(1)}), r"unexpected: 1 \(a\?\?\[2Jb\)"),
    "single precision": (tensors(weights=np.ones(2, dtype=np.float32)), r"otherwise than as F64: 1 \(weights as F32\)"),
    "integers": (tensors(weights=np.ones(2, dtype=np.int64)), r"otherwise than as F64: 1 \(weights as I64\)"),
    "means of other data": (tensors(means=np.zeros((2, 3))), r"of another shape: 1 \(means: 2x3 where 2x2 is needed\)"),
    "means without a shape": (tensors(means=np.array(1.0)), "another shape: 3 .*means: a single number where"),
    "no components": (tensors(means=np.zeros((0, 2))), "another shape: 3 "),
    "too few weights": (tensors(weights=np.ones(1)), r"another shape: 1 \(weights: 1 where 2 is needed\)"),
    "covariances not square": (tensors(covariances=np.ones((2, 2, 3))), "covariances: 2x2x3 where 2x2x2"),
    "NaN": (tensors(means=np.array([[0, np.nan], [0, 0]])), "not finite"),
    "infinity": (tensors(weights=np.array([1, np.inf])), "not finite"),
    "covariance not symmetric": (tensors(covariances=EYES + np.array([[0, 0.1], [0, 0]])), "not symmetric"),
    "covariance not positive": (tensors(covariances=EYES * -1), "positive semidefinite"),
    "a weight of 0": (tensors(weights=np.array([1.0, 0.0])), "not positive"),
    "a negative weight": (tensors(weights=np.array([2.0, -1.0])), "not positive"),
}

HOSTILE_JSON: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not JSON"),
    "text": (b"label: two", "not JSON"),
    "bytes": (bytes(range(256)), "not JSON"),
    "cut short": (json.dumps(JSON).encode()[:-5], "not JSON"),
    "nested deeply": (b"[" * 200_000, "not JSON"),
    "a number of a million digits": (b"1" * 1_000_000, "not JSON"),
    "a list": (b"[]", "does not say"),
    "another format": (json.dumps({**JSON, "format": "pt"}).encode(), "does not say"),
    "a Run": (json.dumps({"version": 1, "model": {"label": "x"}}).encode(), "does not say"),
    "newer": (json.dumps({**JSON, "version": 2, "new": 1}).encode(), "of format 2.*update Latent Loupe"),
    "version 0": (json.dumps({**JSON, "version": 0}).encode(), "version"),
    "another kind": (json.dumps({**JSON, "kind": "gan"}).encode(), "unknown kind 'gan'"),
    "kind is a list": (json.dumps({**JSON, "kind": ["mixture"]}).encode(), "unknown kind"),
    "no label": (json.dumps({**JSON, "label": ""}).encode(), "label"),
    "no data_shape": (json.dumps({k: v for k, v in JSON.items() if k != "data_shape"}).encode(), "data_shape"),
    "a negative size": (json.dumps({**JSON, "data_shape": [-2]}).encode(), "data_shape"),
    "a huge size": (json.dumps({**JSON, "data_shape": [2**20, 2**20]}).encode(), "data_shape"),
    "a million sizes": (json.dumps({**JSON, "data_shape": [1] * 10**6}).encode(), "more than 262,144 values"),
    "sizes that are no numbers": (json.dumps({**JSON, "data_shape": ["two"]}).encode(), "data_shape"),
    "a path to other weights": (json.dumps({**JSON, "weights": "/etc/passwd"}).encode(), "weights"),
    "too large": (b" " * (16 * 2**20 + 1), "over 16 MiB"),
}


def write(folder: Path, weights: bytes | None = WEIGHTS, text: bytes | None = None) -> Path:
    (folder / "m.safetensors").write_bytes(weights or b"")
    (folder / "m.json").write_bytes(json.dumps(JSON).encode() if text is None else text)
    return folder / "m.safetensors"


def refusal(path: Path) -> str:
    """The one sentence with which the checkpoint is refused."""
    with pytest.raises(InputError) as error:
        open_checkpoint(path)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert sentence.endswith(".")
    return sentence


def test_the_corpus_starts_from_a_good_file(tmp_path: Path) -> None:
    assert open_checkpoint(write(tmp_path)).reference == mixture().reference


@pytest.mark.parametrize("name", HOSTILE_WEIGHTS)
def test_hostile_weights_are_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    weights, problem = HOSTILE_WEIGHTS[name]
    path = write(tmp_path, weights=weights)
    assert re.search(problem, refusal(path))


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_a_hostile_json_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    text, problem = HOSTILE_JSON[name]
    path = write(tmp_path, text=text)
    assert re.search(problem, refusal(path))


@pytest.mark.parametrize("data", [np.zeros((3, 3)), np.zeros((3, 2), dtype=np.float16), np.full((3, 2), np.nan)])
def test_hostile_data_of_an_ideal_denoiser_is_refused(tmp_path: Path, data: np.ndarray) -> None:
    path = write(tmp_path, pack({"data": data}), json.dumps({**JSON, "kind": "ideal"}).encode())
    assert re.search("data( as F16|: 3x3 where 3x2|.* not finite)", refusal(path))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda path: path.unlink(), "m.safetensors is missing: check the path"),
        (lambda path: path.with_suffix(".json").unlink(), "m.json is missing"),
        (lambda path: (path.unlink(), path.mkdir()), "m.safetensors"),
        (lambda path: (path.with_suffix(".json").unlink(), path.with_suffix(".json").mkdir()), "m.json cannot be read"),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, spoil: Callable[[Path], object], problem: str) -> None:
    path = write(tmp_path)
    spoil(path)
    assert problem in refusal(path)


def test_the_file_that_was_asked_for_is_looked_for_first(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x.safetensors") == "x.safetensors is missing: check the path."
    assert refusal(tmp_path / "x.json") == "x.json is missing: check the path."
    path = write(tmp_path)
    path.unlink()
    assert refusal(path.with_suffix(".json")) == "m.safetensors is missing: put it beside m.json."


def test_values_that_no_model_can_have_name_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, weights=tensors(weights=np.array([2.0, -1.0])))
    assert refusal(path).startswith("m.safetensors: two has a weight that is not positive")


def test_a_file_that_becomes_shorter_while_it_is_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "m", mixture())
    read = np.fromfile

    def cut(*arguments: Any) -> np.ndarray:
        os.truncate(path, path.stat().st_size // 2)
        return read(*arguments)

    monkeypatch.setattr(np, "fromfile", cut)
    assert "became shorter while it was read" in refusal(path)


@pytest.mark.parametrize("label", ["../up", "a\\b", "two\nlines", "\u202e"])
def test_a_label_that_is_no_name_is_refused(tmp_path: Path, label: str) -> None:
    path = save(tmp_path / "m", mixture())
    described = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**described, "label": label}))
    assert "label: must be a name" in refusal(path)


def test_other_files_are_no_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_bytes(pickle.dumps(print))
    assert "model.txt is not a checkpoint" in refusal(tmp_path / "model.txt")


@given(place=st.integers(0, len(WEIGHTS) - 1), value=st.integers(0, 255), cut=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_damage_is_refused_or_gives_a_model_of_another_hash(tmp_path: Path, place: int, value: int, cut: bool) -> None:
    damaged = WEIGHTS[:place] if cut else WEIGHTS[:place] + bytes([value]) + WEIGHTS[place + 1 :]
    path = write(tmp_path, weights=damaged)
    with contextlib.suppress(InputError):
        model = open_checkpoint(path)
        assert damaged == WEIGHTS or model.reference != mixture().reference
