"""The monkey test: a seeded monkey uses the whole window for minutes while sampling and training run.

`python3 packaging/dev.py monkey [--minutes 10] [--seed 0] [--json FILE]` and the tests call it. The game (`play`) runs
in a process of its own, with settings and folders of its own, so that a crash is seen and told with what led to it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FLAT = 5.0
"""MiB a minute up to which memory counts as flat: the slope at rest over the second half."""

GAME = ("-m", "tests.endurance.play")
"""What Python runs."""

LAST = 12
"""Actions that are told of a game that died."""

CLOSING = 180
"""Seconds that a game may take beyond its time, to start, to rest and to close, before it counts as hanging."""


def play(folder: Path, **options: Any) -> dict[str, Any]:
    """Let the monkey play in `folder`, which is empty, with the `Options` of `play`: its `Report`, as a dictionary.

    A game that died or hung has that as its last problem. What the game printed is in `said.txt`, its actions in
    `actions.jsonl`.
    """
    for name in ("home", "config", "data", "cache", "tmp"):
        (folder / name).mkdir()
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        **{f"XDG_{name.upper()}_HOME": str(folder / name) for name in ("config", "data", "cache")},
    }
    command = [sys.executable, *GAME, str(folder), json.dumps(options)]
    with (folder / "said.txt").open("w") as said:
        try:
            limit = options.get("seconds", 600.0) + CLOSING
            code = subprocess.run(command, env=environment, stdout=said, stderr=said, timeout=limit).returncode
        except subprocess.TimeoutExpired:
            code = None
    path = folder / "report.json"
    report: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"problems": []}
    if code != 0:
        report["problems"].append(
            {"kind": _end(code), "text": _last_words(folder), "action": report.get("actions", -1)}
        )
    return report


def passed(report: Mapping[str, Any]) -> bool:
    """Whether nothing went wrong and memory is flat, as far as the game was long enough to say."""
    return not report["problems"] and (report.get("growth") is None or report["growth"] < FLAT)


def tell(report: Mapping[str, Any]) -> str:
    """The report for people, a line each."""
    lines = [f"problem after action {each['action']}: {each['kind']}: {each['text']}" for each in report["problems"]]
    if "samples" not in report:
        return "\n".join(lines)
    gaps = sorted((gap["milliseconds"] for gap in report["gaps"]), reverse=True)
    rests = [sample for sample in report["samples"] if sample["rested"]]
    lines += [
        f"seed {report['seed']}: {report['actions']} actions in {report['seconds']:.0f} s "
        f"({', '.join(f'{count} {kind}' for kind, count in sorted(report['kinds'].items()))})",
        f"{report['runs_drawn']} Runs asked for, {report['steps_trained']} steps trained in the last training",
        f"{sum(report['sentences'].values())} sentences about errors, {len(report['sentences'])} different",
        f"{len(gaps)} gaps of the event loop over 1 s, the longest {gaps[0] / 1000 if gaps else 0:.1f} s",
        "memory at rest, MiB: " + ", ".join(f"{each['resident'] - each['trajectories']:.0f}" for each in rests),
        "widgets at rest: " + ", ".join(str(each["widgets"]) for each in rests),
        "growth over the second half: "
        + ("too short to say" if report["growth"] is None else f"{report['growth']:+.1f} MiB a minute"),
        "passed" if passed(report) else "FAILED",
    ]
    return "\n".join(lines)


def _end(code: int | None) -> str:
    if code is None:
        return "hangs"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _last_words(folder: Path) -> str:
    """What a game said last and what it did last."""
    log = folder / "actions.jsonl"
    actions = log.read_text(encoding="utf-8").splitlines()[-LAST:] if log.exists() else []
    return "\n".join([(folder / "said.txt").read_text(errors="replace")[-6000:], *actions])


def main(arguments: Sequence[str] | None = None) -> int:
    """Play as the command line says; 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(prog="monkey", description="Use the whole window at random, under a seed.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="which game (default: 0)")
    parser.add_argument("--count", type=int, help="end after so many actions")
    parser.add_argument("--actions", type=Path, metavar="FILE", help="repeat the actions in this log")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the log of the actions here")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    asked = parser.parse_args(arguments)
    replay = None if asked.actions is None else str(asked.actions.absolute())
    with tempfile.TemporaryDirectory() as folder:
        report = play(Path(folder), seed=asked.seed, seconds=60 * asked.minutes, count=asked.count, replay=replay)
        if asked.log is not None and (Path(folder) / "actions.jsonl").exists():
            asked.log.write_bytes((Path(folder) / "actions.jsonl").read_bytes())
    if asked.json is not None:
        asked.json.write_text(json.dumps(report, indent=2))
    print(tell(report))
    return 0 if passed(report) else 1


if __name__ == "__main__":
    sys.exit(main())
