"""Kinds: every kind of file the program opens, with its seeds and with how the program opens one.

Called by `worker`. Adding a kind is a function that opens, one that makes seeds, and a line in `KINDS`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from engine import embed, frames, mask, models, picture, session
from engine import run as runs
from engine.analysis import basemap, map_data
from engine.checkpoints import unpickle
from engine.data import idx, mnist
from engine.data.folder import Folder
from engine.experiments import store
from engine.figures import carried
from engine.figures import sheet as sheets
from engine.latents import stored
from engine.models import catalogue
from engine.run import Run
from engine.settings.maps import MapSettings
from engine.training import config, library, live
from tests.engine.experiments.small import Small
from tests.hostile import seeds
from tests.hostile.seeds import Seed

IN_A_PROCESS = frozenset(
    {"pickle of protocol 2", "pickle of eval", "pickle in a file of torch.save", "pickle of lists of lists"}
)
"""The nasties for which another process is started."""

DRAWN = 4096
"""Values of a picture up to which an opened model is asked for one estimate."""


@dataclass(frozen=True)
class Kind:
    """`open(path)` is what the program does with such a file, or with the folder that `path` is: False where the file
    counts as not there. `main` is the ending of the file that is opened, or "." for the folder; `files` are how many of
    the first seed's nasties are put in the place of. `share` is how many cases it gets, beside others; of a kind that
    takes seconds a case only `nasties` are tried.
    """

    name: str
    make: Callable[[], list[Seed]]
    open: Callable[[Path], bool]
    main: str
    files: int = 1
    share: float = 1.0
    nasties: frozenset[str] | None = None

    @functools.cached_property
    def seeds(self) -> list[Seed]:
        """The valid files."""
        return self.make()


def _run(path: Path) -> bool:
    """A Run, which can be written again, with all that it names."""
    run = embed.read_run(path)
    assert runs.parse(run.to_json()) == run
    _attached(run)
    return True


def _session(path: Path) -> bool:
    """A session, which can be saved again, with all that its Runs name."""
    opened = session.read(path)
    assert session.parse(opened.to_json()) == opened
    for run in filter(None, (opened.run, opened.pinned)):
        _attached(run)
    return True


def _attached(run: Run) -> None:
    """What the Run names, read as those do who draw it."""
    for named in (run.latents, run.condition, run.region, *run.latents.edits):
        for field in ("picture", "mask", "frames", "latent"):
            reference = getattr(named, field, None)
            if reference is not None:
                _READ[field](reference)


_READ: dict[str, Callable[..., object]] = {
    "picture": lambda reference: picture.values(reference, (3, 4, 5)),
    "mask": lambda reference: mask.values(reference, (3, 4, 5)),
    "frames": lambda reference: frames.values(reference, (3, 4, 4)),
    "latent": lambda reference: stored.values(reference, (3, 4, 5)),
}


def _figure(path: Path) -> bool:
    """A figure, which can be written again."""
    sheet = carried.read(path)
    if sheet is None:
        return False
    assert sheets.parse(sheet.to_json()) == sheet
    return True


def _dropped(path: Path) -> bool:
    """A PNG let go above the window: a Run or a picture to start from."""
    return _picture(path) if picture.is_plain(path) else _run(path)


def _checkpoint(path: Path) -> bool:
    """A model, which draws one estimate."""
    model = models.load(path)
    if math.prod(model.data_shape) <= DRAWN:
        cond = None if model.cond_shape is None else torch.zeros(1, *model.cond_shape, dtype=model.dtype)
        x = torch.zeros(1, *model.data_shape, dtype=model.dtype)
        assert model.denoise(x, 1.0, cond).shape == x.shape
    return True


def _state_dictionary(path: Path) -> bool:
    """The model, what another process does for it being done in this one."""
    with mock.patch.object(subprocess, "run", _here):
        return _checkpoint(path)


def _here(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
    """What `engine.checkpoints.unpickle` does as a process."""
    path, target, source = command[-3:]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = unpickle.main(Path(path), Path(target), source)
    return subprocess.CompletedProcess(command, code, said.getvalue().encode())


def _listed(path: Path) -> bool:
    """The models trained here, as a list shows them; `path` is the JSON of one."""
    catalogue.TRAININGS = path.parent.parent
    found = catalogue.trained()
    return bool(found) and all(info.name for info in found)


def _mask(path: Path) -> bool:
    return mask.of_file(path, (8, 8), resample=True).shape == (8, 8)


def _picture(path: Path) -> bool:
    reference, _ = picture.of_file(path, (3, 8, 8))
    return picture.values(reference, (3, 8, 8)).shape == (3, 8, 8)


def _frames(path: Path) -> bool:
    return frames.values(frames.of_file(path, (3, 4, 4)), (3, 4, 4)).shape[1:] == (3, 4, 4)


def _idx(path: Path) -> bool:
    """MNIST, and its checksum, by which a list names the model made of it."""
    idx.checksum(path)
    return len(mnist.framed(path.parent)[0]) > 0


def _folder(path: Path) -> bool:
    return Folder(path, 8).draw(np.random.default_rng(0), 4).shape == (4, 3, 8, 8)


def _training(path: Path) -> bool:
    return config.parse(config.read(path).model_dump(mode="json")) == config.read(path)


def _training_state(path: Path) -> bool:
    """A training's folder: as the list shows it, as it is gone on with, its previews."""
    library.entry_of(path)
    live.curve(_read_state(path))
    return all(preview.samples.ndim for preview in live.stored(path, 10))


def _read_state(path: Path) -> list[float]:
    state = seeds.training_state()
    state.read(path)
    return state.losses


def _map(path: Path) -> bool:
    """A map, with particles on it."""
    opened = basemap.load(path)
    opened.crowns()
    map_data.picture(opened, 0)
    return opened.place(np.zeros((2, opened.features.shape[1]))).shape == (2, 2)


def _particles(path: Path) -> bool:
    return len(map_data.read(MapSettings(data="particles", features="values"), map_data.Source(path)).x0) > 0


def _cell(path: Path) -> bool:
    return store.read(path.parent, Small(), seeds.CELL, Small().key(seeds.CELL, seeds.PLAN)) is not None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("run.json", seeds.runs, _run, ".json", share=2),
        Kind("session", seeds.sessions, _session, ".loupe", share=2),
        Kind("figure", seeds.figures, _figure, "", share=2),
        Kind("PNG with a Run", seeds.pictures_with_runs, _dropped, ".png", share=2),
        Kind("run.npz", seeds.results, _run, ".npz"),
        Kind("checkpoint", seeds.checkpoints, _checkpoint, ".safetensors", files=2, share=2),
        Kind("checkpoint, listed", seeds.trained, _listed, ".json", files=2),
        Kind("folder of diffusers", seeds.diffusers, _checkpoint, ".", files=4, share=0.5),
        Kind("state dictionary", seeds.states, _state_dictionary, ".pt", files=2),
        Kind(
            "state dictionary, in a process",
            seeds.states,
            _checkpoint,
            ".pt",
            files=2,
            share=0,
            nasties=IN_A_PROCESS,
        ),
        Kind("mask", seeds.pictures, _mask, ""),
        Kind("picture", seeds.pictures, _picture, ""),
        Kind("frames", seeds.examples, _frames, ".png", share=0.5),
        Kind("folder of pictures", seeds.folders, _folder, ".", files=4),
        Kind("IDX", seeds.idx, _idx, "", files=2, share=2),
        Kind("training's TOML", seeds.trainings, _training, ".toml"),
        Kind("training's folder", seeds.training_states, _training_state, ".", files=2),
        Kind("map", seeds.maps, _map, ".safetensors"),
        Kind("particles", seeds.particles, _particles, ""),
        Kind("experiment's cell", seeds.cells, _cell, ".json", files=2),
    )
}
