"""Payloads: pickles that would run code, each of which would leave a file behind, or take memory and time without end.

Called by `nasties`, which gives them the names of harmless files.
"""

from __future__ import annotations

import builtins
import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

SPRUNG = "sprung"
"""The file, in the folder in which a case runs, that every payload would make."""


class _Call:
    """Calls a function where it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._called = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._called


def _named(module: str, name: str, text: str) -> bytes:
    """A pickle of protocol 0 that calls a function by its name with one text."""
    return f"c{module}\n{name}\n(S{text!r}\ntR.".encode()


def _protocols() -> dict[str, Callable[[], bytes]]:
    return {
        f"pickle of protocol {protocol}": lambda protocol=protocol: pickle.dumps(  # type: ignore[misc]
            _Call(os.system, f"touch {SPRUNG}"), protocol
        )
        for protocol in range(6)
    }


def _in_torch_save(content: bytes) -> bytes:
    """A file as torch.save makes it, with this for its pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("data.pkl", content), ("byteorder", b"little"), ("version", b"3\n"), ("data/0", bytes(64))):
            archive.writestr(f"archive/{name}", data)
    return file.getvalue()


def _objects() -> bytes:
    """An npy whose values are objects."""
    file = io.BytesIO()
    np.save(file, np.array([_Call(os.system, f"touch {SPRUNG}")], object), allow_pickle=True)
    return file.getvalue()


def objects_npz() -> bytes:
    """An npz of such arrays, under every name that is read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("run", "x0", "x_T", "sigmas"):
            archive.writestr(f"{name}.npy", _objects())
    return file.getvalue()


def _laughs() -> bytes:
    """Lists of ten lists of ten lists: 10^30 of them, in a hundred bytes."""
    levels = b"".join(
        b"(" + b"h" + bytes([k]) * 1 + (b"h" + bytes([k])) * 9 + b"lq" + bytes([k + 1]) for k in range(30)
    )
    return b"\x80\x02(lq\0" + levels + b"."


_CODE = f"open({SPRUNG!r}, 'w').close()"

PICKLES: dict[str, Callable[[], bytes]] = {
    **_protocols(),
    "pickle of eval": lambda: pickle.dumps(_Call(builtins.eval, _CODE)),
    "pickle of exec, old": lambda: _named("__builtin__", "exec", _CODE),
    "pickle of a process": lambda: _named("subprocess", "getoutput", f"touch {SPRUNG}"),
    "pickle of numpy's runstring": lambda: _named("numpy.testing._private.utils", "runstring", _CODE),
    "pickle of numpy's exec": lambda: _named("numpy.testing", "rundocs", SPRUNG),
    "pickle of torch's loader": lambda: _named("torch.serialization", "load", SPRUNG),
    "pickle of torch's compiler": lambda: _named("torch.jit.unsupported_tensor_ops", "execWrapper", _CODE),
    "pickle of torch's source": lambda: _named("torch.utils.collect_env", "run", f"touch {SPRUNG}"),
    "pickle of an import": lambda: _named("importlib", "import_module", "antigravity"),
    "pickle in a file of torch.save": lambda: _in_torch_save(pickle.dumps(_Call(os.system, f"touch {SPRUNG}"), 2)),
    "pickle in a pickle": lambda: pickle.dumps(_Call(pickle.loads, pickle.dumps(_Call(os.system, f"touch {SPRUNG}")))),
    "pickle of numpy alone": lambda: pickle.dumps(np.arange(5)),
    "pickle of objects in numpy": _objects,
    "pickle of lists of lists": _laughs,
    "pickle of a text of 2^60 bytes": lambda: b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x.",
    "pickle of a frame of 2^60 bytes": lambda: b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"].",
    "pickle of a number of 2^31 bytes": lambda: b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"\1.",
    "pickle of a memo of 2^32": lambda: b"\x80\x02]r" + struct.pack("<I", 2**32 - 1) + b".",
    "pickle of a tensor of 2^40 values": lambda: _in_torch_save(_tensor(2**40)),
    "pickle of strides over a tensor": lambda: _in_torch_save(_tensor(4, 2**40)),
}


def _tensor(size: int, stride: int = 0) -> bytes:
    """The pickle of a state dictionary with one tensor that claims that size on a storage of 16 numbers."""
    storage = b"(" + _text(b"storage") + b"ctorch\nFloatStorage\n" + _text(b"0") + _text(b"cpu") + _number(16) + b"tQ"
    rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + _number(0) + b"(" + _number(size) + b"t("
    hooks = _number(stride) + b"t" + b"\x89" + b"ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}" + _text(b"a") + rebuild + hooks + b"s."


def _number(value: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", value)


def _text(value: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value
