"""The process that opens hostile files: `python -m tests.hostile.worker FOLDER SEED`, started by `runner`.

Reads a job a line, [kind, case], and answers each with a line: an `Outcome` as JSON. It is expendable: what crashes or
hangs ends it, and the runner takes the next one.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from PIL import Image

from engine import attachments
from engine.checkpoints import pickles, unpickle
from engine.errors import InputError
from tests.hostile import guard
from tests.hostile.cases import prepare, size
from tests.hostile.kinds import KINDS, Kind
from tests.hostile.payloads import SPRUNG
from tests.hostile.sentences import wrong

_WEIGHTS = 8 * 2**30  # bytes of a file up to which some are read

CANARY = Path(__file__).parent / "canary"


@dataclass(frozen=True)
class Outcome:
    """How a case ended: "opened", "refused" with the sentence, "missing", or "failed" with what is wrong; what it took
    in CPU seconds and in bytes of memory beyond what was opened.
    """

    ended: str
    said: str = ""
    cpu: float = 0.0
    memory: int = 0


def main(home: Path, seed: int) -> int:
    """Answer jobs until there are no more; the exit code."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    unpickle._limit_memory = lambda more: None  # the limit would stay with this process
    pickles.CONVERTED = home / "converted"
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    os.environ |= {
        "PYTHONPATH": os.pathsep.join([str(CANARY), os.getcwd()]),
        "LATENT_LOUPE_CANARY": str(home / "canary"),
    }
    warmed: dict[str, str] = {}
    Image.init()  # imports what else only the first broken picture would
    guard.install()
    for line in sys.stdin:
        name, case = json.loads(line)
        if name not in warmed:
            warmed[name] = _warm(KINDS[name], home)
        outcome = Outcome("failed", warmed[name]) if warmed[name] else _tried(KINDS[name], case, seed, home)
        print(json.dumps(asdict(outcome)), file=answers, flush=True)
    return 0


def _warm(kind: Kind, home: Path) -> str:
    """Open every seed as it is, so that all modules are imported before the guard looks; why one could not be, or
    nothing.
    """
    for number in range(len(kind.seeds)):
        folder = _fresh(home)
        for name, content in kind.seeds[number].items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        main = folder if kind.main == "." else folder / next(n for n in kind.seeds[number] if n.endswith(kind.main))
        ended, said = _opened(kind, main)
        if ended != "opened":
            return f"a valid {kind.name} is not opened: {said}"
    return ""


def _tried(kind: Kind, case: str, seed: int, home: Path) -> Outcome:
    folder = _fresh(home)
    path = prepare(kind, case, seed, folder)
    opened = size(path)
    (home / "canary").unlink(missing_ok=True)
    os.chdir(folder)
    kept = dict(attachments._stored)
    seconds = guard.SECONDS + (
        0 if path.is_dir() or not path.exists() else min(path.stat().st_size, _WEIGHTS) / guard.RATE
    )
    with guard.watching(folder, seconds) as watch:
        ended, said = _opened(kind, path)
    os.chdir(home)
    problems = [*watch.seen, *(_told(home)), *(["a payload ran"] if (folder / SPRUNG).exists() else [])]
    memory = max(0, watch.memory - opened)
    if memory > guard.MEMORY:
        problems.append(f"it took {memory >> 20} MiB more than the file has")
    if watch.cpu > seconds and kind.nasties is None:
        problems.append(f"it took {watch.cpu:.1f} s")
    if ended == "refused" and (problem := wrong(said, path.name, str(folder))):
        problems.append(f"{problem}: {said!r}")
    gc.collect(0)
    attachments._stored.clear()
    attachments._stored.update(kept)
    return Outcome("failed" if problems else ended, "; ".join(problems) or said, watch.cpu, memory)


def _opened(kind: Kind, path: Path) -> tuple[str, str]:
    """How opening ended, as a word and a text."""
    try:
        return ("opened" if kind.open(path) else "missing"), ""
    except InputError as error:
        return "refused", str(error)
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-6:]
        frames = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(where))
        return "failed", f"{type(error).__name__}: {error!s:.150} ({frames})"


def _told(home: Path) -> list[str]:
    """What the processes did that were started."""
    try:
        return (home / "canary").read_text().splitlines()[:3]
    except FileNotFoundError:
        return []


def _fresh(home: Path) -> Path:
    """An empty folder for a case, the same path each time."""
    folder = home / "work"
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:  # some are that deep
        subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
