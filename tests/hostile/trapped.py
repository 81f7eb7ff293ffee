"""Folders that are traps: links that leave them or go round, thousands of entries, depths without end.

Called by `cases`, for the kinds that are folders. What lies in the folder outside must not be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

SECRET = "secret.png"


def lay(outside: Path) -> None:
    """What lies outside: a picture that nobody may come by, and a pipe."""
    (outside / SECRET).write_bytes(_PICTURE)
    os.mkfifo(outside / "pipe")


_PICTURE = b"P6 8 8 255\n" + bytes(192)


def _links_out(inside: Path, outside: Path) -> None:
    (inside / "link.png").symlink_to(outside / SECRET)
    (inside / "relative.png").symlink_to(f"../outside/{SECRET}")
    (inside / "out").symlink_to(outside, target_is_directory=True)


def _only_links_out(inside: Path, outside: Path) -> None:
    for path in sorted(inside.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    _links_out(inside, outside)


def _links_round(inside: Path, _: Path) -> None:
    (inside / "again").symlink_to(inside, target_is_directory=True)
    (inside / "one.png").symlink_to("two.png")
    (inside / "two.png").symlink_to("one.png")


def _many(inside: Path, _: Path) -> None:
    for number in range(5000):
        (inside / f"{number}.png").write_bytes(b"")


def _deep(inside: Path, _: Path) -> None:
    here = os.getcwd()
    os.chdir(inside)
    try:
        for _depth in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("deep.png").write_bytes(_PICTURE)
    finally:
        os.chdir(here)


def _pipes(inside: Path, outside: Path) -> None:
    for number, ending in enumerate((".png", ".jpg", ".json", ".safetensors", ".npy", ".bin", "")):
        os.mkfifo(inside / f"pipe{ending}")
        (inside / f"{number}{ending}").symlink_to(outside / "pipe")


def _named(inside: Path, _: Path) -> None:
    for name in (b"a\nb.png", b"\xff\xfe.png", "\u202egnp.png".encode(), b"-rf.png", b"%s%n.png", b"n" * 250 + b".png"):
        (inside / os.fsdecode(name)).write_bytes(b"broken")


FOLDERS: dict[str, Callable[[Path, Path], None]] = {
    "links that leave the folder": _links_out,
    "nothing but links that leave it": _only_links_out,
    "links that go round": _links_round,
    "5,000 empty pictures": _many,
    "1,500 folders deep": _deep,
    "pipes": _pipes,
    "odd names": _named,
}
