"""`sample` with edits: masks, pictures and latents named by files and items, and the same bytes again from any file."""
# spec: L3 L4 L7 L9

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import cli, models, recipe
from engine.embed import read_run
from engine.run import Run
from engine.settings.references import MaskReference, PictureReference
from tests.engine.edited import HARD, PIXELS, SOFT, masked, pictured
from tests.engine.test_cli import refused
from tests.engine.tiny import TinyMixture, TinyPictures

BRIGHTER = {"kind": "intensity", "strength": 0.4, "mask": "eyes.png", "particles": [1]}
TRANSFER = {"kind": "transfer", "source": 0, "particles": [2], "mask": "mouth.png", "step": 2}
SET = {"kind": "set", "latent": "photo.png", "particles": [3]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, in which the commands are given, with two masks and a picture; every model is `TinyPictures`."""
    Image.fromarray(HARD).save(tmp_path / "eyes.png")
    Image.fromarray(SOFT).save(tmp_path / "mouth.png")
    Image.fromarray(np.full((8, 10), 255, np.uint8)).save(tmp_path / "large.png")
    Image.fromarray(np.ascontiguousarray(PIXELS.transpose(1, 2, 0))).save(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "load", lambda name: TinyPictures())
    return tmp_path


def command(*edits: dict[str, Any], more: str = "") -> list[str]:
    """`sample` of five particles in four steps with those edits."""
    given = ["--edits", json.dumps(edits)] if edits else []
    return ["sample", "--model", "tiny", "--count", "5", "--steps", "4", *given, *shlex.split(more)]


def sampled(*edits: dict[str, Any], more: str = "") -> Run:
    """The Run that this leaves in run.npz."""
    assert cli.main(command(*edits, more=more)) == 0
    return read_run(Path("run.npz"))


def test_masks_are_named_by_their_files(folder: Path) -> None:
    run = sampled(BRIGHTER, TRANSFER)
    brighter, transfer = run.latents.edits
    assert brighter.model_dump()["mask"] == masked(HARD, "eyes")
    assert transfer.model_dump()["mask"] == masked(SOFT, "mouth")
    assert (brighter.step, transfer.step) == (0, 2)


def test_a_picture_is_inverted_to_its_latent_and_comes_back(folder: Path) -> None:
    run = sampled(SET, more="--steps 40")
    (put,) = run.latents.edits
    assert put.model_dump()["picture"] == pictured("photo.png")
    assert put.model_dump()["latent"]["label"] == "photo.png"
    with np.load("run.npz") as arrays:
        apart = np.abs(np.clip(arrays["x0"][3], -1, 1) - (PIXELS / 127.5 - 1)) / 2
        assert not np.allclose(arrays["x_T"][3], arrays["x_T"][2])
    assert apart.mean() <= 0.02


def test_pictures_that_are_named_twice_are_inverted_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inverted: list[int] = []
    from engine.latents import inversion

    plain = inversion.invert
    monkeypatch.setattr(inversion, "invert", lambda x, *given: inverted.append(len(x)) or plain(x, *given))
    one, other = sampled(SET, {**SET, "mask": "eyes.png"}, {**BRIGHTER, "particles": [3]}).latents.edits[:2]
    assert one.attachments == other.attachments[1:]
    assert inverted == [1]


REGION = "--outside replaced --mask mouth.png --known photo.png"


def test_the_region_is_said_by_options(folder: Path) -> None:
    region = sampled(BRIGHTER, more="--outside locked --mask eyes.png").region
    assert (region.outside, region.mask, region.picture) == ("locked", MaskReference(**masked(HARD)), None)
    region = read_run(Path("run-2.npz")).region if cli.main(command(more=REGION)) == 0 else region
    assert (region.outside, region.mask) == ("replaced", MaskReference(**masked(SOFT, "mouth")))
    assert region.picture == PictureReference(**pictured("photo.png"))
    with np.load("run-2.npz") as arrays:
        assert np.array_equal(
            arrays["x0"][..., SOFT == 0], (PIXELS / 127.5 - 1)[None, ..., SOFT == 0].repeat(5, axis=0)
        )


@pytest.mark.parametrize("name", ["run.npz", "run.json", "run.png"])
def test_whatever_carries_it_gives_the_same_arrays_again(folder: Path, name: str) -> None:
    run = sampled(BRIGHTER, TRANSFER, SET, more=REGION)
    assert cli.main(["run", "run.npz", "--out", "first", "--model", "tiny"]) == 0
    for each in ("eyes.png", "mouth.png", "photo.png"):
        (folder / each).unlink()
    carrier = folder / ("run.npz" if name == "run.npz" else f"first/{name}")
    assert cli.main(["run", str(carrier), "--out", "again", "--model", "tiny"]) == 0
    assert read_run(folder / "again" / "run.json") == run
    with np.load("run.npz") as one, np.load("again/run.npz") as other:
        for array in ("x_T", "x0", "sigmas"):
            assert one[array].tobytes() == other[array].tobytes()
    assert (folder / "first/run.png").read_bytes() == (folder / "again/run.png").read_bytes()


def test_the_command_of_the_recipe_makes_the_same_run(folder: Path) -> None:
    run = sampled(BRIGHTER, TRANSFER, SET, more=REGION)
    assert cli.main([*shlex.split(recipe.as_command(run))[1:], "--out", "again.npz"]) == 0
    assert read_run(Path("again.npz")) == run


def test_a_mask_of_another_size_is_resampled_if_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit = {**BRIGHTER, "mask": "large.png"}
    assert refused(command(edit), capsys) == (
        "large.png is 10 × 8 and the model's pictures are 5 × 4: give --resample-masks too, or another mask.\n"
    )
    run = sampled(edit, more="--resample-masks")
    assert run.latents.edits[0].model_dump()["mask"] == masked(np.full((4, 5), 255, np.uint8), "large")


@pytest.mark.parametrize(
    ("edits", "more", "says"),
    [
        (
            [{**BRIGHTER, "mask": "nowhere.png"}],
            "",
            "nowhere.png cannot be read as a mask (",
        ),
        (
            [{**SET, "latent": "nowhere.png"}],
            "",
            "nowhere.png cannot be read as a picture (",
        ),
        ([], "--outside locked --mask nowhere.png", "nowhere.png cannot be read as a mask"),
        ([], "--outside locked", "region: locked needs a mask: name one, or leave the outside free"),
        ([], "--outside everywhere", "--outside"),
        ([{**SET, "particles": [5]}], "", "The edit set needs particle 5, and the last one is 4: raise the count"),
        ([{**BRIGHTER, "step": 4, "mask": "nowhere.png"}], "", "The edit intensity is at step 4, and the last one"),
        ([{**BRIGHTER, "channel": 3}], "", "is of channel 3, and the last one is 2"),
        ([{**BRIGHTER, "kind": "dim"}], "", "latents.edits.0.kind: is not known; choose one of: intensity, transfer"),
        ([{**BRIGHTER, "mask": 3}], "", "latents.edits.0.mask: should be a JSON object"),
        ([{**BRIGHTER, "mask": {"label": "eyes", "sha256": "e" * 64}}], "", "lacks the attachment eeeeeeeeeeee"),
        ([SET], "--picture photo.png", "The Run starts from a picture with noise added"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], edits: list[dict[str, Any]], more: str, says: str
) -> None:
    assert says in refused(command(*edits, more=more), capsys)
    assert not (folder / "run.npz").exists()


def test_a_mask_on_a_model_of_points_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "load", lambda name: TinyMixture())
    assert "has a mask, which is for models of pictures" in refused(command(BRIGHTER), capsys)
    assert "A mask is for models of pictures" in refused(command(more="--outside locked --mask eyes.png"), capsys)


def test_an_item_of_the_models_data_is_inverted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.latents import inversion

    monkeypatch.setattr(inversion.invert, "__kwdefaults__", {**(inversion.invert.__kwdefaults__ or {}), "steps": 8})
    out = tmp_path / "run.npz"
    edit = {"kind": "set", "latent": "digits 17"}
    words = [
        "--model",
        "digits-ideal",
        "--count",
        "1",
        "--steps",
        "8",
        "--edits",
        json.dumps([edit]),
        "--out",
        str(out),
    ]
    assert cli.main(["sample", *words]) == 0
    run = read_run(out)
    assert recipe.as_text(run).count("latent of digits 17") == 1
    from engine.data import items
    from engine.models import catalogue

    found = items.of(catalogue.named("digits-ideal"))
    assert found is not None
    with np.load(out) as arrays:
        apart = np.abs(np.clip(arrays["x0"][0], -1, 1) - (found.pick(17) / 127.5 - 1)) / 2
    assert apart.mean() <= 0.02
