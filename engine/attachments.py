"""Attachments: bytes that a Run names by their SHA-256 and does not hold, such as a picture, in one store a process.

`run.Run.to_dict` takes along those that the Run names, `run.parse` puts them back here; `execute` and the window read
them. They are never dropped: undo may want them again. No torch.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from engine.errors import InputError

_stored: dict[str, bytes] = {}


def put(content: bytes) -> str:
    """Keep `content`; its SHA-256 (64 hexadecimal digits), by which `get` gives it back. Any thread."""
    sha256 = hashlib.sha256(content).hexdigest()
    _stored[sha256] = content
    return sha256


def get(sha256: str) -> bytes:
    """The bytes with that SHA-256. Raises `InputError` if they were never put here."""
    try:
        return _stored[sha256]
    except KeyError:
        raise InputError(
            f"What the Run names by {sha256[:12]} is not here: open the file that carries the Run, or choose it again."
        ) from None


def size() -> int:
    """The bytes that are kept, of all attachments together."""
    return sum(map(len, list(_stored.values())))


def encode(names: Collection[str]) -> dict[str, str]:
    """The bytes of these, in base64, by SHA-256: what JSON says under "attachments". Raises as `get`."""
    return {sha256: base64.b64encode(get(sha256)).decode() for sha256 in names}


def take(carried: Any, names: Collection[str], where: str) -> None:
    """Put what JSON said under "attachments" for a Run that names `names`.

    Raises `InputError`, one sentence that begins with `where`, for what is damaged or not named, and where one of
    `names` is neither carried nor here already; then nothing is kept.
    """
    if not isinstance(carried, Mapping):
        raise InputError(f"{where}: attachments: should be a JSON object of base64 texts by SHA-256.")
    contents = [_decoded(sha256, text, names, where) for sha256, text in carried.items()]
    missing = next((name for name in names if name not in carried and name not in _stored), None)
    if missing is not None:
        raise InputError(f"{where} lacks the attachment {missing[:12]} that it names: save or export it again.")
    for content in contents:
        put(content)


def _decoded(sha256: Any, text: Any, names: Collection[str], where: str) -> bytes:
    """One attachment, once it is sure that the Run names it and that it is whole."""
    field = f"{where}: attachments.{str(sha256)[:12]!r}"
    if sha256 not in names:
        raise InputError(f"{field}: is named nowhere in the Run: remove it.")
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise InputError(f"{field}: is not base64: save or export it again.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{field}: is damaged (its SHA-256 differs): save or export it again.")
    return content
