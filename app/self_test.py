"""Self-test: `latent-loupe --self-test` looks after everything that may be missing or broken on a machine in a minute.

Called by `__main__`. The engine's checks stand in `engine.self_test_drawing` and `self_test_files`; the window is
opened by `self_test_window` in a process of its own, as a graphics system that fails ends the whole process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.__main__ import SELF_TEST, display_problem

WINDOW_SECONDS = 300


def main(arguments: Sequence[str]) -> int:
    """Carry out every check and tell each on a line of its own: the exit code, 1 where one found a problem."""
    parser = argparse.ArgumentParser(prog=f"latent-loupe {SELF_TEST}", description="Test this installation.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        _keep_apart(home)
        from engine import self_test_drawing, self_test_files
        from engine.files import write_atomically
        from engine.self_test import as_json, carry_out

        results = []
        checks = self_test_drawing.CHECKS | self_test_files.CHECKS | {"the window": window}
        for name, check in checks.items():
            _show(f"{name} ...")
            result = carry_out(name, check, Path(home))
            results.append(result)
            _show("")
            mark = "failed" if result.problem else "ok"
            print(f"{mark:6} {result.seconds:6.1f} s  {name}: {result.problem or result.found}", flush=True)
    failed = sum(bool(result.problem) for result in results)
    seconds = sum(result.seconds for result in results)
    outcome = f"{failed} of {len(results)} checks failed" if failed else f"All {len(results)} checks passed"
    print(f"{outcome}, {seconds:.0f} s.")
    if asked.json:
        write_atomically(asked.json, as_json(results))
    return int(failed > 0)


def window(folder: Path) -> str:
    """That a window opens, draws, is worked with and closes; without a display, on Qt's platform offscreen."""
    from engine import separate
    from engine.self_test import need

    environment = dict(os.environ)
    if display_problem():
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [*separate.command("app.self_test_window"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=WINDOW_SECONDS)
    said = done.stderr.strip()[-500:]
    need(done.returncode == 0, f"The window's process ended with code {done.returncode}: {said}")
    return done.stdout.strip()


def _keep_apart(home: str) -> None:
    """Have this process and those that it starts keep settings, sessions and the like in `home`, not in the user's, and
    compute on one thread, as more are slower where the machine does other things.
    """
    os.environ.update({f"XDG_{kind}_HOME": home for kind in ("CONFIG", "DATA", "CACHE", "STATE")})
    os.environ["OMP_NUM_THREADS"] = "1"


def _show(doing: str) -> None:
    """Say on a terminal what is being done, until the next one."""
    if sys.stdout.isatty():
        print(f"\r\033[K{doing}", end="", flush=True)
