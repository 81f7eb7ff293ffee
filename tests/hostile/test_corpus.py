"""Hostile and broken files: none crashes, hangs, takes the machine's memory or has anything run. # spec: -

What stands here takes seconds; `python3 packaging/dev.py corpus`, and the slow test, try ten thousand.
"""

from __future__ import annotations

import sys

import pytest

from tests.hostile import runner
from tests.hostile.__main__ import handmade, mutated, table
from tests.hostile.kinds import KINDS

SHARDS = 2

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is watched by means of Linux")


def assert_all_ended_well(jobs: list[runner.Job], workers: int = 1) -> None:
    rows = runner.run(jobs, seed=0, workers=workers)
    failed = [f"{kind}, {case}: {said}" for kind, row in rows.items() for case, said in row.failed]
    assert not failed, "\n".join([table(rows), *failed[:20]])
    assert sum(row.cases for row in rows.values()) == len(jobs)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_none_of_the_files_does_harm(shard: int) -> None:
    kinds = [name for name, kind in KINDS.items() if kind.nasties is None][shard::SHARDS]
    assert_all_ended_well([*mutated(300, kinds), *handmade(kinds, large=False)])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_none_of_ten_thousand_files_does_harm() -> None:
    kinds = list(KINDS)
    assert_all_ended_well([*mutated(10_000, kinds), *handmade(kinds)], workers=2)
