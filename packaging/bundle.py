"""The bundle: a folder with the program and all that it needs, for machines without Python. Called by `dev.py bundle`.

`build/` holds what is made on the way, `dist/latent-loupe` the folder: the program, `_internal` with its libraries, the
licences of all of it, and what puts it into the desktop's menu. The recipe is `latent-loupe.spec`.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from proof import prove
from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
BUILD, DIST = ROOT / "build", ROOT / "dist"
FOLDER = DIST / "latent-loupe"
PROGRAM = "latent-loupe.exe" if sys.platform == "win32" else "latent-loupe"
ICON = ROOT / "assets" / "icon.svg"

SIZES = (16, 24, 32, 48, 64, 128, 256)
"""Pixels of the icons for Windows; macOS takes the largest one of `LARGE`."""

LARGE = 1024


def main(arguments: Sequence[str]) -> int:
    """Make the bundle and see that it runs where there is no Python; "--untested" leaves that out. The exit code."""
    from PyInstaller.__main__ import run  # which `dev.py` installs for this alone

    BUILD.mkdir(exist_ok=True)
    draw_icons(BUILD)
    recipe = str(ROOT / "packaging" / "latent-loupe.spec")
    places = ["--workpath", str(BUILD), "--distpath", str(DIST)]
    run([recipe, "--noconfirm", "--log-level", "ERROR", *places])
    finish()
    size = sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file() and not file.is_symlink())
    print(f"{FOLDER.relative_to(ROOT)}: {size / 2**20:,.0f} MiB; its program tests itself now.", flush=True)
    return 0 if "--untested" in arguments else prove(FOLDER, PROGRAM)


def draw_icons(folder: Path) -> None:
    """Write the icon as icon.ico and icon.icns into `folder`."""
    drawn = Image.open(io.BytesIO(pixels(LARGE)))
    drawn.save(folder / "icon.ico", sizes=[(side, side) for side in SIZES])
    drawn.save(folder / "icon.icns")


def pixels(side: int) -> bytes:
    """The icon of side x side pixels, as a PNG."""
    image = QImage(QSize(side, side), QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(ICON.read_bytes())).render(painter)
    painter.end()
    buffer = QBuffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # any QIODevice will do
    return bytes(buffer.data().data())


def finish() -> None:
    """Put beside the program what is for people: licences and, on Linux, what adds it to the menu."""
    shutil.copy(BUILD / "LICENCES.txt", FOLDER)
    if sys.platform.startswith("linux"):
        for name in ("latent-loupe.desktop", "add-to-menu.sh"):
            shutil.copy(ROOT / "packaging" / name, FOLDER)
        shutil.copy(ICON, FOLDER / "latent-loupe.svg")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
