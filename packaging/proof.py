"""The proof that a bundle needs no Python: it runs where there is none. Called by `bundle.py` when one is made.

On Linux, where a folder may be made the root of a process, that is one with the bundle, the system's libraries that it
names, and nothing else: no shell, no Python, no fonts. Elsewhere only the environment is empty.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

LIMIT = 600
"""Seconds that the self-test may take, on a machine that does other things too."""

SAMPLE = ("sample", "--model", "ring", "--count", "50", "--steps", "12", "--out", "/tmp/run.npz")
"""The program's main job, in small."""

KEPT = ("HOME", "SYSTEMROOT", "USERPROFILE", "LOCALAPPDATA", "TEMP")
"""What stays of the environment where the root does: without these no program of the system starts."""

PORTION = 100
"""Files that ldd is asked about at once."""

_FOUND = re.compile(r"=> (/\S+) \(")
_LOADER = re.compile(r"^\s*(/\S+) \(", re.MULTILINE)
_INSIDE = "/opt/latent-loupe"


def prove(folder: Path, program: str) -> int:
    """Run `program` of the bundle in `folder`: its self-test, then `SAMPLE`. The exit code of what fails, or 0."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        if not sys.platform.startswith("linux") or not may_change_root():
            print("No folder can be made the root of a process here: only the environment is empty.", flush=True)
            out = ("--out", str(Path(place, "run.npz")))
            commands = [[str(folder / program), "--self-test"], [str(folder / program), *SAMPLE[:-2], *out]]
            return run(commands, {name: os.environ[name] for name in KEPT if name in os.environ})
        root = Path(place)
        furnish(root, folder)
        print("It runs in a root of its own, where there is nothing else but what it needs of the system:", flush=True)
        print(", ".join(sorted(path.name for path in libraries(folder))), flush=True)
        commands = [inside(root, [f"{_INSIDE}/{program}", *words]) for words in (["--self-test"], SAMPLE)]
        return run(commands, {"HOME": "/tmp"})


def run(commands: Sequence[Sequence[str]], environment: dict[str, str]) -> int:
    """Run one after the other, while they succeed."""
    for command in commands:
        if code := subprocess.run(command, env=environment, timeout=LIMIT).returncode:
            return code
    return 0


def may_change_root() -> bool:
    """Whether this process may give another one its own root, as root or by a user namespace."""
    tried = subprocess.run([*unshare(), "/bin/true"], stderr=subprocess.DEVNULL) if shutil.which("unshare") else None
    return tried is not None and tried.returncode == 0


def unshare() -> list[str]:
    """The command that runs another with mounts of its own."""
    return ["/usr/bin/unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def inside(root: Path, command: Sequence[str]) -> list[str]:
    """The command that runs `command` with `root` as its root, with the kernel's /proc and a few devices."""
    mounts = [
        f"/bin/mount --rbind /proc '{root}/proc'",
        *(f"/bin/mount --bind {each} '{root}{each}'" for each in DEVICES),
    ]
    words = " ".join(f"'{word}'" for word in command)
    return [*unshare(), "/bin/sh", "-c", " && ".join([*mounts, f"exec /usr/sbin/chroot '{root}' {words}"])]


DEVICES = ("/dev/null", "/dev/urandom")


def furnish(root: Path, folder: Path) -> None:
    """Fill `root` with the bundle and the libraries of the system that it needs."""
    shutil.copytree(folder, root / _INSIDE[1:], symlinks=True, copy_function=os.link)
    for library in libraries(folder):
        target = root / str(library)[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    for name in ("proc", "tmp", "dev"):
        (root / name).mkdir()
    for device in DEVICES:
        (root / device[1:]).touch()


def libraries(folder: Path) -> set[Path]:
    """The libraries outside of the bundle that its program and libraries name, and the loader that finds them.

    The program itself is linked before it says where its libraries lie, the others after that.
    """
    binaries = sorted(each for each in folder.rglob("*") if _is_elf(each))
    programs = [binary for binary in binaries if binary.parent == folder]
    found = _linked(programs, {}) | _linked(binaries, {"LD_LIBRARY_PATH": str(folder / "_internal")})
    return {path for path in found if not path.is_relative_to(folder)}


def _linked(binaries: Sequence[Path], environment: dict[str, str]) -> set[Path]:
    """What the loader takes for what they name."""
    found: set[Path] = set()
    for start in range(0, len(binaries), PORTION):
        command = ["/usr/bin/ldd", *map(str, binaries[start : start + PORTION])]
        said = subprocess.run(command, env=environment, capture_output=True, text=True).stdout
        found |= {Path(path) for path in _FOUND.findall(said) + _LOADER.findall(said)}
    return found


def _is_elf(file: Path) -> bool:
    if not file.is_file() or file.is_symlink():
        return False
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"
