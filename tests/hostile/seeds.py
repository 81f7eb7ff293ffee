"""Seeds: small valid files of every kind, made by the program's own writers, from which the cases are mutated.

Called by `kinds`. A seed is a folder's files by their names in it; the same bytes at each call on one machine.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from PIL import Image

from engine import embed, execute, frames, session
from engine.analysis import basemap
from engine.checkpoints import save
from engine.experiments import runner
from engine.experiments.experiment import Context
from engine.figures import carried
from engine.figures.sheet import Pictures, Sheet
from engine.models.ideal import IdealDenoiser
from engine.models.mixture import Mixture
from engine.output import write_results
from engine.run import ModelReference, Run
from engine.settings.maps import MapSettings
from engine.settings.references import MaskReference
from engine.training.state import State
from tests.engine import edited
from tests.engine.experiments.small import Plan, Small, load
from tests.engine.tiny import REFERENCE, TinyPictures, conditional
from tests.engine.training.small import config

if TYPE_CHECKING:
    from engine.models import Model

Seed = dict[str, bytes]

PLAN = Plan(seeds=(0,), pieces=1)
CELL = Small().cells(PLAN)[0]

_SHAPE = (3, 8, 8)
_FRAMES = np.arange(2 * 3 * 4 * 4).reshape(2, 3, 4, 4).astype(np.uint8)


def gathered(write: Callable[[Path], object]) -> Seed:
    """The files that `write` leaves in a folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def edited_run() -> Run:
    """A Run with an edit of every kind and all that a Run can name."""
    reference = ModelReference(label="tiny", sha256="a" * 64)
    groups = {
        "latents": {"count": 8, "picture": edited.pictured(), "edits": list(edited.KINDS.values())},
        "condition": {"example": "each", "frames": frames.keep(_FRAMES, "circle 3").model_dump()},
        "region": {"mask": edited.masked(edited.HARD), "outside": "locked"},
        "guidance": {"k_pg": 0.5, "kernel": "rbf"},
    }
    return Run(model=reference).replace(**groups)


def plain_run() -> Run:
    """A Run with other settings than the default ones."""
    return Run(model=REFERENCE).replace(
        latents={"seed": 5, "count": 3, "group": 2},
        schedule={"name": "edm", "steps": 6, "rho": 5.0},
        sampler={"name": "heun", "churn": 2.0},
    )


def runs() -> list[Seed]:
    """run.json, plain and with attachments."""
    return [{"run.json": run.to_json().encode()} for run in (plain_run(), edited_run())]


def sessions() -> list[Seed]:
    """Sessions: the least there can be, and one with a pinned Run, masks and a figure."""
    known = (session.KnownModel(reference=plain_run().model, data_shape=(3, 4, 5)),)
    small = session.Session(models=known, run=plain_run())
    mask = MaskReference(**edited.masked(edited.HARD))
    whole = session.Session(
        models=known,
        run=plain_run(),
        pinned=edited_run(),
        masks=session.Masks(masks=(mask,), name=mask.label),
        figure=Sheet(runs=(plain_run(),), panels=(Pictures(),)),
        training=config(),
    )
    return [{"session.loupe": each.to_json().encode()} for each in (small, whole)]


def pictures_with_runs() -> list[Seed]:
    """Exported PNGs: with a short Run and with one that is compressed."""
    pixels = np.arange(8 * 8 * 3).reshape(8, 8, 3).astype(np.uint8)
    return [{"picture.png": embed.png_bytes(pixels, run)} for run in (plain_run(), edited_run())]


def figures() -> list[Seed]:
    """A figure in each kind of file that carries one, in the least that such a file can be."""
    sheet = Sheet(runs=(edited_run(),), panels=(Pictures(),))
    gif = io.BytesIO()
    Image.new("L", (8, 8)).save(gif, "GIF")
    plain = {
        "png": embed.png_bytes(np.zeros((8, 8), np.uint8), plain_run()),
        "pdf": b"%PDF-1.4\ntrailer\n<< /Size 3 /Root 1 0 R /Info 2 0 R >>\nstartxref\n9\n%%EOF\n",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>\n",
        "gif": gif.getvalue(),
        "mp4": struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512),
        "csv": b"step,sigma\n0,80\n",
    }
    return [{f"figure.{kind}": carried.embed(kind, data, sheet)} for kind, data in plain.items()]


def results() -> list[Seed]:
    """run.npz of a drawn Run."""
    run = Run(model=REFERENCE).replace(latents={"count": 2}, schedule={"steps": 3})
    *_, trajectory = execute.record(run, cast("Model", TinyPictures()))
    return [{"run.npz": gathered(lambda folder: write_results(folder, trajectory))["run.npz"]}]


def checkpoints() -> list[Seed]:
    """A checkpoint of every kind of model of ours: JSON and weights."""
    data = np.random.default_rng(0).integers(0, 255, (4, 1, 4, 4)).astype(np.uint8)
    models = (
        Mixture([[0.0, 0.5], [1.0, 2.0]], [[[1, 0.5], [0.5, 1]]] * 2, [1, 3], label="two"),
        IdealDenoiser(data),
        conditional(),
        conditional((1, 4, 4)),
    )
    return [_nameless(gathered(lambda folder, model=model: save(folder / "model", model))) for model in models]  # type: ignore[misc]


def _nameless(files: Seed) -> Seed:
    """A checkpoint that does not say its identity, so that whatever is changed is not seen by that."""
    described = json.loads(files["model.json"])
    del described["sha256"]
    return files | {"model.json": json.dumps(described).encode()}


def trained() -> list[Seed]:
    """A model made of a training, in its folder, as the list of models finds it."""
    return [gathered(lambda folder: save(folder / "one" / "model", conditional((1, 4, 4))))]


def states() -> list[Seed]:
    """A state dictionary of torch.save with its JSON beside it."""

    def write(folder: Path) -> None:
        model = conditional()
        save(folder / "model", model).unlink()
        torch.save(model.network.state_dict(), folder / "model.pt")

    return [_nameless(gathered(write))]


def diffusers() -> list[Seed]:
    """A pipeline of a network with some thousand weights."""
    from tests.engine.foreign import pipeline

    return [gathered(pipeline)]


def pictures() -> list[Seed]:
    """A picture in each format that is read, grey and in colour."""
    pixels = (127.5 + 120 * np.sin(np.arange(12 * 10 * 3))).astype(np.uint8).reshape(12, 10, 3)
    colour = Image.fromarray(pixels)
    made: list[Seed] = []
    for form, name in (
        ("PNG", "png"),
        ("JPEG", "jpg"),
        ("WEBP", "webp"),
        ("BMP", "bmp"),
        ("TIFF", "tif"),
        ("GIF", "gif"),
        ("PPM", "ppm"),
    ):
        for picture in (colour, colour.convert("L"), colour.convert("P")):
            if form in ("JPEG", "PPM", "WEBP") and picture.mode == "P":
                continue
            file = io.BytesIO()
            picture.save(file, form)
            made.append({f"picture.{name}": file.getvalue()})
    return made


def examples() -> list[Seed]:
    """Frames that a model with a condition [3, 4, 4] is given."""
    sheet = np.ascontiguousarray(_FRAMES.transpose(0, 2, 1, 3)).reshape(8, 12)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return [{"frames.png": file.getvalue()}]


def folders() -> list[Seed]:
    """Folders of a few pictures, one in a folder below."""
    every = [next(iter(seed.items())) for seed in pictures()]
    return [
        {f"{number}.{name}": content for number, (name, content) in enumerate(every)} | {"below/again.png": every[0][1]}
    ]


def idx() -> list[Seed]:
    """MNIST's four files with six digits, as they are and in gzip."""
    generator = np.random.default_rng(0)
    digits = struct.pack(">4B3I", 0, 0, 8, 3, 6, 28, 28) + generator.integers(0, 255, 6 * 784, np.uint8).tobytes()
    labels = struct.pack(">4BI", 0, 0, 8, 1, 6) + bytes(range(6))
    plain = {"train-images-idx3-ubyte": digits, "train-labels-idx1-ubyte": labels}
    return [plain, {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in plain.items()}]


def trainings() -> list[Seed]:
    """Configurations of a training in TOML."""
    learned = (Path(__file__).parents[2] / "training").glob("configs/*.toml")
    return [{"training.toml": path.read_bytes()} for path in sorted(learned)]


def training_states() -> list[Seed]:
    """The folder of a training of three steps, with a preview."""

    def write(folder: Path) -> None:
        state = training_state()
        for _ in range(3):
            list(state.advance())
        state.save(folder)
        np.save(folder / "samples-0000002.npy", np.zeros((4, 1), np.float16))

    return [gathered(write)]


def training_state() -> State:
    """That training, not begun."""
    settings = config()
    with torch.random.fork_rng():
        return State(settings, settings.data.open(), torch.device("cpu"))


def maps() -> list[Seed]:
    """A map of pictures' values."""
    generator = np.random.default_rng(0)
    made = basemap.Basemap(
        "made",
        MapSettings(features="values"),
        generator.normal(size=(20, 16)).astype(np.float32),
        generator.normal(size=(20, 2)).astype(np.float32),
        generator.integers(-1, 2, size=20).astype(np.int16),
        ("one", "two"),
        np.arange(20),
        40,
        np.zeros((20, 1, 4, 4), np.uint8),
    )
    return [gathered(lambda folder: basemap.save(made, folder / "map.safetensors"))]


def particles() -> list[Seed]:
    """x0 in each form that a map can be fitted to."""
    x0 = np.random.default_rng(0).normal(size=(4, 1, 4, 4)).astype(np.float32)
    file = io.BytesIO()
    np.save(file, x0)
    from safetensors.numpy import save as packed

    return [{"particles.npy": file.getvalue()}, {"particles.safetensors": packed({"x0": x0})}, *results()]


def cells() -> list[Seed]:
    """A measured cell of an experiment, with its picture."""
    return [
        gathered(
            lambda folder: list(
                runner.perform(Small(), PLAN, folder, Context(cast("Callable[[ModelReference], Model]", load)))
            )
        )
    ]
