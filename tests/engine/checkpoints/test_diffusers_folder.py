"""Folders of diffusers: every way to point at one, files of older versions, and a corpus that must be refused."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, DDPMScheduler
from safetensors.numpy import load_file, save_file

from engine import cli, models
from engine.checkpoints import holds_model
from tests.engine.checkpoints.refused import refusal
from tests.engine.foreign import network, pipeline

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
CONFIG, SCHEDULER = "unet/config.json", "scheduler/scheduler_config.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pipeline(tmp_path / "tiny")
    return tmp_path / "tiny"


def change(path: Path, **fields: Any) -> None:
    content = {**json.loads(path.read_text()), **fields}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))


@pytest.mark.parametrize("name", ["", "unet", "scheduler", "model_index.json", CONFIG, SCHEDULER, WEIGHTS])
def test_the_folder_and_each_of_its_files_open_it(folder: Path, name: str) -> None:
    assert holds_model(folder / name)
    model = models.load(folder / name)
    assert model.reference == models.load(folder).reference
    assert (model.reference.label, model.data_shape) == ("tiny", (1, 8, 12))


def test_a_bare_model_has_its_schedulers_json_inside_or_beside(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    network().save_pretrained(bare)
    assert "bare has no scheduler_config.json" in refusal(bare)
    DDPMScheduler().save_pretrained(tmp_path / "scheduler")
    beside = models.load(bare).reference
    DDPMScheduler().save_pretrained(bare)
    assert models.load(bare).reference == beside
    assert beside.label == "bare"


@pytest.mark.usefixtures("folder")
def test_a_folders_name_is_enough_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sample", "--model", "tiny", "--steps", "2", "--count", "2", "--out", "run.npz"]) == 0
    with np.load(tmp_path / "run.npz") as run:
        assert run["x0"].shape == (2, 1, 8, 12)
        assert np.isfinite(run["x0"]).all()


def test_attention_of_older_versions_is_known_by_its_old_names(folder: Path) -> None:
    before = models.load(folder).reference
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    arrays = load_file(folder / WEIGHTS)
    renamed = {}
    for name, array in arrays.items():
        for new, earlier in old.items():
            name = name.replace(f".{new}.", f".{earlier}.")
        renamed[name] = array
    assert renamed.keys() != arrays.keys()
    save_file(renamed, folder / WEIGHTS)
    assert models.load(folder).reference == before


def test_a_variant_is_taken_where_it_is_the_only_one(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    network().half().save_pretrained(folder / "unet", variant="fp16")
    assert {array.dtype for array in models.load(folder).arrays.values()} == {np.dtype(np.float16)}


def test_names_with_odd_characters_give_a_label(tmp_path: Path) -> None:
    pipeline(tmp_path / "a\\b\tc")
    assert models.load(tmp_path / "a\\b\tc").reference.label == "a_b_c"


def _weights(**changes: np.ndarray | None) -> Callable[[Path], None]:
    """Replace tensors of the weights, add some, or leave some out (None)."""

    def spoil(folder: Path) -> None:
        arrays = {**load_file(folder / WEIGHTS), **{name.replace("__", "."): a for name, a in changes.items()}}
        save_file({name: array for name, array in arrays.items() if array is not None}, folder / WEIGHTS)

    return spoil


def _config(**fields: Any) -> Callable[[Path], None]:
    return lambda folder: change(folder / CONFIG, **fields)


def _scheduler(**fields: Any) -> Callable[[Path], None]:
    return lambda folder: change(folder / SCHEDULER, **fields)


def _with_parts(folder: Path) -> None:
    change(folder / "model_index.json", vae=["diffusers", "AutoencoderKL"], _class_name="LDMPipeline")


def _cut(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-9])


def _pickled(folder: Path) -> None:
    (folder / WEIGHTS).rename((folder / WEIGHTS).with_suffix(".bin"))


def _sharded(folder: Path) -> None:
    network().save_pretrained(folder / "unet", max_shard_size="20KB")


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "another class": (_config(_class_name="UNet2DConditionModel"), "tiny holds a 'UNet2DConditionModel': choose"),
    "no class": (_config(_class_name=...), "tiny holds a None"),
    "an autoencoder": (
        lambda folder: AutoencoderKL(norm_num_groups=1).save_pretrained(folder / "unet"),
        "AutoencoderKL",
    ),
    "a pipeline of latents": (_with_parts, "is a 'LDMPipeline' with vae"),
    "no size": (_config(sample_size=None), "sample_size: is not given"),
    "a huge size": (_config(sample_size=10**9), "sample_size"),
    "a size that does not divide": (_config(sample_size=7), "diffusers cannot use the network's configuration"),
    "classes": (_config(num_class_embeds=10), "needs a class"),
    "fourier": (_config(time_embedding_type="fourier"), "time_embedding_type: 'fourier'"),
    "a condition": (_config(in_channels=4), "network.out_channels: 1 do not tell the noise in 4"),
    "a key of the future": (_config(magic=1), "does not know 'magic': update it"),
    "an unknown block": (_config(down_block_types=["Magic", "DownBlock2D"]), "diffusers cannot use .*Magic"),
    "no heads": (_config(attention_head_dim=0), "diffusers cannot use"),
    "huge widths": (_config(block_out_channels=[10**12, 16]), "block_out_channels"),
    "large widths": (_config(block_out_channels=[8192, 8192]), "of another shape"),
    "a huge embedding": (_config(time_embedding_dim=2**20), "of another shape"),
    "a million layers": (_config(layers_per_block=10**6), "layers_per_block"),
    "widths that are text": (_config(block_out_channels="8"), "block_out_channels"),
    "no JSON": (lambda folder: (folder / CONFIG).write_bytes(b"{"), "config.json is not JSON"),
    "JSON that is a list": (lambda folder: (folder / CONFIG).write_bytes(b"[]"), "config.json is no JSON object"),
    "nested deeply": (lambda folder: (folder / CONFIG).write_bytes(b"[" * 200_000), "config.json is not JSON"),
    "no scheduler": (lambda folder: (folder / SCHEDULER).unlink(), "has no scheduler_config.json"),
    "EDM's scheduler": (_scheduler(_class_name="EDMEulerScheduler"), "its scheduler is a 'EDMEulerScheduler'"),
    "flow": (_scheduler(prediction_type="flow_prediction"), "prediction_type"),
    "thresholding": (_scheduler(thresholding=True), "thresholding: is not offered"),
    "an unknown schedule": (_scheduler(beta_schedule="magic"), "beta_schedule"),
    "many timesteps": (_scheduler(num_train_timesteps=10**12), "num_train_timesteps"),
    "betas of another number": (_scheduler(trained_betas=[0.1, 0.2]), "trained_betas: has 2 values"),
    "betas that vanish": (_scheduler(beta_start=1e-12, beta_end=1e-12), "leave no noise level"),
    "a negative beta": (_scheduler(beta_start=-0.1), "beta_start"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "diffusion_pytorch_model.safetensors is missing"),
    "weights cut short": (_cut, "not a whole safetensors file"),
    "pickled weights": (_pickled, r"safe_serialization=True\)\.$"),
    "weights in several files": (_sharded, r"max_shard_size=\"8GB\"\)\.$"),
    "a weight missing": (_weights(conv_in__bias=None), r"tensors missing: 1 \(conv_in.bias\): choose"),
    "another weight": (_weights(extra=np.zeros(3, np.float32)), r"unexpected: 1 \(extra\)"),
    "another shape": (_weights(conv_in__bias=np.zeros(9, np.float32)), r"1 \(conv_in.bias: 9 where 8 is needed\)"),
    "another precision": (_weights(conv_in__bias=np.zeros(8)), r"1 \(conv_in.bias as F64\)"),
    "NaN": (_weights(conv_in__bias=np.full(8, np.nan, np.float32)), "conv_in.bias holds values that are not finite"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_cannot_be_used_is_said_in_one_sentence(folder: Path, name: str) -> None:
    spoil, problem = SPOILED[name]
    spoil(folder)
    assert re.search(problem, refusal(folder))


def test_a_folder_of_anything_else_is_refused(tmp_path: Path) -> None:
    assert "folder without a model of diffusers" in refusal(tmp_path)
    (tmp_path / "model_index.json").write_text(
        json.dumps({"_class_name": "DiTPipeline", "transformer": ["diffusers", "DiTTransformer2DModel"]})
    )
    assert "is a 'DiTPipeline' with transformer" in refusal(tmp_path)


def test_other_json_is_no_model(tmp_path: Path) -> None:
    for name, content in (("run.json", '{"version": 1}'), ("list.json", "[1]"), ("cut.json", "{")):
        (tmp_path / name).write_text(content)
        assert not holds_model(tmp_path / name)


def test_without_the_extra_it_is_said_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "diffusers"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "diffusers", None)
    assert "install the extra, latent-loupe[diffusers]" in refusal(folder)


def test_nothing_is_looked_up_on_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    model = models.load(folder)
    assert model.denoise(torch.zeros(1, 1, 8, 12).double(), 1.0).isfinite().all()
