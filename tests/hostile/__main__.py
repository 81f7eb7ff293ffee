"""`python -m tests.hostile`, which `python3 packaging/dev.py corpus` calls: tries the cases and prints a table.

Exit code 1 if a case failed; its files are kept then, and the line says how to try it alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.hostile import runner
from tests.hostile.cases import by_hand, prepare
from tests.hostile.kinds import KINDS
from tests.hostile.runner import Job, Row

_SHOWN = 60
"""Failures of which the files are kept."""


def main(arguments: list[str]) -> int:
    """Try what is asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py corpus", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="mutated files, beside those made by hand")
    parser.add_argument("--seed", type=int, default=0, help="all cases follow from it")
    parser.add_argument("--kind", choices=KINDS, help="only of this kind")
    parser.add_argument("--case", help="only this one, of a kind: its number or its name")
    parser.add_argument("--json", type=Path, help="write the table as JSON")
    parser.add_argument("--log", type=Path, help="write how each case ended, one a line")
    asked = parser.parse_args(arguments)
    kinds = [asked.kind] if asked.kind else list(KINDS)
    jobs = [(asked.kind, asked.case)] if asked.case else [*mutated(asked.cases, kinds), *handmade(kinds)]
    began = time.perf_counter()
    rows = runner.run(jobs, asked.seed, workers=min(2, os.cpu_count() or 1), said=asked.log)
    print(table(rows))
    print(f"{sum(row.cases for row in rows.values()):,} cases in {time.perf_counter() - began:.0f} s.")
    if asked.json:
        asked.json.write_text(json.dumps({kind: asdict(row) for kind, row in rows.items()}, indent=2) + "\n")
    return _failures(rows, asked.seed)


def mutated(count: int, kinds: list[str]) -> list[Job]:
    """`count` mutated files, by the kinds' shares."""
    shares = {kind: KINDS[kind].share for kind in kinds}
    each = count / max(sum(shares.values()), 1e-9)
    return [(kind, str(number)) for kind in kinds for number in range(-int(-each * shares[kind] // 1))]


def handmade(kinds: list[str], *, large: bool = True) -> list[Job]:
    """Those made by hand; without `large`, every sixth of those that take no second to make."""
    jobs = [(kind, case) for kind in kinds for case in by_hand(KINDS[kind], large=large)]
    return jobs if large else jobs[::6]


def table(rows: dict[str, Row]) -> str:
    """What became of all, a line a kind."""
    lines = [
        "| file | cases | refused | opened | failed | slowest, CPU s | most memory, MiB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, row in rows.items():
        lines.append(
            f"| {kind} | {row.cases:,} | {row.refused:,} | {row.opened:,} | {len(row.failed)} | {row.cpu:.2f} | "
            f"{row.memory / 2**20:.0f} |"
        )
    return "\n".join(lines)


def _failures(rows: dict[str, Row], seed: int) -> int:
    failed = [(kind, case, said) for kind, row in rows.items() for case, said in row.failed]
    for kind, case, said in failed[:_SHOWN]:
        folder = Path(tempfile.mkdtemp(prefix="hostile-case-"))
        prepare(KINDS[kind], case, seed, folder)
        print(
            f"\n{kind}, {case}: {said}\n  in {folder}; again: "
            f"dev.py corpus --seed {seed} --kind {kind!r} --case {case!r}"
        )
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
