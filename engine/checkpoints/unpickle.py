"""The process that reads a pickle of tensors and writes them as safetensors: `python -m engine.checkpoints.unpickle`.

Started by `pickles` with the file, the file to write and the SHA-256 of the first. It limits its own memory, reads with
torch's `weights_only`, which makes tensors and plain values and nothing else, and prints one sentence where it refuses.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors.torch import save
from torch import Tensor

from engine.checkpoints.pickles import CONVERTED_FROM
from engine.errors import InputError
from engine.files import write_atomically
from engine.reading import opened
from engine.resources import out_of_memory

_SPARE = 2**30
"""Bytes of memory beside three times the file's size: what is read, what is written, and a copy."""

_PREFIXES = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before each name."""


_BEGINNINGS = (b"PK", b"\x80")
"""Of a file that torch.save writes, since version 1.6 and before."""

_DEPTH = 4
"""Dictionaries that may stand around a state dictionary."""


def main(path: Path, target: Path, source: str) -> int:
    """Convert `path` to `target`: the exit code, 1 with a sentence on stdout where that cannot be done."""
    try:
        _check_beginning(path)
        _limit_memory(3 * path.stat().st_size + _SPARE)
        tensors = unwrapped(torch.load(path, map_location="cpu", weights_only=True), path.name)
        copies = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
        content = save(copies, {CONVERTED_FROM: source})
        write_atomically(target, content)
    except InputError as error:
        print(error)
    except pickle.UnpicklingError:
        print(
            f"{path.name} holds more than tensors, and reading it would run code in it: where you trust it, save the "
            'weights alone by torch.save(network.state_dict(), "NAME.pt").'
        )
    except Exception as error:  # a damaged file makes torch raise almost anything
        print(
            f"{path.name} takes more memory than a file of its size should: save its weights again, as .safetensors."
            if out_of_memory(error)
            else f"{path.name} is not a whole file of torch.save ({_line(error)}): fetch or save it again."
        )
    else:
        return 0
    return 1


def _check_beginning(path: Path) -> None:
    """Refuse what torch would take for a file of its first versions, for which it makes files itself."""
    with opened(path) as file:
        if not file.read(2).startswith(_BEGINNINGS):
            raise InputError(f"{path.name} is not a whole file of torch.save: fetch or save it again.")


def unwrapped(content: Any, name: str) -> dict[str, Tensor]:
    """The tensors by name in a state dictionary, also one inside other dictionaries, without `_PREFIXES`.

    Raises `InputError` if there is none or more than one.
    """
    depth = 0
    while not _is_state(content):
        values = content if isinstance(content, dict) and depth < _DEPTH else {}
        held = {key: value for key, value in values.items() if _is_state(value)}
        held = held or {key: value for key, value in values.items() if isinstance(value, dict)}
        if len(held) != 1:
            found = f"{len(held)} ({', '.join(map(str, held))[:100]})" if held else "none"
            raise InputError(
                f"{name} should hold one state dictionary and holds {found}: "
                'save one alone by torch.save(network.state_dict(), "NAME.pt").'
            )
        (content,), depth = held.values(), depth + 1
    state: dict[str, Tensor] = dict(content)
    for prefix in _PREFIXES:
        if all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    return state


def _is_state(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and bool(content)
        and all(isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items())
    )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:100].rstrip(".: ") or type(error).__name__


def _limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has, where the system can see to that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        limit = psutil.Process().memory_info().vms + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
