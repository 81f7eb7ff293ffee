"""The files that the monkey drops and that its dialogs answer with: good ones and rubbish, made in a folder."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image

from engine.checkpoints import save
from engine.embed import write_png
from engine.models.mixture import Mixture
from engine.run import Run


def make(folder: Path, run: Run) -> list[Path]:
    """The files in `folder`, which is made: Runs in each form that carries one, a checkpoint, pictures, and rubbish."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    noise = np.random.default_rng(0)
    for number in range(6):
        Image.fromarray(noise.integers(0, 256, (40, 40, 3), np.uint8)).save(pictures / f"{number}.png")
    (folder / "run.json").write_text(run.to_json())
    (folder / "other.json").write_text(run.replace(latents={"seed": 5, "count": 20}).to_json())
    (folder / "large.json").write_text(run.replace(latents={"count": 5000}, schedule={"steps": 500}).to_json())
    (folder / "foreign.json").write_text(run.replace(model={"label": "gone", "sha256": "0" * 64}).to_json())
    write_png(folder / "figure.png", np.zeros((32, 32), np.uint8), run)
    save(folder / "mixture.safetensors", Mixture([[0.0, 3.0]], [np.eye(2)], [1.0], label="dropped"))
    Image.fromarray(noise.integers(0, 256, (64, 48), np.uint8)).save(folder / "picture.jpg")
    Image.fromarray(noise.integers(0, 2, (32, 32), np.uint8) * 255).save(folder / "mask.png")
    whole = (folder / "mixture.safetensors").read_bytes()
    for name, content in {
        "empty.json": b"",
        "rubbish.json": b'{"version": 1, "latents": [',
        "newer.json": run.to_json().replace('"version": 1', '"version": 99').encode(),
        "rubbish.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "cut.safetensors": whole[: len(whole) // 2],
        "rubbish.pt": b"\x80\x04" + bytes(100),
        "rubbish.npz": b"PK\x03\x04" + bytes(100),
        "notes.txt": b"Not a file for this program.",
    }.items():
        (folder / name).write_bytes(content)
    return [*sorted(folder.iterdir()), folder / "missing.json"]


class Answers:
    """What file dialogs answer in place of a user: one of `things`, a name in `out`, a folder, or nothing at all.

    `seed` is set before each action, so that a replayed one gets the same answer.
    """

    def __init__(self, things: list[Path], out: Path) -> None:
        self._things, self._out = things, out
        self.seed = 0

    def thing(self, seed: int) -> str:
        """The file that this seed drops."""
        return str(random.Random(seed).choice(self._things))

    def open_name(self, *_: object, **__: object) -> tuple[str, str]:
        """In place of `QFileDialog.getOpenFileName`."""
        return self._mostly(self.thing(self.seed)), ""

    def save_name(self, _parent: object = None, _title: str = "", suggested: str = "", *_: object) -> tuple[str, str]:
        """In place of `QFileDialog.getSaveFileName`."""
        name = f"{self.seed % 8}-{Path(suggested).name or 'file'}"
        return self._mostly(str(self._out / name)), ""

    def folder(self, *_: object, **__: object) -> str:
        """In place of `QFileDialog.getExistingDirectory`."""
        folders = (self._out, *(thing for thing in self._things if thing.is_dir()))
        return self._mostly(str(folders[self.seed % len(folders)]))

    def _mostly(self, answer: str) -> str:
        return "" if self.seed % 5 == 0 else answer
