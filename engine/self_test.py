"""Self-test: what a check of an installation is, and how one is carried out. `latent-loupe --self-test`.

A check works in a folder that is thrown away, says in a few words what it found, and raises `Failed` with a sentence.
Those of the engine stand in `self_test_drawing` and `self_test_files`; `app.self_test` adds the window. No Qt.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Check = Callable[[Path], str]


class Failed(Exception):  # noqa: N818 - it is what a check finds
    """What was found wrong, as a sentence."""


@dataclass(frozen=True)
class Result:
    """What came of a check: what it `found`, or the `problem` as a sentence, after so many `seconds`."""

    name: str
    seconds: float
    found: str = ""
    problem: str = ""


def carry_out(name: str, check: Check, folder: Path) -> Result:
    """What comes of it in an empty folder inside `folder`; an error of any kind is a problem of this check alone."""
    own = folder / name.replace(" ", "-")
    own.mkdir()
    begun = time.perf_counter()
    found = problem = ""
    try:
        found = check(own)
    except Failed as failed:
        problem = str(failed)
    except Exception as error:
        problem = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
    return Result(name, time.perf_counter() - begun, found, problem)


def need(holds: object, sentence: str) -> None:
    """Raise `Failed` with the sentence unless it holds."""
    if not holds:
        raise Failed(sentence)


def as_json(results: Sequence[Result]) -> bytes:
    """What `--json` writes: whether all passed, and each result."""
    content = {"passed": not any(result.problem for result in results), "checks": [vars(each) for each in results]}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
