"""The faults of the machine, one after the other: `python3 packaging/dev.py faults [--json FILE]`, and the tests.

Each case says what fails, where, and does it; it raises `AssertionError` if something is lost or not said.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from engine.experiments.table import aligned
from tests.endurance import machine, storage
from tests.endurance.disks import Full, ReadOnly, Simulated, can_mount, mounted


@dataclass(frozen=True)
class Case:
    """What fails (`fault`) and what is done meanwhile (`where`); `check(folder)` does it in an empty folder."""

    fault: str
    where: str
    check: Callable[[Path], None]


@dataclass(frozen=True)
class Outcome:
    """What became of a case: `problem` is empty where nothing was lost and all was said."""

    fault: str
    where: str
    problem: str
    seconds: float


def cases(disks: bool) -> Iterator[Case]:
    """All of them; with `disks` on disks that are mounted for it, else on a simulated one."""
    for fault, fail in machine.NO_MEMORY.items():
        for check in (
            machine.smaller_blocks,
            machine.no_block_is_small_enough,
            machine.guided,
            machine.scrubbed,
            machine.inverted,
            machine.measured,
        ):
            yield Case(fault, _where(check), partial(_apart, partial(check, fail)))
        yield Case(fault, _where(machine.trained), partial(machine.trained, fail))
    for alone in (machine.drawn_on_the_cpu, machine.gone_for_good, machine.inverted_on_the_cpu):
        yield Case("the GPU disappears", _where(alone), partial(_apart, alone))
    for kept in (machine.measured_on_the_cpu, machine.trained_on_the_cpu, machine.sampled_on_the_cpu):
        yield Case("the GPU disappears", _where(kept), kept)
    for where, writer in storage.WRITERS.items():
        if not disks:
            yield Case("a full disk, simulated", where, partial(_simulated, writer))
        for kind in (Full, ReadOnly) if disks else ():
            yield Case(kind.kind, where, partial(_on_disk, kind, writer))


def carry_out(case: Case) -> Outcome:
    """Do it in a folder of its own."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            case.check(Path(folder))
            problem = ""
        except Exception as error:
            problem = f"{type(error).__name__}: {error}".strip()
    return Outcome(case.fault, case.where, problem, round(time.perf_counter() - begun, 2))


def _where(check: Callable[..., None]) -> str:
    return check.__name__.replace("_", " ")


def _apart(check: Callable[[], None], _: Path) -> None:
    """A check that needs no folder."""
    check()


def _simulated(writer: storage.Writer, folder: Path) -> None:
    place = folder / "disk"
    place.mkdir()
    storage.keeps_its_word(writer, Simulated(place))


def _on_disk(kind: type[Full] | type[ReadOnly], writer: storage.Writer, folder: Path) -> None:
    with mounted(kind, folder / "disk") as disk:
        storage.keeps_its_word(writer, disk)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry them out and print a table; 0 where all went well."""
    parser = argparse.ArgumentParser(prog="faults", description="Let the machine fail, and see that nothing is lost.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes here")
    asked = parser.parse_args(arguments)
    logging.disable(logging.ERROR)  # what is expected to fail is not to be told twice
    disks = can_mount()
    outcomes = [carry_out(case) for case in cases(disks)]
    told = [(each.fault, each.where, each.problem or "well", f"{each.seconds:.2f} s") for each in outcomes]
    print(aligned([("fault", "where", "outcome", ""), *told]))
    if not disks:
        print("\nNo disk can be mounted here (that takes root on Linux): a full one was simulated, none was read-only.")
    wrong = sum(bool(each.problem) for each in outcomes)
    print(f"\n{len(outcomes)} faults, {wrong} with losses" if wrong else f"\n{len(outcomes)} faults, nothing lost")
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=2))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
