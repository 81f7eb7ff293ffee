"""State dictionaries of torch.save: converted once, in another process; what needs code or starves it is refused."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import models
from engine.checkpoints import holds_model, pickles, save, unpickle
from engine.errors import InputError
from engine.models.learned import build
from engine.models.networks import MLPSettings, PreconditionedSettings
from engine.models.preconditioned import Preconditioned
from tests.engine.checkpoints.refused import refusal

SETTINGS = PreconditionedSettings(network=MLPSettings(width=8), data_shape=(2,), mean=(0.0, 0.0), sigma_data=1.0)


@pytest.fixture(autouse=True)
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache is a folder of this test."""
    monkeypatch.setattr(pickles, "CONVERTED", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def model() -> Preconditioned:
    torch.manual_seed(0)
    return Preconditioned(SETTINGS, build(SETTINGS).requires_grad_(False), "mine")


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convert without another process, whose start takes seconds, and without its limit of memory."""

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        path, target, source = command[-3:]
        return subprocess.CompletedProcess(command, unpickle.main(Path(path), Path(target), source), b"")

    monkeypatch.setattr(unpickle, "_limit_memory", lambda more: None)
    monkeypatch.setattr(subprocess, "run", run)


def write(folder: Path, model: Preconditioned, content: Any = None, name: str = "model.pt") -> Path:
    """The state dictionary, or other content, with the JSON of `model`."""
    weights = save(folder / "model", model)
    weights.unlink()
    torch.save(model.network.state_dict() if content is None else content, folder / name)
    return folder / name


@pytest.mark.parametrize("name", ["model.pt", "model.pth"])
def test_it_is_converted_once_and_opened(
    tmp_path: Path, model: Preconditioned, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, model, name=name)
    assert holds_model(path)
    assert models.load(path).reference == model.reference
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["model.json", name, "model.safetensors"])
    monkeypatch.setattr(pickles, "_convert", lambda *_: pytest.fail("converted again"))
    assert models.load(path).reference == model.reference
    assert models.load(tmp_path / "model.safetensors").reference == model.reference


@pytest.mark.usefixtures("in_this_process")
def test_a_safetensors_file_of_something_else_is_left_alone(
    tmp_path: Path, model: Preconditioned, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, model)
    (tmp_path / "model.safetensors").write_bytes(b"mine")
    assert models.load(path).reference == model.reference
    assert (tmp_path / "model.safetensors").read_bytes() == b"mine"
    assert len(list(converted.iterdir())) == 1
    monkeypatch.setattr(pickles, "_convert", lambda *_: pytest.fail("converted again"))
    assert models.load(path).reference == model.reference


@pytest.mark.usefixtures("in_this_process")
def test_where_the_folder_cannot_be_written_the_cache_is(
    tmp_path: Path, model: Preconditioned, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shelf").mkdir()
    path = write(tmp_path / "shelf", model)
    monkeypatch.setattr(os, "access", lambda place, mode: place != path.parent)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert models.load(path).reference == model.reference
    finally:
        path.parent.chmod(stat.S_IRWXU)
    assert len(list(path.parent.iterdir())) == 2
    assert len(list(converted.iterdir())) == 1


def test_a_process_that_is_killed_is_a_sentence(
    tmp_path: Path, model: Preconditioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, model)
    killed = [sys.executable, "-c", "import os; os.abort()"]
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda command, **options: run(killed, **options))
    assert "could not be read (the process that tried ended with code" in refusal(path)
    assert not (tmp_path / "model.safetensors").exists()


def test_a_process_that_takes_too_long_is_a_sentence(
    tmp_path: Path, model: Preconditioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, model)
    monkeypatch.setattr(pickles, "SECONDS", 0.01)
    assert "took over 0 s to read" in refusal(path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system does not limit memory so")
def test_a_small_file_that_makes_a_large_tensor_meets_the_limit(tmp_path: Path, model: Preconditioned) -> None:
    path = write(tmp_path, model, {"huge": torch.zeros(1).expand(2**29)})
    assert path.stat().st_size < 10_000
    assert "takes more memory than a file of its size should" in refusal(path)


def test_without_its_json_it_is_said_what_to_write(tmp_path: Path, model: Preconditioned) -> None:
    path = write(tmp_path, model)
    (tmp_path / "model.json").unlink()
    assert re_all(refusal(path), "write model.json beside it", '"kind"', '"network"', "docs/checkpoints.md")
    assert refusal(tmp_path / "other.pt") == "other.pt is missing: check the path."


@pytest.mark.parametrize("name", ["model.ckpt", "model.bin", "model.pkl"])
def test_other_pickles_are_refused_unread(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    assert holds_model(tmp_path / name)
    assert re_all(refusal(tmp_path / name), name, "torch.save(network.state_dict()")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.usefixtures("in_this_process")
def test_another_network_is_summarised(tmp_path: Path, model: Preconditioned) -> None:
    state = {**model.network.state_dict(), "extra": torch.zeros(1)}
    state[next(iter(state))] = torch.zeros(3, 4)
    assert re_all(refusal(write(tmp_path, model, state)), "unexpected: 1 (extra)", "another shape: 1 (", "3x4 where")


# -- in the other process, called here without it, for speed --------------------------------------------------------


class _Trap:
    """Makes a file where it is unpickled by what runs code."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


@pytest.fixture
def convert(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Path], str]:
    """Convert as the other process does, with this one's memory left as it is: what it says, "" where it was done."""
    monkeypatch.setattr(unpickle, "_limit_memory", lambda more: None)

    def convert(path: Path) -> str:
        code = unpickle.main(path, path.with_suffix(".out"), "0" * 64)
        said = capsys.readouterr().out
        assert bool(code) == bool(said) != (path.with_suffix(".out")).exists()
        return said

    return convert


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state},
        lambda state: {"ema": state, "step": 3, "config": {"lr": 0.1}},
        lambda state: {"checkpoint": {"model_state_dict": state}},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        lambda state: {"model": {f"module._orig_mod.{name}": tensor for name, tensor in state.items()}},
        lambda state: {"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": []}},
    ],
)
def test_what_is_around_a_state_dictionary_is_taken_off(
    tmp_path: Path, model: Preconditioned, wrap: Callable[[Any], Any]
) -> None:
    state = model.network.state_dict()
    found = unpickle.unwrapped(wrap(state), "model.pt")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"model": {"a": torch.zeros(1)}, "ema": {"a": torch.zeros(1)}}, "holds 2 (model, ema)"),
        ({}, "holds none"),
        ([torch.zeros(1)], "holds none"),
        (torch.zeros(2), "holds none"),
        ({"model": torch.zeros(1), "step": 3}, "holds none"),
    ],
)
def test_what_is_not_one_state_dictionary_is_refused(
    tmp_path: Path, convert: Callable[[Path], str], content: Any, problem: str
) -> None:
    torch.save(content, tmp_path / "model.pt")
    assert problem in convert(tmp_path / "model.pt")


def test_a_dictionary_in_itself_ends(tmp_path: Path) -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(InputError, match="holds none"):
        unpickle.unwrapped(endless, "model.pt")


@pytest.mark.parametrize("content", [torch.nn.Linear(2, 2), {"args": Namespace(lr=1), "a": torch.zeros(1)}])
def test_what_needs_code_is_refused_with_how_to_convert_it(
    tmp_path: Path, convert: Callable[[Path], str], content: Any
) -> None:
    torch.save(content, tmp_path / "model.pt")
    assert re_all(convert(tmp_path / "model.pt"), "would run code", "torch.save(network.state_dict()")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_no_code_is_run(tmp_path: Path, convert: Callable[[Path], str]) -> None:
    for protocol in range(2, 6):
        (tmp_path / "model.pt").write_bytes(pickle.dumps(_Trap(tmp_path / "sprung"), protocol))
        assert convert(tmp_path / "model.pt")
    torch.save({"a": torch.zeros(1), "b": _Trap(tmp_path / "sprung")}, tmp_path / "model.pt")
    assert "would run code" in convert(tmp_path / "model.pt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(50), b"\x80\x02."])
def test_a_damaged_file_is_refused(tmp_path: Path, convert: Callable[[Path], str], content: bytes) -> None:
    (tmp_path / "model.pt").write_bytes(content)
    assert convert(tmp_path / "model.pt").startswith("model.pt ")


def test_a_file_cut_short_is_refused(tmp_path: Path, convert: Callable[[Path], str]) -> None:
    torch.save({"a": torch.zeros(1000)}, tmp_path / "model.pt")
    (tmp_path / "model.pt").write_bytes((tmp_path / "model.pt").read_bytes()[:2000])
    assert "not a whole file of torch.save" in convert(tmp_path / "model.pt")


def test_views_of_one_tensor_are_written_apart(tmp_path: Path, convert: Callable[[Path], str]) -> None:
    one = torch.arange(6.0)
    torch.save({"a": one[:3], "b": one[2:], "c": one.reshape(2, 3).T}, tmp_path / "model.pt")
    assert convert(tmp_path / "model.pt") == ""


def re_all(text: str, *parts: str) -> bool:
    """Whether `text` has all the parts."""
    assert [part for part in parts if part not in text] == [], text
    return True


@pytest.mark.usefixtures("in_this_process")
def test_the_json_written_for_the_docs_is_enough(tmp_path: Path, model: Preconditioned) -> None:
    path = write(tmp_path, model)
    fields = {"format": "latent-loupe checkpoint", "version": 1, "kind": "mlp", "label": "mine", "data_shape": [2]}
    own = {"network": {"kind": "mlp", "width": 8}, "mean": [0.0, 0.0], "sigma_data": 1.0}
    (tmp_path / "model.json").write_text(json.dumps({**fields, **own}))
    assert models.load(path).reference == model.reference
