"""Bench: the budgets of the design, measured on this machine. `latent-loupe bench`; the window's share is `app.bench`.

Times are reported as ratios against a baseline measured in the same process, interleaved, medians of repeats. The
window's measurements run in processes of their own, started by name, since the engine knows no Qt.
"""

from __future__ import annotations

import collections
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import torch
from torch import Tensor
from tqdm import tqdm

from engine import models, separate
from engine.data.sets import FaceSettings
from engine.execute import record
from engine.files import write_atomically
from engine.models.ideal import IdealDenoiser
from engine.resources import device
from engine.run import Run
from engine.training.config import Training
from engine.training.state import State

if TYPE_CHECKING:
    from engine.models import Model

WINDOW_PARTS = ("up", "loop", "control", "training", "scrub", "paint", "map")
"""What `app.bench` measures, each in a process of its own."""


@dataclass(frozen=True)
class Row:
    """One budget: what was measured, the figure, the limit it should keep (at most, or `at_least`), and how that was
    measured.
    """

    what: str
    figure: float
    unit: str
    budget: float
    how: str
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure is within its budget."""
        return self.figure >= self.budget if self.at_least else self.figure <= self.budget


def main(json_path: Path | None) -> None:
    """Measure everything, print a table, and write it to `json_path` as JSON if given."""
    # Here, since they take `Row` from this module.
    from engine import bench_edits, bench_kernels, bench_map, bench_sweep

    rows: list[Row] = []
    parts: list[tuple[str, Callable[[], Iterator[Row]]]] = [
        ("run against bare calls", run_overhead),
        ("training step against the bare loop", training_overhead),
        ("ideal denoiser", ideal_denoiser),
        ("kernels of guidance", bench_kernels.rows),
        ("sweeps", bench_sweep.rows),
        ("edits", bench_edits.rows),
        ("map", bench_map.rows),
        ("memory", memory_growth),
        *((f"window: {part}", partial(window, part)) for part in WINDOW_PARTS),
    ]
    tqdm.monitor_interval = 0  # or it starts a thread of its own
    with tqdm(parts, disable=not sys.stderr.isatty(), leave=False) as bar:
        for name, measure in bar:
            bar.set_description(name)
            rows += measure()
    print(f"{machine()}\n")
    print(table(rows))
    if json_path is not None:
        content = {"machine": machine(), "rows": [{**asdict(row), "kept": row.kept} for row in rows]}
        write_atomically(json_path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def machine() -> str:
    """The machine in one line."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    memory = psutil.virtual_memory().total / 2**30
    name = _processor()
    software = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {gpu}; {software}"


def _processor() -> str:
    """The processor's name where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | measured | budget | kept | how |", "|---|---|---|---|---|"]
    for row in rows:
        bound = "≥" if row.at_least else "≤"
        figures = f"{row.figure:.3g} {row.unit} | {bound} {row.budget:.3g} {row.unit}"
        lines.append(f"| {row.what} | {figures} | {'yes' if row.kept else 'NO'} | {row.how} |")
    return "\n".join(lines)


def run_overhead() -> Iterator[Row]:
    """A whole recorded run against the same number of bare calls of the model, ten particles, 22 Heun steps."""
    for name in ("digits", "digits-ideal"):
        model = models.load(name)
        run = Run(model=model.reference)
        calls = 2 * run.schedule.steps - 1
        x = torch.randn(model.block, *model.data_shape, dtype=model.dtype)
        sigma = torch.full((model.block,), 2.0, dtype=model.dtype)
        whole, bare = partial(_drain, run, model), partial(_call, model, x, sigma, calls)
        ratio = statistics.median(paired(whole, bare, 20))
        seconds = statistics.median(_seconds(whole) for _ in range(5))
        each = _seconds(bare) / calls * 1000
        how = f"10 particles, {calls} evaluations of {each:.2g} ms; median of 20 interleaved pairs"
        yield Row(f"a whole run, recording on, against bare calls: {name}", ratio, "×", 1.03, how)
        yield Row(f"a whole run: {name}", seconds, "s", 2, "10 particles, 22 Heun steps; median of 5")


def _drain(run: Run, model: Model) -> None:
    for _ in record(run, model):
        pass


def _call(model: Model, x: Tensor, sigma: Tensor, calls: int) -> None:
    with torch.no_grad():
        for _ in range(calls):
            model.denoise(x, sigma)


def training_overhead() -> Iterator[Row]:
    """Steps of the trainer, data included, against bare forward, backward and optimiser's steps on tensors at hand."""
    config = Training(name="bench", data=FaceSettings(), microbatch=64)
    data = config.data.open()
    state, network = (State(config, data, device()) for _ in range(2))
    optimiser = torch.optim.AdamW(network.model.network.parameters(), fused=True)
    x, level, target = (torch.randn(64, *shape) for shape in (data.data_shape, (), data.data_shape))

    def bare() -> None:
        optimiser.zero_grad()
        (network.model.network(x, level) - target).square().mean().backward()
        optimiser.step()

    ratio = statistics.median(paired(lambda: collections.deque(state.advance(), 0), bare, 12))
    yield Row("a training step against the bare loop", ratio, "×", 1 / 0.9, "faces, batch 64; median of 12 pairs")


def ideal_denoiser() -> Iterator[Row]:
    """The ideal denoiser of 60,000 x 1024 random values at batch 64 against its two matrix products."""
    generator = torch.Generator().manual_seed(0)
    data = torch.randn(60_000, 1024, generator=generator)
    model = IdealDenoiser(data)
    x = torch.randn(64, 1024, generator=generator)
    weights = torch.rand(64, 60_000, generator=generator)

    def products() -> None:
        _ = x @ data.T
        _ = weights @ data

    ratios = paired(lambda: model.denoise(x, 3.0), products, 15)
    yield Row(
        "ideal denoiser, 60,000 × 1024, batch 64",
        statistics.median(ratios),
        "×",
        1.3,
        "against its two matrix products; median of 15 interleaved pairs",
    )


def memory_growth() -> Iterator[Row]:
    """How much the process grows over 500 Runs in a row, after 20 to warm up."""
    model = models.load("ring")
    process = psutil.Process()

    def draw(seed: int) -> None:
        _drain(Run(model=model.reference).replace(latents={"seed": seed, "count": 100}), model)

    for seed in range(20):
        draw(seed)
    gc.collect()
    before = process.memory_info().rss
    for seed in range(500):
        draw(seed)
    gc.collect()
    grown = (process.memory_info().rss - before) / 2**20
    yield Row(
        "memory over 500 Runs in a row", grown, "MB", 50, "ring, 100 particles, 22 steps, recorded; resident set size"
    )


def window(part: str) -> Iterator[Row]:
    """The rows of one part of `app.bench`, from a process of its own without a screen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    done = subprocess.run(
        [*separate.command("app.bench"), part],
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the window's part {part!r} failed: {done.stderr.strip()[-2000:]}")
    yield from (Row(**row) for row in json.loads(done.stdout.splitlines()[-1]))


def paired(measured: Callable[[], object], baseline: Callable[[], object], repeats: int) -> list[float]:
    """Ratios of the times of `measured` and `baseline`, run in turns after one of each to warm up."""
    measured(), baseline()
    return [_seconds(measured) / _seconds(baseline) for _ in range(repeats)]


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
