"""The runner: hands cases to worker processes, takes up where one is ended, and counts. Called by `__main__` and tests.

The cases follow from the seed; in which worker one runs makes no difference.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]

Job = tuple[str, str]
"""Kind and case."""

_ENDED: dict[int, str] = {
    signal.SIGPROF: "took over 5 s of CPU time",
    signal.SIGALRM: "waited over 60 s",
    signal.SIGKILL: "was killed",
}
_STACK = 12  # lines of what a process said before it ended


@dataclass
class Row:
    """What became of the cases of one kind; of `failed` each is (case, what is wrong)."""

    cases: int = 0
    opened: int = 0
    refused: int = 0
    cpu: float = 0.0
    memory: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, case: str, ended: str, said: str, cpu: float, memory: int) -> None:
        """Count one; a file that counts as missing is refused."""
        self.cases += 1
        self.opened += ended == "opened"
        self.refused += ended in ("refused", "missing")
        self.cpu, self.memory = max(self.cpu, cpu), max(self.memory, memory)
        if ended == "failed":
            self.failed.append((case, said))


def run(jobs: Sequence[Job], seed: int, *, workers: int = 1, said: Path | None = None) -> dict[str, Row]:
    """Try all `jobs`; a Row for each kind. With `said`, every case's outcome is written there, one a line."""
    rows: dict[str, Row] = {}
    lock = threading.Lock()
    shares = [jobs[place::workers] for place in range(workers)]
    with (said or Path(os.devnull)).open("w") as log, ThreadPoolExecutor(workers) as pool:

        def count(share: Sequence[Job]) -> None:
            for (kind, case), outcome in _answered(share, seed):
                with lock:
                    rows.setdefault(kind, Row()).add(case, **outcome)
                    print(json.dumps([kind, case, outcome]), file=log, flush=True)

        list(pool.map(count, shares))
    return dict(sorted(rows.items()))


def _answered(jobs: Iterable[Job], seed: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Each job with its outcome. A worker that ends without an answer is the outcome, and another one goes on."""
    waiting = sorted(jobs, reverse=True)
    while waiting:
        with _home() as home, (home / "said").open("wb") as errors, _worker(home, seed, errors) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            line = "{}"
            while waiting and line:
                job = waiting.pop()
                with contextlib.suppress(BrokenPipeError):
                    print(json.dumps(job), file=worker.stdin, flush=True)
                if line := worker.stdout.readline():
                    yield job, json.loads(line)
            with contextlib.suppress(BrokenPipeError):
                worker.stdin.close()
            if not line:
                yield job, {"ended": "failed", "said": _why(worker.wait(), home / "said"), "cpu": 0.0, "memory": 0}


def _worker(home: Path, seed: int, errors: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.hostile.worker", str(home), str(seed)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """A folder for a worker; Python's own way to remove it fails for folders as deep as some cases make them."""
    home = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        yield home
    finally:
        subprocess.run(["rm", "-rf", home], check=True)


def _why(code: int, said: Path) -> str:
    """Why a worker ended."""
    stack = said.read_text(errors="replace").strip().splitlines()[-_STACK:]
    return f"the process {_ENDED.get(-code, f'ended with code {code}')}: {' | '.join(stack)}"
