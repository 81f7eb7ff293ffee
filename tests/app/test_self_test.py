"""`latent-loupe --self-test`: a line a check, an exit code, a file of results; the window's part in its own process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from app import self_test
from app.__main__ import SELF_TEST, main
from engine import self_test_drawing, self_test_files, separate


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a check that passes, and no other environment."""
    monkeypatch.setattr(self_test_drawing, "CHECKS", {"versions": self_test_drawing.versions})
    monkeypatch.setattr(self_test_files, "CHECKS", {})
    monkeypatch.setattr(self_test, "window", lambda folder: "it opened")
    monkeypatch.setattr(self_test, "_keep_apart", lambda home: None)


@pytest.mark.usefixtures("few")
def test_each_check_is_a_line_and_all_of_them_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SELF_TEST, "--json", str(tmp_path / "results.json")]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("ok ")
    assert " s  versions: Python 3." in first
    assert second.endswith("the window: it opened")
    assert last.startswith("All 2 checks passed, ")
    told = json.loads((tmp_path / "results.json").read_text())
    assert told["passed"] is True
    assert [check["name"] for check in told["checks"]] == ["versions", "the window"]


@pytest.mark.usefixtures("few")
def test_one_that_fails_decides_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(self_test, "window", lambda folder: 1 / 0)
    assert main([SELF_TEST]) == 1
    said = capsys.readouterr().out
    assert "failed" in said
    assert "the window: ZeroDivisionError" in said
    assert "1 of 2 checks failed" in said


def test_a_window_whose_process_dies_is_a_failed_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.self_test import carry_out

    monkeypatch.setattr(separate, "command", lambda module: ["sh", "-c", "echo no display >&2; exit 134"])
    problem = carry_out("the window", self_test.window, tmp_path).problem
    assert problem == "The window's process ended with code 134: no display"


def test_a_library_that_is_not_the_bundles_is_named() -> None:
    from app.self_test_window import strangers

    program, line = Path("/opt/loupe/latent-loupe"), "7f00-7f01 r-xp 00000000 08:01 1 "
    fine = ["/opt/loupe/_internal/python3.11/lib-dynload/x.so", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld.so.2"]
    wrong = ["/usr/lib/python3/dist-packages/y.so", "/home/me/.venv/lib/python3.11/site-packages/z.so.1"]
    maps = "\n".join(["7f00-7f01 rw-p 00000000 00:00 0 ", *(line + file for file in [*fine, *wrong, *fine])])
    assert strangers(maps, program) == sorted(wrong)


@pytest.mark.slow
def test_a_checkout_passes(tmp_path: Path) -> None:
    """Without a display, and with a home that must stay as it is."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    home, results = tmp_path / "home", tmp_path / "results.json"
    home.mkdir()
    command = [*separate.command("app"), SELF_TEST, "--json", str(results)]
    done = subprocess.run(command, env={**environment, "HOME": str(home)}, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(results.read_text())["passed"] is True
    assert list(home.rglob("*.ini")) == []
