"""The guard itself: what a reader must not do is seen, so that a corpus without failures says something."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.hostile import runner
from tests.hostile.payloads import PICKLES, SPRUNG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is watched by means of Linux")

_PROGRAM = """
import json, os, pickle, subprocess, sys, time
from pathlib import Path
from tests.hostile import guard, worker
from tests.hostile.kinds import Kind

guard.SECONDS, guard.WAITING = 2.0, 30.0
guard.install()
home = Path(sys.argv[1])
(home / "seed").write_bytes(b"x")

def open_(path):
    {body}
    return True

kind = Kind("odd", lambda: [{{"file": b"x"}}], open_, "")
print(json.dumps(worker._tried(kind, "one byte @ 0", 0, home).__dict__))
"""


def ended(folder: Path, body: str) -> dict[str, object]:
    """The outcome of a case whose reader does that."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(body=body), str(folder)], cwd=runner.ROOT, capture_output=True, text=True
    )
    if done.returncode:
        return {"ended": "killed", "said": done.stderr, "code": done.returncode}
    outcome: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return outcome


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("pass", ""),
        ("raise ValueError('no sentence')", "ValueError: no sentence"),
        ("from engine.errors import InputError; raise InputError('Bad')", "does not say what to do"),
        ("from engine.errors import InputError; raise InputError(f'{path} is bad: mend it.')", "names a path"),
        ("os.system('true')", "os.system"),
        ("subprocess.run(['true'])", "started ['true']"),
        ("exec(compile('1', 'foreign', 'exec'))", "ran code of foreign"),
        ("pickle.loads(b'cos\\nsystem\\n.')", "pickle.find_class"),
        ("(path.parents[2] / 'beside').write_bytes(b'')", "wrote "),
        ("(path.parent.parent / 'outside' / 'secret.png').read_bytes()", "reached "),
        ("bytearray(2**30 + 2**27)", "MiB more than the file has"),
    ],
)
def test_what_a_reader_must_not_do_is_seen(tmp_path: Path, body: str, seen: str) -> None:
    outcome = ended(tmp_path, body)
    assert outcome["ended"] == ("failed" if seen else "opened")
    assert seen in str(outcome["said"])


@pytest.mark.slow
def test_a_reader_without_end_is_ended_with_its_stack(tmp_path: Path) -> None:
    outcome = ended(tmp_path, "\n    while True: pass")
    assert outcome["ended"] == "killed"
    assert "in open_" in str(outcome["said"])


@pytest.mark.parametrize("name", [name for name in PICKLES if name.startswith(("pickle of protocol", "pickle of e"))])
def test_the_payloads_are_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    pickle.loads(PICKLES[name]())
    assert (tmp_path / SPRUNG).exists()


def test_the_cases_follow_from_the_seed(tmp_path: Path) -> None:
    from tests.hostile.cases import prepare
    from tests.hostile.kinds import KINDS

    made: list[dict[str, int]] = []
    for seed in (0, 0, 1):
        sums = {}
        for case in range(20):
            folder = tmp_path / f"{len(made)}-{case}"
            folder.mkdir()
            sums[str(case)] = zlib.crc32(prepare(KINDS["run.json"], str(case), seed, folder).read_bytes())
        made.append(sums)
    assert made[0] == made[1] != made[2]
