"""The budget of placing particles on the map of digits, each time in a process that has just started.

Called by `engine.bench`; `python -m engine.bench_map` is such a process. The window's opening of it is `app.bench`'s.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterator

from engine import separate
from engine.bench import Row

_STARTS = 3
_PARTICLES = 100


def rows() -> Iterator[Row]:
    """The budgets, one after the other."""
    starts = [_cold() for _ in range(_STARTS)]
    first, others = [times[0] for times in starts], [time for times in starts for time in times[1:]]
    how = f"digits-ideal, median of {_STARTS} cold processes, after a Run in each"
    yield Row(f"the map read and {_PARTICLES} particles placed on it: the first step", _ms(first), "ms", 1000, how)
    how = f"the same starts, median of {len(others)} steps after the first; the longest {1000 * max(others):.0f} ms"
    yield Row(f"{_PARTICLES} particles placed on the map: a step", _ms(others), "ms", 50, how)


def _ms(seconds: list[float]) -> float:
    return 1000 * statistics.median(seconds)


def _cold() -> list[float]:
    """Seconds that each step took in a process of its own."""
    command = separate.command("engine.bench_map")
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"placing particles failed: {done.stderr.strip()[-2000:]}")
    times: list[float] = json.loads(done.stdout)
    return times


def main() -> None:
    """Draw a Run, place its particles at each step, and print the seconds that each took."""
    from engine.analysis import basemap
    from engine.analysis.placing import place
    from engine.execute import record
    from engine.models.catalogue import named
    from engine.run import Run

    info = named("digits-ideal")
    run = Run(model=info.reference).replace(latents={"count": _PARTICLES})
    *_, trajectory = record(run, info.build())
    times = []
    start = time.perf_counter()
    for _ in place(trajectory, basemap.bundled(), info, trajectory.last):
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
    print(json.dumps(times))


if __name__ == "__main__":
    main()
