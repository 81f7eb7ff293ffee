"""Self-test of files, of training and of the map: what is written and read again. Called by `app.self_test`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from engine import separate
from engine.self_test import Check, Failed, need
from engine.self_test_drawing import default_run, drawn_by, x0_of

FIGURES = ("pdf", "png", "mp4", "csv", "py")
"""Kinds of files of figures, each made in another way."""

MAP_SECONDS = 300
"""Time that fitting a map may take: numba compiles for a quarter of a minute the first time."""


def picture_with_run(folder: Path) -> str:
    """That a PNG carries its Run, which draws the same bits when it is read back."""
    import numpy as np

    from engine.embed import read_run, write_png
    from engine.models.catalogue import named

    info = named("digits-ideal")
    run = default_run(info).replace(latents={"count": 3, "seed": 5}, sampler={"churn": 4.0})
    path = folder / "figure.png"
    write_png(path, np.zeros((8, 8, 3), np.uint8), run)
    again = read_run(path)
    need(again == run, "The Run in a PNG is another one when it is read back.")
    need((x0_of(run, info.build()) == x0_of(again, info.build())).all(), "The Run of a PNG draws other numbers.")
    return f"{path.stat().st_size:,} bytes"


def figures(folder: Path) -> str:
    """That a figure is written as files of different kinds, and read back from those that carry it."""
    from engine.figures import carried, write
    from engine.figures.sheet import Norms, Pictures, Sheet
    from engine.models.catalogue import named

    run = default_run(named("digits-ideal")).replace(latents={"count": 2}, schedule={"steps": 3})
    sheet = Sheet(runs=(run,), panels=(Pictures(), Norms()))
    for kind in FIGURES:
        path = write.to_file(sheet, folder / f"figure.{kind}")
        need(kind == write.SCRIPT or carried.read(path) == sheet, f"The figure in a {kind.upper()} is another one.")
    return ", ".join(FIGURES).upper()


def checkpoints(folder: Path) -> str:
    """That a model is saved and opened, also from a state dictionary, which another process reads; no code is run."""
    import pickle

    import torch

    from engine.checkpoints import opening, pickles, save
    from engine.errors import InputError
    from engine.models.catalogue import named

    model = named("s-curve-2d").build()
    weights = save(folder / "kept", model)
    need(opening.open_checkpoint(weights).reference == model.reference, "A checkpoint is another model when opened.")
    foreign = folder / "foreign.pt"
    torch.save({name: torch.from_numpy(array) for name, array in model.arrays.items()}, foreign)
    weights.with_suffix(".json").rename(foreign.with_suffix(".json"))
    need(pickles.open_pickle(foreign).reference == model.reference, "A state dictionary is another model when opened.")
    foreign.write_bytes(pickle.dumps(_Trap(str(folder / "ran"))))
    foreign.with_suffix(".safetensors").unlink()
    try:
        pickles.open_pickle(foreign)
    except InputError as error:
        need("code" in str(error) or "torch.save" in str(error), f"A pickle with code in it is refused oddly: {error}")
    else:
        raise Failed("A pickle with code in it is opened.")
    need(not (folder / "ran").exists(), "A pickle's code was run.")
    return "saved, opened, converted, refused"


class _Trap:
    """Pickled, it makes a folder where it is unpickled with trust."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.mkdir, (self._path,)


def training(folder: Path) -> str:
    """That a small network learns: its loss falls."""
    from engine.training.config import parse
    from engine.training.train import start, train

    config = parse(
        {
            "name": "small",
            "data": {"name": "mixture"},
            "network": {"kind": "mlp", "width": 32, "layers": 2},
            "steps": 200,
            "batch": 64,
            "microbatch": 64,
            "preview_every": 1000,
        }
    )
    losses = [told.loss for told in train(start(config, folder), folder) if told.loss is not None]
    first, last = (sum(part) / len(part) for part in (losses[:20], losses[-20:]))
    need(last < first, f"A small network does not learn: its loss goes from {first:.3f} to {last:.3f}.")
    return f"loss {first:.2f} to {last:.2f} in {len(losses)} steps"


def placed(_folder: Path) -> str:
    """That the map of known digits opens, and particles are placed on it."""
    from engine.analysis import basemap
    from engine.analysis.placing import place
    from engine.models.catalogue import named

    info, known = named("digits-ideal"), basemap.bundled()
    drawn = drawn_by(default_run(info).replace(latents={"count": 4}), info.build())
    *_, placements = place(drawn, known, info, drawn.last)
    need(placements.complete, "Particles are not placed on the map.")
    return f"4 particles among {len(known):,} items"


def fitted(folder: Path) -> str:
    """That UMAP fits a map, in a process of its own as in the window."""
    from engine.analysis import basemap

    out = folder / "map.safetensors"
    options = ["--data", "handwritten-digits", "--features", "values", "--count", "200", "--out", str(out)]
    command = [*separate.command("engine.cli"), "map", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=MAP_SECONDS)
    need(done.returncode == 0 and out.exists(), f"A map is not fitted: {done.stderr.strip()[-300:]}")
    return f"{len(basemap.load(out))} items"


CHECKS: dict[str, Check] = {
    "a PNG with its Run": picture_with_run,
    "figures": figures,
    "checkpoints": checkpoints,
    "training": training,
    "particles on the map": placed,
    "fitting a map": fitted,
}
"""These checks by name, in their order."""
