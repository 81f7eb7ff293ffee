"""`sample` and `run` with frames: of a PNG's file and of a sequence by its name, and the same bytes again."""
# spec: T4 A5

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import attachments, cli, frames, models, recipe
from engine.data import mnist
from engine.embed import read_run
from engine.models import catalogue
from engine.run import Run
from tests.engine.test_cli import refused
from tests.engine.tiny import conditional

MODEL = conditional((1, 8, 8), frames=2)
FRAMES = np.random.default_rng(3).integers(0, 256, (3, 2, 8, 8), np.uint8)
CIRCLE = ["sample", "--model", "circle", "--count", "1", "--steps", "1"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, in which the commands are given, with frames; what is no name of a model is `MODEL`; no MNIST."""
    kept = frames.keep(FRAMES, "mine.png")
    (tmp_path / "mine.png").write_bytes(attachments.get(kept.sha256))
    Image.fromarray(np.zeros((8, 24), np.uint8)).save(tmp_path / "three.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "find", lambda: None)
    load = models.load
    monkeypatch.setattr(models, "load", lambda name: MODEL if name in ("tiny", "conditional") else load(name))
    return tmp_path


def command(more: str = "") -> list[str]:
    return ["sample", "--model", "tiny", "--count", "5", "--steps", "2", *shlex.split(more)]


def sampled(more: str = "") -> Run:
    """The Run that this leaves in run.npz."""
    assert cli.main(command(more)) == 0
    return read_run(Path("run.npz"))


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ("", [0] * 5),
        ("--example 2", [2] * 5),
        ("--example each", [0, 1, 2, 0, 1]),
        ("--example group", [0, 0, 1, 1, 2]),
    ],
)
def test_the_particles_are_given_frames_of_a_file(folder: Path, more: str, rows: list[int]) -> None:
    run = sampled(f"--frames mine.png --group 2 {more}")
    assert run.condition.frames == frames.keep(FRAMES, "mine.png")
    with np.load("run.npz") as arrays:
        assert np.array_equal(arrays["condition"], frames.of_bytes(FRAMES)[rows])


@pytest.mark.parametrize("name", ["run.npz", "run.json", "run.png"])
def test_whatever_carries_it_gives_the_same_arrays_again(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sampled("--frames mine.png --example group --group 2")
    assert cli.main(["run", "run.npz", "--out", "first", "--model", "tiny"]) == 0
    (folder / "mine.png").unlink()
    monkeypatch.setattr(attachments, "_stored", {})
    carrier = folder / ("run.npz" if name == "run.npz" else f"first/{name}")
    assert cli.main(["run", str(carrier), "--out", "again", "--model", "tiny"]) == 0
    assert read_run(folder / "again" / "run.json") == run
    with np.load("run.npz") as one, np.load("again/run.npz") as other:
        for array in ("x_T", "x0", "condition"):
            assert one[array].tobytes() == other[array].tobytes()


def test_the_command_of_the_recipe_makes_the_same_run_with_the_file_beside_it(folder: Path) -> None:
    run = sampled("--frames mine.png --example each")
    assert cli.main([*shlex.split(recipe.as_command(run))[1:], "--out", "again.npz"]) == 0
    assert read_run(Path("again.npz")) == run


def test_the_command_of_the_recipe_finds_the_sequence_again(folder: Path) -> None:
    info = catalogue.named("circle")
    kept = frames.of_sequence(info, 1234, 0)
    run = Run(model=info.reference).replace(
        latents={"count": 1}, schedule={"steps": 1}, condition={"frames": kept.model_dump()}
    )
    assert cli.main([*shlex.split(recipe.as_command(run))[1:], "--out", "run.npz"]) == 0
    assert read_run(Path("run.npz")) == run
    with np.load("run.npz") as arrays:
        assert np.array_equal(arrays["condition"], frames.values(kept, (1, 32, 32)))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            command("--frames nowhere.png"),
            "nowhere.png cannot be read as frames (No such file or directory): choose a PNG.",
        ),
        (command("--frames three.png"), "The frames 'three.png' are not 2 of 8 × 8 in grey, as the model needs them: "),
        (
            command("--frames mine.png --example 3"),
            "mine.png holds examples 0 to 2 of its condition, not 3: choose one",
        ),
        (command("--frames mine.png --example all"), "condition.example: should be a whole number from 0 to 65,535, "),
        (command("--frames ''"), " cannot be read as frames"),
        ([*CIRCLE, "--frames", "x" * 300], "is neither a file nor frames of a sequence"),
        (command(f"--frames {'x' * 300}"), "x cannot be read as frames ("),
        (["sample", "--model", "digits-ideal", "--picture", "x" * 300], "x cannot be read as a picture ("),
        (
            [*CIRCLE, "--frames", "circle 7, frame 9 of scikit-learn's digits"],
            "A sequence has 2 frames, 1 of them given",
        ),
        ([*CIRCLE, "--frames", "circle 10000, frame 0 of scikit-learn's digits"], "There is no sequence 10000: choose"),
        (
            [*CIRCLE, "--frames", "circle 7, frame 0"],
            'is neither a file nor frames of a sequence: name a PNG, or frames such as "circle 7, frame 0 of scikit',
        ),
    ],
)
def test_frames_that_do_not_do_are_refused_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert says in refused(words, capsys)
    assert {path.name for path in folder.iterdir()} == {"mine.png", "three.png"}


def test_a_model_that_takes_nothing_is_given_no_frames(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sample", "--model", "tiny", "--frames", "mine.png"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "load", lambda name: conditional())
        assert refused(words, capsys).startswith("The model is given no frames: choose one that draws the next frame")
