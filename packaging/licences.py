"""Licences of what the bundle holds: to which distribution or package of the system each file belongs, and their texts.

Called by `latent-loupe.spec` when PyInstaller has found out what goes in. A distribution without a licence text of its
own has one in `licences/`, as NAME.txt; one that has neither stops the build.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN_TEXTS = ROOT / "packaging" / "licences"
AT_END = ("GPL-3.0", "LGPL-3.0")
"""The texts in `OWN_TEXTS` that several parts refer to."""

INTRODUCTION = """The licences of all that this folder holds: a list, then the texts in the same order.

Latent Loupe itself is under the MIT licence. The folder as a whole may be passed on under the GNU General Public
License, version 3, because the video encoders x264 and x265, which come with PyAV, are under it. Qt is under the GNU
Lesser General Public License: its libraries may be replaced, see PySide6_Essentials.
"""

PROJECT, PYTHON = "latent-loupe", "Python"
SYSTEM = "system:"
"""What stands before the name of a package of the system."""

INSTALLED = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
BASE = Path(sys.base_prefix).resolve()
OWN_FOLDER = str(BASE) not in ("/usr", "/usr/local")  # else it holds libraries of others, too
STANDARD = Path(sysconfig.get_path("stdlib")).resolve()

_TEXT = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)
_NO_TEXT = (".py", ".pyc", ".pyi", ".json", ".h", ".so", ".html")
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])")
_RULE = "=" * 100


class Unlicensed(Exception):  # noqa: N818 - it is what was found
    """A file whose licence is not known, in one sentence that says what to do."""


@dataclass(frozen=True)
class Part:
    """Something inside with its licence: the name of it in a word or two, and the texts."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]


def write(files: Iterable[Path], folder: Path) -> None:
    """Write LICENCES.txt of all that the files come from into `folder`, and metadata/, what Python asks of each
    distribution among them. Raises `Unlicensed`.
    """
    owners = owned(files)
    (folder / "LICENCES.txt").write_text(told(part(name) for name in sorted(owners, key=str.lower)), encoding="utf-8")
    metadata = folder / "metadata"
    shutil.rmtree(metadata, ignore_errors=True)
    for name in owners:
        if name != PYTHON and not name.startswith(SYSTEM):
            _write_metadata(distribution(name), metadata)


def owned(files: Iterable[Path]) -> set[str]:
    """The names of the distributions that the files belong to, and of the packages of the system, behind `SYSTEM`.

    Raises `Unlicensed` for a file of neither.
    """
    known: dict[str, str] = {}
    for found in distributions(path=INSTALLED):
        known |= dict.fromkeys(_files(found), found.name)
    return {known.get(os.path.normpath(file)) or _owner(file.resolve()) for file in files}


def _files(found: Distribution) -> list[str]:
    """The paths of a distribution's files, also of those that are no longer there."""
    folder, record = found.locate_file(""), csv.reader((found.read_text("RECORD") or "").splitlines())
    return [os.path.normpath(f"{folder}/{row[0]}") for row in record]


def _owner(file: Path) -> str:
    """Of a file that no distribution lists."""
    if any(file.is_relative_to(ROOT / folder) for folder in ("app", "engine", "assets", "packaging")):
        return PROJECT
    of_python = file.is_relative_to(STANDARD) or (OWN_FOLDER and file.is_relative_to(BASE))
    if of_python or file.name.startswith("libpython") or file.is_relative_to(ROOT / "build"):
        return PYTHON  # what is generated is the library of Python, as one file
    for path in (file, Path("/", *file.parts[2:])):  # /usr/lib may be known as /lib
        if shutil.which("dpkg-query") and (package := _said("dpkg-query", "--search", str(path)).partition(":")[0]):
            return f"{SYSTEM}{package}"
    raise Unlicensed(f"{file} belongs to no distribution of Python and no Debian package: leave it out of the bundle.")


def part(name: str) -> Part:
    """What there is to say about a distribution or a package of the system. Raises `Unlicensed`."""
    if name.startswith(SYSTEM):
        return _package(name.removeprefix(SYSTEM))
    if name == PYTHON:
        text = next(STANDARD.glob("LICENSE*"), None) or Path(sys.base_prefix) / "LICENSE.txt"
        return Part(name, sys.version.split()[0], "PSF-2.0", (text.read_text(encoding="utf-8"),))
    found = distribution(name)
    texts = tuple(dict.fromkeys(_texts(found)))
    if not texts:
        raise Unlicensed(f"{name} has no licence text: add packaging/licences/{name}.txt.")
    return Part(name, found.version, _licence(found), texts)


def _texts(found: Distribution) -> Iterable[str]:
    own = OWN_TEXTS / f"{found.name}.txt"
    if own.exists():
        yield own.read_text(encoding="utf-8").strip()
    for path in map(Path, _files(found)):
        if _TEXT.match(path.name) and path.suffix not in _NO_TEXT and path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def _licence(found: Distribution) -> str:
    """The licence in a few words: its SPDX expression if there is one, else what the authors say of it."""
    about = found.metadata.json
    if said := about.get("license_expression"):
        return str(said)
    classified = [line.rpartition(" :: ")[2] for line in about.get("classifier", []) if "License ::" in line]
    first = str(about.get("license") or "see below").partition("\n")[0]
    return ", ".join(name for name in classified if name != "OSI Approved") or first


def _package(name: str) -> Part:
    """A Debian package, whose terms stand in one file that refers to common ones."""
    text = Path("/usr/share/doc", name, "copyright").read_text(encoding="utf-8", errors="replace").strip()
    common = [Path("/usr/share/common-licenses", each) for each in sorted(set(_COMMON.findall(text)))]
    version = _said("dpkg-query", "--show", "--showformat=${Version}\n", name).partition("\n")[0]
    texts = [file.read_text(encoding="utf-8").strip() for file in common if file.exists()]
    return Part(name, version, "a library of the system, see below", (text, *texts))


def told(parts: Iterable[Part]) -> str:
    """LICENCES.txt: a list of the parts, then their texts; one that several have stands once, where it is first met."""
    each = list(parts)
    blocks = [
        INTRODUCTION,
        "\n".join(f"{part.name} {part.version}: {part.licence}" for part in each),
    ]
    met: dict[str, str] = {}
    for part in each:
        blocks.append(f"\n{_RULE}\n{part.name} {part.version}: {part.licence}\n{_RULE}")
        for text in part.texts:
            blocks.append(f"\n(The text that stands under {met[text]}.)" if text in met else f"\n{text}")
            met.setdefault(text, part.name)
    for name in AT_END:
        blocks.append(
            f"\n{_RULE}\n{name}\n{_RULE}\n\n{(OWN_TEXTS / f'{name}.txt').read_text(encoding='utf-8').strip()}"
        )
    return "\n".join(blocks) + "\n"


def distribution(name: str) -> Distribution:
    """The one that is installed, not what may lie about it in a checkout. Raises `Unlicensed` where it is not."""
    for found in distributions(name=name, path=INSTALLED):
        return found
    raise Unlicensed(f"{name} is not installed here: start packaging/dev.py bundle.")


def _write_metadata(found: Distribution, folder: Path) -> None:
    """NAME-VERSION.dist-info, without what says where the distribution lay on this machine."""
    place = folder / f"{found.name.replace('-', '_')}-{found.version}.dist-info"
    place.mkdir(parents=True)
    for name in ("METADATA", "entry_points.txt"):
        if text := found.read_text(name):
            (place / name).write_text(text, encoding="utf-8")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
