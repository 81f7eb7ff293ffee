"""Guard: what a case does that no reading of a file may do, and how much time and memory it takes.

`worker` arms it for each case. An audit hook hears of whatever Python does; a payload's own file says the rest. In
other processes that the program starts, `canary/sitecustomize.py` hears the same.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

import psutil

from engine import separate

SECONDS = 5.0
"""CPU time that a case may take, beside a second for each `RATE` bytes that its file has by its own account."""

RATE = 2**29
"""Bytes a second that are hashed on a slow machine."""

WAITING = 30.0
"""Seconds after which a case that takes no CPU time is seen to hang, in a pipe for one."""

MEMORY = 2**30
"""Bytes of memory that a case may take beyond what is opened."""

ADDRESSES = 8 * 2**30
"""Bytes of address space beyond the idle process's, over which there are none: so that no case ends a machine."""

RUNS = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pickle.find_class"})
CHANGES = frozenset(
    {"os.remove", "os.rename", "os.link", "os.symlink", "os.chmod", "os.mkdir", "os.rmdir", "os.truncate"}
)
_TRUSTED = tuple(
    os.path.realpath(place)
    for place in (sys.base_prefix, sys.prefix, *sysconfig.get_paths().values(), str(Path(__file__).parents[2]))
)
_OWN_PROCESS = separate.command("engine.checkpoints.unpickle")


@dataclass
class Watch:
    """What was seen of one case, whose files are in `folder`."""

    folder: Path
    seen: list[str] = field(default_factory=list)
    cpu: float = 0.0
    memory: int = 0


_watch: Watch | None = None


def install() -> None:
    """Listen, from now on and for good, and limit the process's memory."""
    sys.addaudithook(_heard)
    faulthandler.enable()
    for number in (signal.SIGPROF, signal.SIGALRM):
        faulthandler.register(number, chain=True)
    most = psutil.Process().memory_info().vms + ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def watching(folder: Path, seconds: float = SECONDS) -> Iterator[Watch]:
    """Watch over one case. A process that takes longer is ended by a signal, with its stack on stderr."""
    global _watch
    watch = Watch(folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is measured anew
    before, began = _memory("VmRSS"), _cpu()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, WAITING)
    _watch = watch
    try:
        yield watch
    finally:
        _watch = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        watch.cpu = _cpu() - began
        watch.memory = max(0, _memory("VmHWM") - before)


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"the system does not tell {name}")


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _watch is None:
        return
    problem = _problem(event, arguments, _watch.folder)
    if problem:
        _watch.seen.append(problem[:300])


def _problem(event: str, arguments: tuple[Any, ...], folder: Path) -> str:
    """What is wrong with an event, nothing where it may be."""
    if event == "open":
        path, mode, flags = arguments
        writes = any(sign in (mode or "") for sign in "wax+") or bool(
            (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if not isinstance(path, int):
            return _reached(os.fsdecode(path), folder, writes)
    elif event == "exec" and isinstance(arguments[0], CodeType):
        file = os.path.realpath(arguments[0].co_filename)
        if not file.startswith(_TRUSTED) and not arguments[0].co_filename.startswith("<frozen "):
            return f"ran code of {arguments[0].co_filename}"
    elif event == "subprocess.Popen":
        return "" if list(arguments[1])[: len(_OWN_PROCESS)] == _OWN_PROCESS else f"started {arguments[1]!r}"
    elif event in CHANGES:
        return _reached(os.fsdecode(arguments[0]), folder, True) if not isinstance(arguments[0], int) else ""
    elif event in RUNS or event.startswith(("socket.", "urllib.", "ftplib.", "http.")):
        return f"{event} {arguments!r}"
    return ""


def _reached(path: str, folder: Path, writes: bool) -> str:
    """What is wrong with reading or writing there: a case has its folder, and in that one `outside` not to be read."""
    place = os.path.realpath(path)
    own = os.path.realpath(folder)
    if place.startswith(f"{own}/outside/"):
        return f"reached {path}"
    return f"wrote {path}" if writes and not place.startswith(f"{own}/") and place != os.devnull else ""
