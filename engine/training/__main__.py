"""`python -m engine.training CONFIG.toml --folder DIR`: train, or go on with what DIR holds.

DIR gets training.safetensors (the state), previews as PNG and, at the end, the model.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from engine.errors import InputError, Interrupted
from engine.training.command import export, run
from engine.training.config import read
from engine.training.train import start


def main() -> int:
    """Train with the process's arguments; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.training", description=__doc__)
    parser.add_argument("config", type=Path, metavar="CONFIG.toml")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="state, previews and model")
    parser.add_argument("--export", action="store_true", help="only write the model as DIR holds it now")
    arguments = parser.parse_args()
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        config = read(arguments.config)
        if arguments.export:
            print(export(start(config, arguments.folder), arguments.folder))
        else:
            run(config, arguments.folder, lambda: stopped)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except Interrupted:
        print(f"Stopped: the same command goes on with what {arguments.folder.name} holds.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
