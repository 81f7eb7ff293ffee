"""Trains the digit classifier: `python -m engine.training.classifier` writes assets/digit-classifier.* from MNIST.

Some five minutes on one core. The same settings, thread count and processor give the same weights.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from tqdm import tqdm

from engine.analysis import otsu
from engine.analysis.classifier import ASSET, Classifier, DigitNetwork, pack, unpack
from engine.data import mnist
from engine.data.digits import INNER
from engine.errors import InputError
from engine.files import write_atomically


@dataclass(frozen=True)
class Settings:
    """What the weights follow from, beside the data.

    Each digit is shifted by up to `shift` pixels each way, gets noise of a deviation drawn up to `noise` (of values in
    [0, 1]), and half of them pass Otsu's mask: so what is not quite clean is read too, masked or not. A share `spoilt`
    is made into no digit, as likely to be any as any other: so confidence says that there is one.
    """

    epochs: int = 10
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    shift: int = 1
    noise: float = 0.1
    spoilt: float = 0.1
    seed: int = 0


def train(frames: np.ndarray, labels: np.ndarray, settings: Settings) -> DigitNetwork:
    """A network trained on framed digits [M, 1, 32, 32], uint8, with labels [M]: AdamW, its rate rising and falling
    along a cosine.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = DigitNetwork()
        optimiser = torch.optim.AdamW(network.parameters(), weight_decay=settings.weight_decay)
        per_epoch = len(frames) // settings.batch
        total = settings.epochs * per_epoch
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total)
        tqdm.monitor_interval = 0  # or it starts a thread of its own
        for step in tqdm(range(total), desc="digit classifier", disable=None):
            if step % per_epoch == 0:
                order = torch.randperm(len(frames)).numpy()
            chosen = order[step % per_epoch * settings.batch :][: settings.batch]
            clean = torch.from_numpy(frames[chosen]).float() / 255
            targets = nn.functional.one_hot(torch.from_numpy(labels[chosen]).long(), 10).float()
            part = slice(round(settings.spoilt * settings.batch))
            clean[part], targets[part] = _spoilt(clean[part]), 0.1
            loss = nn.functional.cross_entropy(network(_augmented(clean, settings)), targets)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return network


def confusion(classifier: Classifier, frames: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many digits [M, 1, 32, 32], uint8, of each label are read as what: [10, 10], label first."""
    read = classifier.probabilities(torch.from_numpy(frames).float() / 127.5 - 1).argmax(dim=1).cpu().numpy()
    return np.bincount(10 * labels.astype(np.int64) + read, minlength=100).reshape(10, 10)


def make(folder: Path, settings: Settings) -> None:
    """Train, measure as stored, and write digit-classifier.safetensors and .json into `folder`.

    Raises `InputError` without MNIST.
    """
    source = mnist.find()
    if source is None:
        raise InputError(f"MNIST was not found: name the folder that holds its four files in {mnist.FOLDER}.")
    begun = time.monotonic()
    tensors = pack(train(*mnist.framed(source), settings))
    seconds = time.monotonic() - begun
    content = save(tensors)
    test = mnist.framed(source, "test")
    counts = {masked: confusion(Classifier(unpack(tensors), masked), *test) for masked in (True, False)}
    provenance = {
        "file": f"{ASSET}.safetensors",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": "the float16 parameters of engine.analysis.classifier.DigitNetwork",
        "data": "MNIST's 60,000 training digits (Y. LeCun, C. Cortes, C. Burges), 16x16 in the middle of 32x32",
        "settings": asdict(settings),
        "command": "python -m engine.training.classifier",
        "threads": torch.get_num_threads(),
        "seconds": round(seconds),
        "accuracy on MNIST's 10,000 test digits": {
            "masked by Otsu's threshold": float(counts[True].trace() / counts[True].sum()),
            "not masked": float(counts[False].trace() / counts[False].sum()),
        },
        "confusion, masked": "rows are labels, columns what is read",
        "counts": [" ".join(map(str, row)) for row in counts[True].tolist()],
    }
    write_atomically(folder / f"{ASSET}.safetensors", content)
    write_atomically(folder / f"{ASSET}.json", (json.dumps(provenance, indent=2) + "\n").encode())


def _augmented(frames: Tensor, settings: Settings) -> Tensor:
    """Frames [N, 1, 32, 32] in [0, 1] as the digits [N, 1, 16, 16] that the network is shown."""
    count, height = frames.shape[0], frames.shape[2]
    frames = (frames + torch.rand(count, 1, 1, 1) * settings.noise * torch.randn_like(frames)).clamp(0, 1)
    frames = torch.where(torch.rand(count, 1, 1, 1) < 0.5, otsu.masked(frames), frames)
    corner = (height - INNER) // 2 + torch.randint(-settings.shift, settings.shift + 1, (count, 2, 1))
    rows, columns = (corner[:, axis] + torch.arange(INNER) for axis in (0, 1))
    picked: Tensor = frames[torch.arange(count)[:, None, None], 0, rows[:, :, None], columns[:, None, :]]
    return picked[:, None]


def _spoilt(frames: Tensor) -> Tensor:
    """No digits, made of frames [N, 1, 32, 32] in [0, 1]: each digit's 4x4 blocks in any order, half of them so faint
    that nothing is left, and half under noise of any strength.
    """
    margin = (frames.shape[2] - INNER) // 2
    blocks = nn.functional.unfold(frames[:, :, margin:-margin, margin:-margin], 4, stride=4)
    order = torch.rand(len(frames), 1, blocks.shape[2]).argsort(dim=2).expand_as(blocks)
    shuffled = nn.functional.fold(blocks.gather(2, order), (INNER, INNER), 4, stride=4)
    ink, noise = (2 * torch.rand(2, len(frames), 1, 1, 1) - 1).clamp(min=0)
    spoilt: Tensor = ink * nn.functional.pad(shuffled, [margin] * 4) + noise * torch.randn_like(frames)
    return spoilt.clamp(0, 1)


if __name__ == "__main__":
    make(Path(str(importlib.resources.files("assets"))), Settings())
