"""A Sheet inside every file that carries a figure: put into it, and read back from a file of a stranger.

Called by `write`, `embed` and whatever opens files. In all but archives it is one text, where the format has a place
that players and viewers pass over: "latent-loupe:figure:CRC:BASE64:", of its JSON, packed. So a file is searched and
never decoded. A PNG and an archive also hold the first Run, as those without a figure do. No torch.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine import embed as runs_inside
from engine import npz
from engine.errors import InputError
from engine.figures.sheet import Sheet, parse
from engine.reading import opened
from engine.run import LIMIT

MARK = b"latent-loupe:figure:"
"""What the text begins with."""

BOX = bytes.fromhex("6c6174656e746c6f757065000f194572")
"""The type of the `uuid` box of an MP4."""

_SEARCHED = 2**28  # bytes of a file that are looked through, on the window's thread
_READ = 2**24
_LONGEST = len("00000000:") + 4 * (LIMIT // 3 + 1)
_ZIP = b"PK\x03\x04"


def text(sheet: Sheet) -> str:
    """The Sheet as one line of ASCII without spaces, quotes or brackets. Raises as `Sheet.to_json`."""
    packed = base64.b64encode(zlib.compress(sheet.to_json().encode(), 9))
    return f"{MARK.decode()}{zlib.crc32(packed):08x}:{packed.decode()}:"


def embed(kind: str, data: bytes, sheet: Sheet) -> bytes:
    """The file of that kind with `sheet` inside; kinds that carry none, such as a script, as they are.

    Raises as `Sheet.to_json`.
    """
    return _PLACES[kind](data, sheet) if kind in _PLACES else data


def read(path: Path) -> Sheet | None:
    """The Sheet in a file of any kind; None if there is none.

    Raises `InputError`, one sentence, for a file that cannot be read and for a Sheet that is damaged.
    """
    with opened(path) as file:
        if file.read(len(_ZIP)) == _ZIP:
            return _from_npz(file, path.name)
        file.seek(0)
        found = _found(file)
    return None if found is None else parse(_unpacked(found, path.name), path.name)


def _found(file: BinaryIO) -> bytes | None:
    """What follows our mark, as much of it as a text can have."""
    before, place = b"", 0
    while place < _SEARCHED and (block := file.read(_READ)):
        at = (before + block).find(MARK)
        if at >= 0:
            file.seek(place - len(before) + at + len(MARK))
            return file.read(_LONGEST)
        before, place = (before + block)[-len(MARK) :], place + len(block)
    return None


def _unpacked(found: bytes, name: str) -> bytes:
    """The JSON of a text, of which our mark is already off."""
    check, _, rest = found[:_LONGEST].partition(b":")
    packed, end, _ = rest.partition(b":")
    if not end or check != b"%08x" % zlib.crc32(packed):
        raise InputError(f"The figure in {name} is damaged (its checksum differs): export it again.")
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(base64.b64decode(packed, validate=True), LIMIT)
    except (binascii.Error, zlib.error) as error:
        raise InputError(f"The figure in {name} is damaged ({error}): export it again.") from error
    if inflate.unconsumed_tail:
        raise InputError(f"The figure in {name} unpacks to over {LIMIT >> 20} MiB: choose another file.")
    return content


def _from_npz(file: BinaryIO, name: str) -> Sheet | None:
    try:
        content = npz.read_text(file, "sheet")
    except OSError:
        raise
    except KeyError:
        return None
    except Exception as error:  # zipfile, zlib and NumPy raise errors of a dozen kinds on damaged files
        raise InputError(f"{name} is damaged ({error}): export it again.") from error
    return parse(content, name)


def _into_png(data: bytes, sheet: Sheet) -> bytes:
    """As texts: the Sheet, and the first Run where `embed` looks for one."""
    data = runs_inside.add_text(data, f"{runs_inside.KEYWORD}-figure", text(sheet).encode())
    return runs_inside.add_run(data, sheet.runs[0]) if sheet.runs else data


def _into_pdf(data: bytes, sheet: Sheet) -> bytes:
    """As keywords of the document, in an update behind its end (ISO 32000-1, 7.5.6)."""
    trailer = data[data.rindex(b"trailer") :]
    size, root, info, start = (
        int(re.findall(rb"%s\s+(\d+)" % name, trailer)[0]) for name in (b"/Size", b"/Root", b"/Info", b"startxref")
    )
    update = b"%d 0 obj\n<< /Creator (Latent Loupe) /Keywords (%s) >>\nendobj\n" % (info, text(sheet).encode())
    places = b"xref\n%d 1\n%010d 00000 n \n" % (info, len(data))
    entries = b"<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d >>" % (size, root, info, start)
    end = b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (entries, len(data) + len(update))
    return data + update + places + end


def _into_svg(data: bytes, sheet: Sheet) -> bytes:
    """As metadata at the end."""
    end = data.rindex(b"</svg>")
    return data[:end] + b" <metadata>%s</metadata>\n" % text(sheet).encode() + data[end:]


def _into_gif(data: bytes, sheet: Sheet) -> bytes:
    """As an application's extension before the end. Whoever takes the text for blocks with their lengths comes out in
    the 257 bytes behind it, each of which leads to the last one, as Adobe's XMP in GIF does it.
    """
    back = bytes(range(255, -1, -1))
    return data[:-1] + b"\x21\xff\x0bLATLOUPE1.0" + text(sheet).encode() + b"\x01" + back + b"\0" + data[-1:]


def _into_mp4(data: bytes, sheet: Sheet) -> bytes:
    """As a box of a type of our own at the end."""
    content = BOX + text(sheet).encode()
    return data + struct.pack(">I4s", 8 + len(content), b"uuid") + content


def _into_csv(data: bytes, sheet: Sheet) -> bytes:
    """As a comment in the last line, where the heads of the columns stay the first one of a spreadsheet."""
    return data + b"# %s\n" % text(sheet).encode()


def _into_npz(data: bytes, sheet: Sheet) -> bytes:
    """As arrays that hold JSON: the Sheet, and the first Run where `embed` looks for one."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        npz.add(archive, "sheet", np.array(sheet.to_json()))
        if sheet.runs:
            npz.add(archive, "run", np.array(sheet.runs[0].to_json()))
    return file.getvalue()


_PLACES: dict[str, Callable[[bytes, Sheet], bytes]] = {
    "png": _into_png,
    "apng": _into_png,
    "pdf": _into_pdf,
    "svg": _into_svg,
    "gif": _into_gif,
    "mp4": _into_mp4,
    "csv": _into_csv,
    "npz": _into_npz,
}
