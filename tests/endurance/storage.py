"""What is written, on a disk that fails: one sentence, nothing half-written, what was there as it was, and the next try
works. Called by `faults`.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from engine import cli, embed, mask, output
from engine.analysis import basemap
from engine.autosaves import Place
from engine.checkpoints import save
from engine.errors import InputError
from engine.execute import record
from engine.experiments import export, runner
from engine.experiments.experiment import Context
from engine.figures.sheet import Norms, Paper, Sheet
from engine.figures.write import to_file
from engine.files import write_atomically
from engine.models import catalogue
from engine.models.mixture import Mixture
from engine.run import Run
from engine.session import KnownModel, Session
from engine.training.train import start, train
from engine.trajectory import Trajectory
from tests.endurance.disks import Disk
from tests.endurance.watch import is_sentence
from tests.engine.experiments.small import Plan, Small
from tests.engine.tiny import TinyMixture, run_of
from tests.engine.training.small import config

if TYPE_CHECKING:
    from engine.models import Model

Writer = Callable[[Path, int], None]
"""Writes into a folder what follows from a number. Raises `InputError` where the disk refuses."""


def keeps_its_word(write: Writer, disk: Disk) -> None:
    """Raise `AssertionError` if `write` loses something on that disk, or does not say in a sentence what is wrong."""
    write(disk.folder, 0)
    before = _contents(disk.folder)
    disk.fail()
    try:
        write(disk.folder, 1)
        said = ""
    except InputError as error:
        said = str(error)
    finally:
        left = _contents(disk.folder)
        disk.recover()
    assert is_sentence(said), f"said {said!r}"
    assert left.keys() == before.keys(), f"left behind {sorted(left.keys() ^ before.keys())}"
    assert left == before, "changed what was there"
    write(disk.folder, 1)
    assert _contents(disk.folder) != before, "wrote nothing once it could"


def _contents(folder: Path) -> dict[str, bytes]:
    """All files but the ballast, by name."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".ballast")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _run(folder: Path, number: int) -> None:
    write_atomically(folder / "run.json", run_of(latents={"seed": number}).to_json().encode())


def _picture(folder: Path, number: int) -> None:
    embed.write_png(folder / "picture.png", np.full((32, 32), number, np.uint8), run_of())


def _results(folder: Path, number: int) -> None:
    output.write_results(folder, _drawn(number))


def _recording(folder: Path, number: int) -> None:
    output.write_npz(folder / "recorded.npz", _drawn(number), recorded=True)


def _drawn(number: int) -> Trajectory:
    *_, trajectory = record(run_of(latents={"seed": number}), cast("Model", TinyMixture()))
    return trajectory


def _checkpoint(folder: Path, number: int) -> None:
    save(folder / "model.safetensors", Mixture([[float(number), 0.0]], [np.eye(2)], [1.0], label="kept"))


def _training(folder: Path, number: int) -> None:
    """A training to the end, in a folder of its own."""
    for _ in train(start(config(seed=number), folder / f"training-{number}"), folder / f"training-{number}"):
        pass


def _checkpointed(folder: Path, number: int) -> None:
    """One training, of which more is saved where it stood."""
    for progress in train(start(config(), folder), folder):
        if progress.step == 6 * (number + 1) and progress.loss is not None:
            break


def _cells(folder: Path, number: int) -> None:
    context = Context(lambda _: cast("Model", TinyMixture()), threading.Event().is_set)
    for _ in runner.perform(Small(), Plan(seeds=(number,)), folder / "cells", context):
        pass


def _exported(folder: Path, number: int) -> None:
    experiment, plan = Small(), Plan(seeds=(number,))
    rows = runner.rows(experiment, plan, folder / "none")
    list(export.files(experiment, plan, rows, folder, ("csv", "json")))


def _map(folder: Path, number: int) -> None:
    made = basemap.bundled()
    few = slice(0, 100 + number)
    small = basemap.Basemap(
        made.label,
        made.about,
        made.features[few],
        made.coordinates[few],
        made.labels[few],
        made.names,
        made.numbers[few],
        made.total,
    )
    basemap.save(small, folder / "map.safetensors")


def _mask(folder: Path, number: int) -> None:
    mask.write(folder / "mask.png", mask.keep(np.full((8, 8), number, np.uint8), "kept"))


def _session(folder: Path, number: int) -> None:
    write_atomically(folder / "work.session", _made(number).to_json().encode())


def _autosave(folder: Path, number: int) -> None:
    place = Place(folder, folder / "kept.session")
    try:
        place.write(_made(number))
    finally:
        place.leave()


def _made(number: int) -> Session:
    run = Run(model=run_of().model).replace(latents={"seed": number})
    return Session(models=(KnownModel(reference=run.model, data_shape=(2,)),), run=run)


def _sampled(folder: Path, number: int) -> None:
    command("sample", "--model", "ring", "--steps", "4", "--count", "3", "--seed", number, "--out", folder / "run.npz")


def _carried_out(folder: Path, number: int) -> None:
    ring = folder.parent / f"{folder.name}-ring.json"
    run = Run(model=catalogue.named("ring").reference).replace(latents={"seed": number}, schedule={"steps": 4})
    ring.write_text(run.to_json())
    command("run", ring, "--out", folder)


def _figure(folder: Path, number: int) -> None:
    sheet = Sheet(
        runs=(Run(model=catalogue.named("ring").reference).replace(latents={"seed": number}, schedule={"steps": 3}),),
        panels=(Norms(names=("x",), title=f"seed {number}"),),
        paper=Paper(width=40, font=5, dpi=40),
    )
    to_file(sheet, folder / f"figure-{number}.pdf")


def _trained(folder: Path, number: int) -> None:
    file = folder.parent / f"{folder.name}.toml"
    lines = [f'name = "small-{number}"', "steps = 3", "batch = 8", '[data]\nname = "s-curve-2d"']
    file.write_text("\n".join([*lines, '[network]\nkind = "mlp"\nwidth = 4']))
    command("train", file, "--folder", folder / f"small-{number}")


def command(*arguments: object) -> None:
    """A subcommand in this process; with exit code 2 what it said last is raised as the `InputError` that it was."""
    said, printed = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(printed):
        code = cli.main([str(argument) for argument in arguments])
    last = said.getvalue().replace("\r", "\n").strip().rpartition("\n")[2]
    assert code in (0, 2), f"exit code {code}: {last}"
    if code == 2:
        raise InputError(last)


WRITERS: dict[str, Writer] = {
    "a Run": _run,
    "a picture with its Run": _picture,
    "run.npz and run.json": _results,
    "a recorded run.npz": _recording,
    "a checkpoint": _checkpoint,
    "a training": _training,
    "a training's state": _checkpointed,
    "cells of an experiment": _cells,
    "an experiment's tables": _exported,
    "a map": _map,
    "a mask": _mask,
    "a session": _session,
    "a session saved by itself": _autosave,
    "a figure": _figure,
    "latent-loupe sample": _sampled,
    "latent-loupe run": _carried_out,
    "latent-loupe train": _trained,
}
"""All that writes, by the name of what it writes."""
