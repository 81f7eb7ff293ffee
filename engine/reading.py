"""Reading files of which nothing is known: only real files, only so many bytes, only so many values of JSON. No torch.

Every reader of the engine opens with it. A pipe may be waited for without end, a device has no end, and of a small JSON
more memory may be made than a computer has.
"""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

from engine.errors import InputError

MOST_VALUES = 2**18
"""Values that a JSON may have, about: each can take a thousand times its own size until all that is wrong is told."""

DEEPEST = 100
"""Lists and objects of a JSON that may stand inside each other: it is to be written again, too."""


def opened(path: Path) -> io.BufferedReader:
    """The file, to be read.

    Raises `InputError` if it cannot be, and for what is no file: a folder, a pipe, a device, a state of the system.
    """
    try:
        file = open(path, "rb", opener=_at_once)  # noqa: SIM115 - the caller closes it
        if _real(file):
            return file
        file.close()
    except (OSError, ValueError) as error:  # ValueError: the name holds a NUL
        raise unreadable(path, error) from error
    raise InputError(f"{path.name} is not a file: choose one.")


def check(path: Path) -> int:
    """The bytes that a file has which a library opens by its name. Raises as `opened`."""
    with opened(path) as file:
        return os.fstat(file.fileno()).st_size


def read(path: Path, most: int, what: str) -> bytes:
    """All of a file that is to be `what`, "a Run" say. Raises as `opened`, and for more than `most` bytes."""
    with opened(path) as file:
        try:
            content = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
        except OSError as error:
            raise unreadable(path, error) from error
    if content is None or len(content) > most:
        largest = f"{most >> 20} MiB" if most >= 2**20 else f"{most >> 10} KiB"
        raise InputError(f"{path.name} is over {largest}, too large for {what}: choose another file.")
    return content


def unreadable(path: Path, error: Exception) -> InputError:
    """The sentence for a file that the system does not let us read."""
    return InputError(f"{path.name} cannot be read ({getattr(error, 'strerror', None) or error}): check the path.")


def brief(error: BaseException) -> str:
    """What a library says is wrong, on one line and cut short, since it may say back what stands in a file."""
    return " ".join(str(error).split())[:200].rstrip(".: ") or type(error).__name__


def parsed(content: str | bytes) -> Any:
    """What a JSON says. Raises `ValueError`, `json.JSONDecodeError` for one, and where it is `crowded`."""
    text = content if isinstance(content, str) else content.decode(json.detect_encoding(content), "surrogatepass")
    if crowded(text):
        raise ValueError(f"it has more than {MOST_VALUES:,} values")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    level = [value]
    for _ in range(DEEPEST):
        inner = (node.values() if isinstance(node, dict) else node for node in level if isinstance(node, (dict, list)))
        level = [node for nodes in inner for node in nodes if isinstance(node, (dict, list))]
        if not level:
            return value
    raise ValueError("it is nested too deep")


def crowded(text: str) -> bool:
    """Whether a JSON has more values than are read, so that it is of no use to write it."""
    return text.count(",") > MOST_VALUES


def _real(file: io.BufferedReader) -> bool:
    """Whether it has as much in it as it says; some below /proc say 0 and have no end."""
    about = os.fstat(file.fileno())
    return stat.S_ISREG(about.st_mode) and (about.st_size > 0 or not file.peek(1))


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
