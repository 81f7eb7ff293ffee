"""Cases: the files of one, made in a folder from its kind, its name and the seed alone.

Called by `worker`, with a name as the runner gives it: a number for a mutated seed, "NASTY @ PLACE" for a nasty in the
place of that file of the first seed, counted from 0.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

from tests.hostile import trapped
from tests.hostile.kinds import Kind
from tests.hostile.mutations import mutated
from tests.hostile.nasties import NASTIES
from tests.hostile.seeds import Seed


def by_hand(kind: Kind, *, large: bool) -> list[str]:
    """The names of the cases with nasties, with those that are `large` or without."""
    return [
        *(
            f"{name} @ {file}"
            for file in range(kind.files)
            for name, nasty in NASTIES.items()
            if (large or not nasty.large) and (kind.nasties is None or name in kind.nasties)
        ),
        *(name for name in trapped.FOLDERS if kind.main == "."),
    ]


def prepare(kind: Kind, case: str, seed: int, folder: Path) -> Path:
    """Make the case in `folder`, which is empty; the path that is to be opened."""
    inside, outside = folder / "case", folder / "outside"
    inside.mkdir()
    outside.mkdir()
    trapped.lay(outside)
    if case.isdecimal():
        random = Random(f"{seed} {kind.name} {case}")
        files = dict(random.choice(kind.seeds))
        name = random.choice(list(files))
        files[name] = mutated(files[name], name, random)
        _write(inside, files)
        return _main(kind, inside, files)
    files = kind.seeds[0]
    _write(inside, files)
    nasty, _, place = case.partition(" @ ")
    if not place:
        trapped.FOLDERS[nasty](inside, outside)
        return inside
    main, target = _main(kind, inside, files), inside / list(files)[int(place)]
    moved = NASTIES[nasty].put(target, outside)
    return moved if moved is not None and main == target else main


def _write(inside: Path, files: Seed) -> None:
    for name, content in files.items():
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _main(kind: Kind, inside: Path, files: Seed) -> Path:
    if kind.main == ".":
        return inside
    return inside / next(name for name in files if name.endswith(kind.main))


def size(path: Path) -> int:
    """Bytes of what is opened; of a folder, of the files in it. A file with holes counts as what it holds."""
    if not path.is_dir():
        return path.stat().st_blocks * 512 if path.is_file() else 0
    found = subprocess.run(["du", "--summarize", "--block-size=1", path], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])
