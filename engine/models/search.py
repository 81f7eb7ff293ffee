"""Search: finding a model by its content among the user's checkpoints, wherever they were moved. Run by the worker.

Headers are read first: a checkpoint of ours says its hash in its JSON, others are opened only where their name is the
label that is looked for. What is found was read whole, and is what was meant.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import models
from engine.checkpoints import FORMAT, parse
from engine.checkpoints.diffusers_folder import INDEX, NETWORK
from engine.checkpoints.files import JSON, MAX_JSON, WEIGHTS
from engine.checkpoints.pickles import STATES
from engine.errors import InputError
from engine.models.catalogue import ModelInfo, describe
from engine.run import ModelReference

MOST = 300
"""Files and folders that are looked at, in all."""


@dataclass(frozen=True)
class Searched:
    """How far a search is: `done` of `total` places looked at, and the models `found`."""

    done: int
    total: int
    found: tuple[ModelInfo, ...] = ()


def search(wanted: Sequence[ModelReference], known: Mapping[str, Path], folders: Sequence[Path]) -> Iterator[Searched]:
    """Look for the models where each was opened last, as `known` says by its SHA-256, then in those folders, not below.

    Nothing that cannot be read ends it: a file that is damaged, or another by now, is not what is looked for.
    """
    left = {reference.sha256: reference for reference in wanted}
    places = _places([known[sha256] for sha256 in left if sha256 in known], folders)
    found: list[ModelInfo] = []
    for number, (path, sure) in enumerate(places):
        yield Searched(number, len(places), tuple(found))
        if sure or _promises(path, left):
            with contextlib.suppress(InputError, OSError):
                info = describe(models.load(_weights(path)), path.name)
                if left.pop(info.reference.sha256, None) is not None:
                    found.append(info)
        if not left:
            break
    yield Searched(len(places), len(places), tuple(found))


def _places(known: Sequence[Path], folders: Sequence[Path]) -> list[tuple[Path, bool]]:
    """What to look at, once each, and whether it was the model when it was opened last."""
    places = [(path, True) for path in known if path.exists()]
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            inside = sorted(path for path in folder.iterdir() if path.suffix == JSON or path.is_dir())
            places += [(path, False) for path in inside]
    return places[:MOST]


def _promises(path: Path, left: Mapping[str, ModelReference]) -> bool:
    """Whether the header says that one of those may be in it."""
    labels = {reference.label for reference in left.values()}
    try:
        if path.is_dir():
            return path.name in labels and any((path / name).exists() for name in (INDEX, NETWORK))
        if path.stat().st_size > MAX_JSON or FORMAT.encode() not in (content := path.read_bytes()):
            return False
        told = parse(content, path.name)
    except (InputError, OSError):
        return False
    return told.sha256 in left or (told.sha256 is None and told.label in labels)


def _weights(path: Path) -> Path:
    """The file to open: that with the weights beside a JSON; what is none is opened itself."""
    beside = (path.with_suffix(suffix) for suffix in (WEIGHTS, *STATES))
    return next((file for file in beside if path.suffix == JSON and file.exists()), path)
