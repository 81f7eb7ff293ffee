"""Canary: says in a file what a process does that reading a file may not do. Imported by Python itself at its start.

`worker` puts this folder on PYTHONPATH, so that the processes that the program starts are listened to.
"""

import os
import sys

_WATCHED = frozenset(
    {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "pickle.find_class"}
)
_said = os.environ.get("LATENT_LOUPE_CANARY")


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event in _WATCHED or event.startswith(("socket.connect", "urllib.")):
        descriptor = os.open(str(_said), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, f"{event} {arguments!r:.200}\n".encode())
        os.close(descriptor)


if _said:
    sys.addaudithook(_heard)
