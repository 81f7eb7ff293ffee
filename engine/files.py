"""Writing files so that nothing is lost: whole or not at all, and never over a file that holds something else.

Used by checkpoints, exports, sessions and experiments.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError


def write_atomically(path: Path, data: bytes | Callable[[BinaryIO], object], *, name: str | None = None) -> None:
    """Write `data`, or what `data(file)` writes, to `path`: it holds all of it or is as it was before.

    The folder is made if it is missing. Raises `InputError` if the disk refuses, which names the file `name` if its
    own name is a passing one; what `data` raises passes on.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    data(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(name or path.name, error) from error


def unwritable(name: str, error: OSError) -> InputError:
    """The sentence for a file that the disk refuses."""
    return InputError(f"{name} cannot be written ({error.strerror}): free some space or choose another folder.")


def numbered(path: Path) -> Iterator[Path]:
    """`path`, then NAME-2, NAME-3, ... with the same suffix, without end."""
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
