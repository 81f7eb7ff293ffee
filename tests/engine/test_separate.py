"""Processes of their own: a module is started the same way from a checkout and from the bundle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from engine import separate


def test_python_runs_the_module_and_nothing_of_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "pydantic.py").write_text("raise SystemExit('a stranger was imported')")
    command = [*separate.command("engine.cli"), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("latent-loupe ")


def test_in_the_bundle_the_program_itself_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/latent-loupe/latent-loupe")
    assert separate.command("engine.cli") == ["/opt/latent-loupe/latent-loupe", "-m", "engine.cli"]


def test_the_program_runs_a_module_as_python_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "told.py").write_text("import sys\nprint(__name__, sys.argv[1:])\nsys.exit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", ["latent-loupe"])
    with pytest.raises(SystemExit) as ended:
        main(["-m", "told", "--folder", "x"])
    assert ended.value.code == 3
    assert capsys.readouterr().out == "__main__ ['--folder', 'x']\n"


def test_without_a_module_it_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-m"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
