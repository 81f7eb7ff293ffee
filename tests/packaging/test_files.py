"""The files a stranger starts from: the README's commands, what CI runs, and the pins."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEST_COMMAND = "python3 packaging/dev.py test"
PIN = re.compile(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+")

LATER = {"umap-learn", "scipy", "pooch", "scikit-image", "pot", "torchode", "av"}
"""Dependencies the design names that nothing asks for yet."""


def lines_of(name: str) -> list[str]:
    return [line.strip() for line in (ROOT / name).read_text().splitlines()]


def pinned() -> dict[str, str]:
    lines = [line for line in lines_of("packaging/constraints.txt") if line and not line.startswith("#")]
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    return dict(line.lower().replace("_", "-").split("==") for line in lines)


def test_ci_runs_the_command_of_the_readme() -> None:
    assert TEST_COMMAND in lines_of("README.md")
    assert "python3 packaging/dev.py run" in lines_of("README.md")
    assert TEST_COMMAND in lines_of(".ci/run")


@pytest.mark.parametrize(
    ("slow", "first", "code", "calls"),
    [(0, 0, 0, 3), (5, 0, 0, 3), (1, 0, 1, 2), (0, 1, 1, 1), (0, 5, 5, 1)],
)
def test_ci_passes_only_if_everything_passes(tmp_path: Path, slow: int, first: int, code: int, calls: int) -> None:
    """With a python3 that notes its arguments: pytest's code 5, no tests, is right for the slow ones alone."""
    fake, log = tmp_path / "python3", tmp_path / "log"
    fake.write_text(
        f'#!/bin/sh\necho "$*" >> {log}\ncase "$*" in *slow*) exit {slow};; *test) exit {first};; esac\nexit 0\n'
    )
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(["bash", ROOT / ".ci" / "run"], env=environment, stdin=subprocess.DEVNULL)
    assert result.returncode == code
    wanted = ["test", "test -m slow -n 0", "lint"]
    assert log.read_text().splitlines() == [f"packaging/dev.py {verb}" for verb in wanted[:calls]]


def test_ci_can_be_executed() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    names = {re.split(r"[=<>~! \[;]", requirement)[0].lower() for requirement in asked}
    assert (names | LATER) - set(pinned()) == set()


def test_the_set_up_installs_every_extra() -> None:
    """So that no test has to be left out for want of one."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (asked,) = re.findall(r"\{ROOT\}\[([a-z,]+)\]", (ROOT / "packaging" / "dev.py").read_text())
    assert set(asked.split(",")) == set(extras)


def test_what_must_not_move_is_pinned_where_it_was_measured() -> None:
    versions = pinned()
    assert versions["torch"] == "2.13.0"
    assert versions["pyside6-essentials"] == versions["shiboken6"] == "6.10.3"
