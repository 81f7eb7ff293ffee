"""packaging/dev.py: sets up once, whatever interrupts it or starts beside it, and says what the system lacks."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "dev.py"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with its environment in a folder of its own and a set-up that takes no time."""
    spec = importlib.util.spec_from_file_location("dev", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    env = tmp_path / ".venv"
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    for name, path in (("ENV", env), ("PYTHON", env / "python"), ("LOCK", env / "lock"), ("STAMP", env / "stamp")):
        monkeypatch.setattr(module, name, path)
    module.installs = []  # type: ignore[attr-defined]

    def install(half_made: bool) -> None:
        module.installs.append(half_made)  # type: ignore[attr-defined]
        module.STAMP.write_text(module.UNFINISHED)
        module.PYTHON.touch()

    monkeypatch.setattr(module, "install", install)
    monkeypatch.setattr(module, "try_qt", lambda: "")
    monkeypatch.setattr(module, "has_fonts", lambda: True)
    return module


def fail(*_: Any, **__: Any) -> Any:
    raise AssertionError("this should not have been called")


def test_the_second_start_starts_nothing_but_the_verb(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(dev.os, "execv", lambda path, command: started.append(command) or sys.exit(0))
    monkeypatch.setattr(dev.os, "chdir", lambda folder: None)
    for name in ("run", "Popen"):
        monkeypatch.setattr(dev.subprocess, name, fail)
    for _ in range(2):
        with pytest.raises(SystemExit):
            dev.main(["test", "-m", "slow"])
        monkeypatch.setattr(dev, "try_qt", fail)
    assert started == [[str(dev.PYTHON), "-m", "pytest", "-m", "slow"]] * 2
    assert dev.installs == [False]


def test_a_change_of_the_pins_brings_up_to_date(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.set_up(qt=True)
    pins = tmp_path / "constraints.txt"
    pins.write_text("torch==0.0.1\n")
    monkeypatch.setattr(dev, "CONSTRAINTS", pins)
    dev.set_up(qt=True)
    dev.set_up(qt=True)
    assert dev.installs == [False, False]


def test_a_half_made_environment_is_made_anew(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    install = dev.install

    def interrupted(half_made: bool) -> None:
        install(half_made)
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "install", interrupted)
    assert dev.main(["lint"]) == 130
    monkeypatch.setattr(dev, "install", install)
    dev.set_up(qt=False)
    assert dev.installs == [False, True]


def test_what_is_left_of_an_environment_goes_but_its_lock_stays(
    tmp_path: Path, dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("dev_again", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    original = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(original)
    for name in ("ENV", "PYTHON", "LOCK", "STAMP"):
        monkeypatch.setattr(original, name, getattr(dev, name))
    (dev.ENV / "lib" / "package").mkdir(parents=True)
    (dev.ENV / "python").symlink_to(dev.ENV / "gone")
    dev.LOCK.touch()
    commands = []

    class Pip:
        stdout = iter(["Collecting torch\n"])
        returncode = 0

        def __enter__(self) -> Pip:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    def popen(command: list[str], **options: Any) -> Pip:
        commands.append(command)
        assert options["env"]["PIP_CONSTRAINT"].endswith("/packaging/constraints.txt")
        return Pip()

    monkeypatch.setattr(original.subprocess, "run", run)
    monkeypatch.setattr(original.subprocess, "Popen", popen)
    original.install(half_made=True)
    assert sorted(path.name for path in dev.ENV.iterdir()) == ["lock", "stamp"]
    assert dev.STAMP.read_text() == original.UNFINISHED
    assert commands[0][1:] == ["-m", "venv", str(dev.ENV)]
    assert f"{ROOT}[diffusers,test,lint]" in commands[1]


def test_the_bundle_has_its_tool_installed_first(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[list[str]] = []

    def follow(command: list[str], environment: dict[str, str]) -> None:
        assert environment["PIP_CONSTRAINT"].endswith("/packaging/constraints.txt")
        done.append(command[1:])

    monkeypatch.setattr(dev, "follow", follow)
    monkeypatch.setattr(dev, "start", lambda *arguments, folder: done.append([*arguments]) or 0)
    assert dev.main(["bundle", "--untested"]) == 0
    assert done == [["-m", "pip", "install", "--no-input", "PyInstaller"], ["packaging/bundle.py", "--untested"]]


def test_an_environment_that_lost_its_python_is_not_ready(dev: ModuleType) -> None:
    dev.set_up(qt=True)
    dev.PYTHON.unlink()
    dev.set_up(qt=True)
    assert len(dev.installs) == 2


def test_two_starts_at_once_install_once(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    install, inside, go_on = dev.install, threading.Event(), threading.Event()

    def slow(half_made: bool) -> None:
        inside.set()
        assert go_on.wait(10)
        install(half_made)

    monkeypatch.setattr(dev, "install", slow)
    waiting = threading.Event()
    monkeypatch.setattr(dev, "say", lambda text: waiting.set())
    threads = [threading.Thread(target=dev.set_up, args=(True,)) for _ in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    assert waiting.wait(10)
    go_on.set()
    for thread in threads:
        thread.join()
    assert dev.installs == [False]


def test_each_platform_is_tried_once(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(dev, "try_qt", lambda: tried.append(os.environ["QT_QPA_PLATFORM"]) or "")
    for platform in ("offscreen", "xcb", "offscreen", "xcb"):
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        dev.set_up(qt=True)
    assert tried == ["offscreen", "xcb"]
    assert dev.installs == [False]


@pytest.fixture
def lacking(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A Debian machine on which Qt finds no libEGL until something is installed."""
    installed: list[list[str]] = []
    monkeypatch.setattr(dev, "try_qt", lambda: "" if installed else "ImportError: libEGL.so.1")
    monkeypatch.setattr(dev, "loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev.sys, "platform", "linux")

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        installed.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dev.subprocess, "run", run)
    dev.installed = installed  # type: ignore[attr-defined]
    return dev


def test_root_gets_what_is_missing_installed(lacking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lacking.os, "geteuid", lambda: 0)
    lacking.set_up(qt=True)
    assert lacking.installed == [
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "libegl1"],
    ]


def test_others_are_told_the_command(
    lacking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lacking.os, "geteuid", lambda: 1000)
    assert lacking.main(["test"]) == 2
    said = capsys.readouterr().err
    assert "libEGL.so.1" in said
    assert "sudo apt-get install --yes --no-install-recommends libegl1" in said
    assert lacking.installed == []
    # The packages of Python were installed all the same, and are not made anew.
    assert lacking.main(["test"]) == 2
    assert lacking.installs == [False]


def test_elsewhere_the_libraries_are_named(
    lacking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lacking.shutil, "which", lambda name: None)
    assert lacking.main(["test"]) == 2
    assert "Qt needs libEGL.so.1: install it with your system's package manager" in capsys.readouterr().err


def test_a_machine_without_fonts_gets_some(lacking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lacking.os, "geteuid", lambda: 0)
    monkeypatch.setattr(lacking, "has_fonts", lambda: False)
    lacking.set_up(qt=True)
    assert lacking.installed[1][-1] == "fonts-dejavu-core"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_run_without_a_display_says_so_at_once() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    result = subprocess.run([sys.executable, SCRIPT, "run"], env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "QT_QPA_PLATFORM=offscreen" in result.stderr


def test_an_old_python_is_told_so() -> None:
    code = f"import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path({str(SCRIPT)!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("Latent Loupe needs Python 3.11 or newer")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["tset"], 2), (["--help"], 0)])
def test_help_names_every_verb(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    assert dev.main(arguments) == code
    captured = capsys.readouterr()
    assert all(f"\n  {verb} " in captured.out + captured.err for verb in dev.VERBS)
    assert dev.installs == []
